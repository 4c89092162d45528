import Glibc
import TeredoLinux
import TeredoWire
import Testing

@Suite struct EventLoopTests {
    @Test("The loop wakes at its deadline, not before and not long after")
    func deadline() throws {
        var loop = try EventLoop()
        let start = MonotonicClock.now
        #expect(loop.tokens(until: start + .milliseconds(20)).isEmpty)
        #expect(MonotonicClock.now - start >= .milliseconds(20))
        #expect(loop.tokens(until: start).isEmpty, "a deadline in the past returns at once")
    }

    @Test("The loop names the descriptors that are ready, and forgets removed ones")
    func readiness() throws {
        var loop = try EventLoop()
        let socket = try UDPSocket(bind: UDPEndpoint(IPv4Address(127, 0, 0, 1), 0))
        try loop.add(socket.descriptor, token: 42)
        let batch = SendBatch()
        batch.append(copying: [1].span, to: socket.localEndpoint)
        batch.flush(to: socket)
        #expect(loop.tokens(until: MonotonicClock.now + .milliseconds(500)) == [42])
        loop.remove(socket.descriptor)
        #expect(loop.tokens(until: MonotonicClock.now + .milliseconds(5)).isEmpty)
    }

    @Test("Names are resolved off the loop's thread; unknown ones give an empty result")
    func resolver() throws {
        var loop = try EventLoop()
        let resolver = try NameResolver()
        try loop.add(resolver.descriptor, token: 1)
        #expect(resolver.takeResults().isEmpty)
        resolver.resolve("192.0.2.7")
        #expect(loop.tokens(until: MonotonicClock.now + .seconds(5)) == [1])
        #expect(resolver.takeResults().map(\.addresses) == [[IPv4Address(192, 0, 2, 7)]])
        #expect(NameResolver.lookUp("localhost").contains(IPv4Address(127, 0, 0, 1)))
        resolver.resolve("no such name")
        #expect(loop.tokens(until: MonotonicClock.now + .seconds(20)) == [1])
        let results = resolver.takeResults()
        #expect(results.map(\.name) == ["no such name"] && results.allSatisfy(\.addresses.isEmpty))
    }

    @Test("Errors say what failed, why, and what to do")
    func errors() {
        let error = SystemError("bind", "UDP 192.0.2.1:3544", code: EADDRINUSE, remedy: "stop the other one")
        #expect(error.description == "UDP 192.0.2.1:3544: Address already in use (bind); stop the other one")
    }
}
