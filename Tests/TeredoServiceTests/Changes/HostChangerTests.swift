import Glibc
import TeredoLinux
import TeredoNetworkSandbox
import TeredoWire
import Testing

@testable import TeredoService

/// The process that changes the host, run on a thread in a network of its own: what it does for a role, and what it leaves.
@Suite struct HostChangerTests {
    private static let address = IPv6Address("2001:0:c633:6401:248b:1e14:39cc:9bf5") ?? .unspecified
    private static let everything = IPv6Prefix(.unspecified, length: 0)

    private static func limits(_ index: Int32?) -> HostLimits {
        var limits = HostLimits(name: "tdchange", index: index)
        limits.hasAddress = true
        limits.prefixes = [everything]
        limits.table = .ofInterface
        return limits
    }

    @Test("SEC-63: what a role may want is done, and what outlives the interface is undone at the end")
    func done() throws {
        let rules = try NetworkSandbox.run {
            let tun = try TUNDevice(name: "tdchange")
            let changer = HostChanger(Self.limits(tun.index))
            let table = try #require(SourceTable.ofInterface.number(forInterface: tun.index))
            let routes = [
                IPv6Route(Self.everything, metric: 1_000_000), IPv6Route(Self.everything, metric: 1024, table: table),
            ]
            let rule = IPv6Rule(from: Self.address, table: table, priority: SourceTable.priority)
            let changes: [HostChange] = [
                .prepareIPv6, .bringUp(mtu: 1280), .setMTU(1400), .addAddress(Self.address), .addRoute(routes[0]),
                .addRoute(routes[1]), .addRule(rule), .makeFilter, .setFilter([.host], allowing: []),
            ]
            for change in changes { #expect(changer.answer(to: change) == .done) }
            let state = try #require(try Netlink.state(ofInterface: tun.index))
            #expect(state.mtu == 1400 && state.addresses == [Self.address] && state.routes.isSuperset(of: routes))
            #expect(state.rules == [rule])
            #expect(changer.answer(to: .tellRefusals) == .refusals(InboundRefusals()))
            changer.undo()
            return try Netlink.rules()
        }
        #expect(rules.isEmpty)
    }

    @Test("SEC-63: however many addresses a role has one after the other, there is one rule, and none is left")
    func oneRule() throws {
        let (most, left) = try NetworkSandbox.run {
            let tun = try TUNDevice(name: "tdchange")
            let changer = HostChanger(Self.limits(tun.index))
            let table = try #require(SourceTable.ofInterface.number(forInterface: tun.index))
            #expect(changer.answer(to: .bringUp(mtu: 1280)) == .done)
            for number in UInt64(0)..<20 {
                let address = IPv6Address(high: Self.address.high, low: number)
                let rule = IPv6Rule(from: address, table: table, priority: SourceTable.priority)
                #expect(changer.answer(to: .addAddress(address)) == .done)
                if case .failed = changer.answer(to: .addRule(rule)) { Issue.record("neither done nor refused") }
                #expect(changer.answer(to: .removeAddress(address)) == .done)
            }
            let most = try Netlink.rules().count
            changer.undo()
            return (most, try Netlink.rules().count)
        }
        #expect(most <= 1 && left == 0)
    }

    @Test("SEC-63: what is not for the role changes nothing")
    func refused() throws {
        try NetworkSandbox.run {
            let tun = try TUNDevice(name: "tdchange")
            let changer = HostChanger(Self.limits(tun.index))
            #expect(changer.answer(to: .bringUp(mtu: 1280)) == .done)
            let before = try Netlink.state(ofInterface: tun.index)
            let foreign = IPv6Address("2001:db8::1") ?? .unspecified
            for change in [
                HostChange.addAddress(foreign), .addRoute(IPv6Route(.teredo, metric: 1_000_000)), .setMTU(1000),
                .addRule(IPv6Rule(from: Self.address, table: 254, priority: 32_765)), .setForwarding(true),
            ] {
                let answer = changer.answer(to: change)
                guard case .refused = answer else {
                    Issue.record("\(change): \(answer)")
                    continue
                }
            }
            #expect(try Netlink.state(ofInterface: tun.index) == before)
        }
    }

    @Test("SEC-63: a request that is malformed is refused, and the next one is answered")
    func serves() throws {
        try NetworkSandbox.run {
            let tun = try TUNDevice(name: "tdchange")
            let (near, far) = try MessageChannel.pair(limit: HostService.messageLimit)
            let index = tun.index
            let thread = try WorkerThread(name: "service") { HostService(Self.limits(index), far).serve() }
            #expect(near.receive(limit: .seconds(5)) == .text(HostService.ready))
            func ask(_ message: String, _ descriptor: CInt? = nil) -> HostAnswer? {
                guard near.send(message, descriptor: descriptor),
                    case .text(let text) = near.receive(limit: .seconds(5))
                else { return nil }
                return HostAnswer(message: text)
            }
            // It makes no interface for a role that has one.
            for message in ["exec", "bring-up 1", "make-interface queue no-header", "enlarge-buffers", "bind-port"] {
                guard case .refused = ask(message) else {
                    Issue.record("\(message)")
                    continue
                }
            }
            let tooLong = String(repeating: "x", count: HostService.messageLimit + 1)
            guard case .refused = ask(tooLong) else {
                Issue.record("too long")
                return
            }
            // A descriptor that nobody asked for is closed: the pipe has no other writer.
            var ends: [CInt] = [-1, -1]
            try #require(Self.makePipe(&ends))
            #expect(ask("tell-refusals", ends[1]) == .refusals(InboundRefusals()))
            close(ends[1])
            #expect(ask("tell-refusals") == .refusals(InboundRefusals()))
            #expect(Self.isAtEnd(ends[0]))
            close(ends[0])
            let socket = try UDPSocket(bind: UDPEndpoint(.unspecified, 0))
            #expect(ask("enlarge-buffers", socket.descriptor) == .done)
            guard case .refused = ask("enlarge-buffers", near.descriptor) else {
                Issue.record("that is no UDP socket")
                return
            }
            guard case .refused = ask("bind-port", socket.descriptor) else {
                Issue.record("a port that was not set")
                return
            }
            #expect(ask(HostChange.bringUp(mtu: 1300).message) == .done)
            #expect(try Netlink.state(ofInterface: index)?.mtu == 1300)
            near.close()
            thread.join()
        }
    }

    private static func makePipe(_ ends: inout [CInt]) -> Bool {
        unsafe pipe(&ends) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0
    }

    private static func isAtEnd(_ descriptor: CInt) -> Bool {
        var octet: UInt8 = 0
        return unsafe read(descriptor, &octet, 1) == 0
    }

    @Test("SEC-63: an interface is made under the one name, again and again, with the table of the former one gone")
    func makes() throws {
        try NetworkSandbox.run {
            let changer = HostChanger(Self.limits(nil))
            guard case .refused = changer.answer(to: .bringUp(mtu: 1280)) else {
                Issue.record("there is no interface yet")
                return
            }
            for hasQueues in [false, true] {
                let made = try changer.makeInterface(hasQueues: hasQueues, hasHeader: hasQueues)
                let name = TUNDevice.interfaceName(of: made.rawValue)
                #expect(name == "tdchange")
                for change in [HostChange.bringUp(mtu: 1280), .makeFilter, .addAddress(Self.address)] {
                    #expect(changer.answer(to: change) == .done)
                }
                #expect(throws: SystemError.self) { _ = try changer.makeInterface(hasQueues: false, hasHeader: false) }
            }
        }
    }
}
