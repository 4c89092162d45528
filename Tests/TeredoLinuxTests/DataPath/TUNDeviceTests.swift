import Glibc
import TeredoLinux
import TeredoNetworkSandbox
import TeredoWire
import Testing

@Suite struct TUNDeviceTests {
    private static let address = IPv6Address(high: 0x2001_0000 << 32 | 0xC000_0201, low: 0x1234)

    /// The first echo message of a kind that the host sends into the interface within ten seconds.
    ///
    /// `prompt` is called again and again until then: a busy host can need a while to let packets through an interface
    /// that it has just brought up.
    private static func firstEcho(
        on tun: borrowing TUNDevice,
        kind: EchoMessage.Kind,
        prompt: (borrowing TUNDevice) -> Void
    ) throws -> EchoMessage? {
        let batch = try ReceiveBatch(capacity: 8)
        for round in 0..<10_000 {
            if round % 100 == 0 { prompt(tun) }
            while tun.queue.read(into: batch) {
                for index in 0..<batch.count {
                    let bytes = batch.withOctets(index) { $0.copyAll() }
                    if let echo = try? EchoMessage(validating: bytes.span), echo.kind == kind { return echo }
                }
            }
            usleep(1000)
        }
        return nil
    }

    @Test("An interface appears with address and routes, and everything is gone when it is closed")
    func lifecycle() throws {
        let (during, after) = try NetworkSandbox.run {
            func mine() throws -> [String] {
                try Netlink.ipv6Addresses().filter { $0.interfaceName == "tdtest" }.map {
                    "\($0.address)/\($0.prefixLength)"
                }
            }
            func open() throws -> [String] {
                let tun = try TUNDevice(name: "tdtest")
                try Netlink.bringUp(interface: tun.index, mtu: 1280)
                try Netlink.addAddress(Self.address, prefixLength: 32, interface: tun.index)
                try Netlink.addRoute(to: .unspecified, length: 0, interface: tun.index, metric: 1029)
                try Netlink.setMTU(1400, interface: tun.index)
                return try mine()
            }
            let during = try open()
            return (during, try mine())
        }
        #expect(during == ["2001:0:c000:201::1234/32"], "and no link-local address of the kernel's making")
        #expect(after.isEmpty)
    }

    @Test("Addresses and routes can be taken back; taking them back twice is an error that says what was missing")
    func removal() throws {
        let error = try NetworkSandbox.run { () -> SystemError? in
            let tun = try TUNDevice(name: "tdtest")
            try Netlink.bringUp(interface: tun.index, mtu: 1280)
            try Netlink.addAddress(Self.address, prefixLength: 32, interface: tun.index)
            try Netlink.addRoute(to: .unspecified, length: 0, interface: tun.index, metric: 1029)
            try Netlink.removeRoute(to: .unspecified, length: 0, interface: tun.index, metric: 1029)
            try Netlink.removeAddress(Self.address, prefixLength: 32, interface: tun.index)
            do {
                try Netlink.removeAddress(Self.address, prefixLength: 32, interface: tun.index)
                return nil
            } catch let error as SystemError { return error }
        }
        #expect(error?.code == EADDRNOTAVAIL)
        #expect(error?.subject.contains("2001:0:c000:201::1234/32") == true)
    }

    @Test("A route of the same prefix and metric is another program's: refused, and left as it is")
    func foreignRoute() throws {
        let (error, isKept) = try NetworkSandbox.run { () -> (SystemError?, Bool) in
            let theirs = try TUNDevice(name: "tdtheirs")
            let ours = try TUNDevice(name: "tdours")
            for index in [theirs.index, ours.index] { try Netlink.bringUp(interface: index, mtu: 1280) }
            try Netlink.addRoute(to: .unspecified, length: 0, interface: theirs.index, metric: 1029)
            var refusal: SystemError?
            do {
                try Netlink.addRoute(to: .unspecified, length: 0, interface: ours.index, metric: 1029)
            } catch let error as SystemError { refusal = error }
            // Taking a route away that is not there fails, so this tells whose it is.
            let isOurs =
                (try? Netlink.removeRoute(to: .unspecified, length: 0, interface: ours.index, metric: 1029)) != nil
            let isTheirs =
                (try? Netlink.removeRoute(to: .unspecified, length: 0, interface: theirs.index, metric: 1029)) != nil
            return (refusal, isTheirs && !isOurs)
        }
        #expect(error?.code == EEXIST)
        #expect(isKept)
    }

