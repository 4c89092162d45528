import Glibc
import TeredoLinux
import TeredoNetworkSandbox
import TeredoWire
import Testing

/// What the filter tells the kernel, judged by what `nft` shows and by what reaches sockets.
@Suite struct InboundFilterTests {
    private static let own = IPv6Address("2001:db8:1::1") ?? .unspecified
    private static let stranger = IPv6Address("2001:db8:2::7") ?? .unspecified

    /// An interface in a fresh namespace with an address, behind a filter.
    private final class Bench {
        let tun: TUNDevice
        let filter: InboundFilter

        init(masquerade: Bool = false) throws {
            tun = try TUNDevice(name: "tdfilter")
            filter = try InboundFilter(NetworkInterface(name: tun.name, index: tun.index), masquerade: masquerade)
            try Netlink.bringUp(interface: tun.index, mtu: 1280)
            try Netlink.addAddress(own, prefixLength: 64, interface: tun.index)
            try Netlink.addRoute(to: .unspecified, length: 0, interface: tun.index, metric: 7)
        }

        /// Has a UDP datagram come in through the interface.
        func receive(port: UInt16, from source: IPv6Address = stranger, sourcePort: UInt16 = 999) {
            let length = 9
            var datagram = [UInt8](capacity: length) { output in
                output.append(bigEndian: sourcePort)
                output.append(bigEndian: port)
                output.append(bigEndian: UInt16(length))
                output.append(bigEndian: UInt16(0))
                output.append(1)
            }
            let sum = InboundFilterTests.checksum(datagram, source, own)
            datagram[6] = UInt8(sum >> 8)
            datagram[7] = UInt8(sum & 0xFF)
            _ = tun.queue.write(InboundFilterTests.packet(17, datagram, from: source, to: own).span)
        }

        /// Has an ICMPv6 message come in through the interface, with what follows behind its checksum.
        func receive(message type: UInt8, _ body: [UInt8]) {
            var message = [type, 0, 0, 0] + body
            let sum = InboundFilterTests.checksum(message, stranger, own, protocolNumber: 58)
            message[2] = UInt8(sum >> 8)
            message[3] = UInt8(sum & 0xFF)
            _ = tun.queue.write(InboundFilterTests.packet(58, message, from: stranger, to: own).span)
        }
    }

    private static func packet(
        _ protocolNumber: UInt8,
        _ payload: [UInt8],
        from source: IPv6Address,
        to destination: IPv6Address
    ) -> [UInt8] {
        [UInt8](capacity: 40 + payload.count) { output in
            output.append(bigEndian: UInt32(0x6000_0000))
            output.append(bigEndian: UInt16(payload.count))
            output.append(protocolNumber)
            output.append(64)
            output.append(source)
            output.append(destination)
            output.append(copying: payload.span)
        }
    }

    private static func checksum(
        _ datagram: [UInt8],
        _ source: IPv6Address,
        _ destination: IPv6Address,
        protocolNumber: UInt32 = 17
    ) -> UInt16 {
        let pseudo = [UInt8](capacity: 40) { output in
            output.append(source)
            output.append(destination)
            output.append(bigEndian: UInt32(datagram.count))
            output.append(bigEndian: protocolNumber)
        }
        let octets = pseudo + datagram + (datagram.count.isMultiple(of: 2) ? [] : [0])
        var sum: UInt32 = 0
        for index in stride(from: 0, to: octets.count, by: 2) {
            sum += UInt32(octets[index]) << 8 | UInt32(octets[index + 1])
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return ~UInt16(sum)
    }

    /// An IPv6 UDP socket on a port of this host.
    private final class Listener {
        let descriptor: CInt

        init(port: UInt16) throws {
            descriptor = socket(AF_INET6, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            let result = unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
            try #require(descriptor >= 0 && result == 0)
        }

        /// Sends an octet out, which makes what comes back from there an answer.
        func send(to destination: IPv6Address, port: UInt16) {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            let octets = [UInt8](capacity: 16) { $0.append(destination) }
            unsafe withUnsafeMutableBytes(of: &address.sin6_addr) { unsafe $0.copyBytes(from: octets) }
            _ = unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe sendto(descriptor, "x", 1, 0, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }

        /// How many datagrams came in; waits a little for the first.
        func count() -> Int {
            var number = 0
            for _ in 0..<100 where number == 0 {
                var octet: UInt8 = 0
                while unsafe recv(descriptor, &octet, 1, 0) >= 0 { number += 1 }
                if number == 0 { usleep(1000) }
            }
            return number
        }

        deinit { _ = close(descriptor) }
    }

    private static func nft(_ arguments: String) throws -> (output: String, error: String, isSuccess: Bool) {
        guard ChildProcess.executable(named: "nft") != nil else { try Test.cancel("nft is not installed") }
        let output = try CommandOutput.run(["sh", "-ec", "nft \(arguments)"], limit: .seconds(10))
        return (output.output, output.error, output.isSuccess)
    }

    @Test(
        "SEC-17: what nobody asked for is refused and counted by sender and port; answers and what is allowed come in"
    )
    func verdicts() throws {
        let (counts, refusals) = try NetworkSandbox.run { () -> ([Int], InboundRefusals) in
            let bench = try Bench()
            let listener = try Listener(port: 5000)
            // A busy host can need a while to let packets through an interface that it has just brought up.
            for _ in 0..<1000 where listener.count() == 0 { bench.receive(port: 5000) }
            var counts: [Int] = []
            try bench.filter.refuse(at: .host, allowing: [])
            bench.receive(port: 5000, sourcePort: 1)
            bench.receive(port: 5000, sourcePort: 2)
            counts.append(listener.count())
            listener.send(to: Self.stranger, port: 3)
            bench.receive(port: 5000, sourcePort: 3)
            counts.append(listener.count())
            let rules = [InboundRule("udp/4990-5010 from 2001:db8:2::/48"), InboundRule("tcp")].compactMap(\.self)
            try bench.filter.refuse(at: .host, allowing: rules)
            bench.receive(port: 5000, sourcePort: 4)
            counts.append(listener.count())
            bench.receive(port: 5000, from: IPv6Address("2001:db8:3::7") ?? .unspecified, sourcePort: 5)
            counts.append(listener.count())
            try bench.filter.refuse(at: [], allowing: [])
            bench.receive(port: 5000, sourcePort: 6)
            counts.append(listener.count())
            return (counts, try bench.filter.refusals())
        }
        #expect(counts == [0, 1, 1, 0, 1], "refused, answer, allowed, allowed from elsewhere only, open")
        #expect(refusals.packets == 3)
        let kinds = refusals.kinds.sorted { $0.packets > $1.packets }
        #expect(kinds.map(\.packets) == [2, 1])
        #expect(kinds.map(\.source) == [Self.stranger, IPv6Address("2001:db8:3::7")])
        #expect(kinds.allSatisfy { $0.protocolNumber == 17 && $0.port == 5000 })
    }

    @Test(
        "SEC-17, SEC-38: errors come in when they are about what this host sent, echo requests always, and replies when they were asked for"
    )
    func messages() throws {
        let refusals = try NetworkSandbox.run { () -> [UInt64] in
            let bench = try Bench()
            let listener = try Listener(port: 5000)
            for _ in 0..<1000 where listener.count() == 0 { bench.receive(port: 5000) }
            try bench.filter.refuse(at: .host, allowing: [])
            listener.send(to: Self.stranger, port: 3)
            func sent(to port: UInt8) -> [UInt8] {
                Self.packet(17, [0x13, 0x88, 0, port, 0, 9, 0, 0, 1], from: Self.own, to: Self.stranger)
            }
            var refusals: [UInt64] = []
            for type in UInt8(1)...4 {
                bench.receive(message: type, [0, 0, 5, 0] + sent(to: 3))
                bench.receive(message: type, [0, 0, 5, 0] + sent(to: 4))
                bench.receive(message: type, [0, 0, 5, 0])
                refusals.append(try bench.filter.refusals().packets)
            }
            for type in [UInt8(128), 129, 130, 138, 139] {
                bench.receive(message: type, [0, 1, 0, 1])
                refusals.append(try bench.filter.refusals().packets)
            }
            return refusals
        }
        #expect(refusals == [2, 4, 6, 8, 8, 9, 10, 11, 12])
    }

    @Test("A flood from ever new ports and sources is counted in all, and remembered as far as there is room")
    func flood() throws {
        let refusals = try NetworkSandbox.run { () -> InboundRefusals in
            let bench = try Bench()
            let listener = try Listener(port: 5000)
            for _ in 0..<1000 where listener.count() == 0 { bench.receive(port: 5000) }
            try bench.filter.refuse(at: .host, allowing: [])
            for port in 0..<400 { bench.receive(port: 10_000 + UInt16(port)) }
            for _ in 0..<1000 where try bench.filter.refusals().packets < 400 { usleep(1000) }
            return try bench.filter.refusals()
        }
        #expect(refusals.packets == 400)
        #expect(refusals.kinds.count == 256)
    }

    @Test("Nobody else can flush, change or remove the table; it is seen, and gone with its owner")
    func owner() throws {
        let (during, attempts, after) = try NetworkSandbox.run { () -> (String, [Bool], String) in
            func made() throws -> (String, [Bool]) {
                let bench = try Bench()
                try bench.filter.refuse(at: [.host, .others], allowing: [InboundRule("tcp/22")].compactMap(\.self))
                let table = "ip6 \(bench.filter.table)"
                let attempts = try [
                    Self.nft("add table inet other; nft flush ruleset; nft list tables | grep -q inet").isSuccess,
                    Self.nft("delete table \(table)").isSuccess, Self.nft("flush table \(table)").isSuccess,
                    Self.nft("insert rule \(table) input accept").isSuccess,
                    Self.nft("flush chain \(table) inbound").isSuccess,
                ]
                return (try Self.nft("list ruleset").output, attempts)
            }
            let (during, attempts) = try made()
            return (during, attempts, try Self.nft("list ruleset").output)
        }
        #expect(attempts == [false, false, false, false, false])
        for line in [
            "table ip6 teredo-tdfilter {", "ct state established,related accept", "icmpv6 type echo-request accept",
            "tcp dport 22 accept", "iif \"tdfilter\" jump inbound", "meta sdif \"tdfilter\" jump inbound",
            "type filter hook input priority",
            "counter name \"refused_packets\" drop",
            "type filter hook forward priority",
        ] { #expect(during.contains(line), "\(line) in \(during)") }
        #expect(after.isEmpty)
    }

    @Test("With masquerading, what leaves by another interface from a Teredo address gets the address of that")
    func masquerade() throws {
        let shown = try NetworkSandbox.run { () -> String in
            let bench = try Bench(masquerade: true)
            try bench.filter.refuse(at: [], allowing: [])
            return try Self.nft("list ruleset").output
        }
        #expect(shown.contains("type nat hook postrouting priority srcnat"))
        #expect(shown.contains("ip6 saddr 2001::/32 oif != \"tdfilter\" masquerade"))
        #expect(!shown.contains("jump inbound"))
    }

    @Test("The filter stays with the interface when that is renamed")
    func renaming() throws {
        let shown = try NetworkSandbox.run { () -> String in
            let bench = try Bench()
            try bench.filter.refuse(at: .host, allowing: [])
            let output = try CommandOutput.run(
                ["sh", "-ec", "ip link set tdfilter down; ip link set tdfilter name tdother; nft list ruleset"],
                limit: .seconds(10)
            )
            return output.output
        }
        #expect(shown.contains("iif \"tdother\" jump inbound"), "\(shown)")
    }

    @Test("The name of the interface may have been used before: a table of that name leaves room for another one")
    func renamed() throws {
        let names = try NetworkSandbox.run { () -> [String] in
            let interfaces = [NetworkInterface(name: "teredo", index: 7), NetworkInterface(name: "teredo", index: 9)]
            let filters = try interfaces.map { try InboundFilter($0) }
            return filters.map(\.table)
        }
        #expect(names == ["teredo-teredo", "teredo-teredo-9"])
    }

    @Test("Another filter of the host is noticed when it has a rule or drops by policy, and ours is not taken for one")
    func others() throws {
        let found = try NetworkSandbox.run { () -> [Bool?] in
            var found: [Bool?] = []
            let bench = try Bench()
            try bench.filter.refuse(at: .host, allowing: [])
            found.append(OtherFilters.isIPv6Filtered())
            _ = try Self.nft(
                "'add table inet f; add chain inet f i { type filter hook input priority 0; policy accept; }'"
            )
            found.append(OtherFilters.isIPv6Filtered())
            _ = try Self.nft("add rule inet f i tcp dport 22 accept")
            found.append(OtherFilters.isIPv6Filtered())
            _ = try Self.nft("flush ruleset")
            _ = try Self.nft("'add table ip6 f; add chain ip6 f i { type filter hook input priority 0; policy drop; }'")
            found.append(OtherFilters.isIPv6Filtered())
            return found
        }
        #expect(found == [false, false, true, true])
    }
}