    @Test("A name in use is refused with what to do")
    func busy() throws {
        let error = try NetworkSandbox.run { () -> SystemError? in
            let first = try TUNDevice(name: "tdtest")
            do {
                _ = try TUNDevice(name: first.name)
                return nil
            } catch let error as SystemError { return error }
        }
        #expect(error?.code == EBUSY)
        #expect(error?.remedy.contains("--interface") == true)
    }

    @Test("Packets of the host come in batches, and packets for it are delivered")
    func packets() throws {
        let reply = try NetworkSandbox.run { () -> EchoMessage? in
            let tun = try TUNDevice(name: "tdtest")
            try Netlink.bringUp(interface: tun.index, mtu: 1280)
            try Netlink.addAddress(Self.address, prefixLength: 32, interface: tun.index)
            try Netlink.addRoute(to: .unspecified, length: 0, interface: tun.index, metric: 1029)
            let ping = EchoMessage(
                kind: .request,
                source: IPv6Address(high: 0x2400_0001 << 32, low: 9),
                destination: Self.address,
                identifier: 1,
                sequenceNumber: 2,
                data: [3, 4]
            )
            let packet = [UInt8](capacity: ping.length) { ping.encode(into: &$0) }
            return try Self.firstEcho(on: tun, kind: .reply) { _ = $0.queue.write(packet.span) }
        }
        #expect(reply?.data == [3, 4] && reply?.source == Self.address)
    }

    @Test("The monitor becomes readable when an address changes, and quiet when it was drained")
    func monitor() throws {
        let seen = try NetworkSandbox.run { () -> [Bool] in
            let monitor = try NetworkMonitor()
            var loop = try EventLoop()
            try loop.add(monitor.descriptor, token: 7)
            func isReady(within limit: Duration) -> Bool {
                loop.tokens(until: MonotonicClock.now + limit) == [7]
            }
            let tun = try TUNDevice(name: "tdtest")
            try Netlink.bringUp(interface: tun.index, mtu: 1280)
            let first = isReady(within: .seconds(5))
            // The kernel tells of a new interface in several messages over a while: wait until it is quiet.
            var rounds = 0
            repeat {
                monitor.drain()
                rounds += 1
            } while isReady(within: .milliseconds(1500)) && rounds < 10
            try Netlink.addAddress(Self.address, prefixLength: 32, interface: tun.index)
            return [first, rounds < 10, isReady(within: .seconds(5))]
        }
        #expect(seen == [true, true, true])
    }

    @Test("The raw socket sends IPv6 packets with a source address that is not the host's")
    func rawSocket() throws {
        let source = try NetworkSandbox.run { () -> IPv6Address? in
            let tun = try TUNDevice(name: "tdtest")
            try Netlink.bringUp(interface: tun.index, mtu: 1280)
            try Netlink.addAddress(Self.address, prefixLength: 32, interface: tun.index)
            try Netlink.addRoute(to: .unspecified, length: 0, interface: tun.index, metric: 1029)
            let raw = try RawIPv6Socket()
            let foreign = IPv6Address(high: 0x2001_0000 << 32 | 0xC000_0201, low: 0x9999)
            let ping = EchoMessage(
                kind: .request,
                source: foreign,
                destination: IPv6Address(high: 0x2400_0001 << 32, low: 9),
                identifier: 1,
                sequenceNumber: 2,
                data: []
            )
            let packet = [UInt8](capacity: ping.length) { ping.encode(into: &$0) }
            return try Self.firstEcho(on: tun, kind: .request) { _ in _ = raw.send(packet.span) }?.source
        }
        #expect(source == IPv6Address(high: 0x2001_0000 << 32 | 0xC000_0201, low: 0x9999))
    }

    @Test("Interfaces and their IPv4 addresses are listed; the source towards loopback is loopback")
    func addresses() throws {
        let list = try Netlink.ipv4Addresses()
        #expect(list.contains { $0.address == IPv4Address(127, 0, 0, 1) && $0.prefixLength == 8 && $0.isLoopback })
        #expect(Netlink.sourceAddress(towards: IPv4Address(127, 0, 0, 1)) == IPv4Address(127, 0, 0, 1))
    }
}
