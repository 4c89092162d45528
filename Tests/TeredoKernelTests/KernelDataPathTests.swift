import Glibc
import TeredoKernel
import TeredoLinux
import TeredoNetworkSandbox
import TeredoWire
import Testing

@Suite(.serialized) struct KernelDataPathTests {
    private static let own = IPv6Address("2001:0:c000:201:0:63bf:3fff:fdfe") ?? .unspecified
    private static let native = IPv6Address("2001:db8:1::1") ?? .unspecified
    /// Hosts with ISATAP identifiers, of a private and of a global IPv4 address.
    private static let isatapHosts = ["2001:db8:1::5efe:c000:201", "2001:db8:1::200:5efe:c000:201"].compactMap {
        IPv6Address($0)
    }
    private static let peer = IPv6Address("2001:0:c000:201:0:63bf:3fff:fdfd") ?? .unspecified
    private static let endpoint = UDPEndpoint(IPv4Address(192, 0, 2, 2), 40_001)

    /// Both ends of a wire and a TUN interface in one namespace, and what `body` does with a path between them.
    private static func onWire<Value: Sendable>(
        reception: KernelDataPath.Reception,
        mtu: Int = 1500,
        tunnel: (mtu: Int, offloads: Set<Offload>) = (1280, []),
        role: KernelDataPath.Role = .client(own),
        _ body: @escaping @Sendable (inout Path) throws -> Value
    ) throws -> Value {
        try NetworkSandbox.run {
            let script = """
                ip link set lo up
                ip link add wire0 mtu \(mtu) type veth peer name wire1 mtu \(mtu)
                ip link set wire0 up
                ip link set wire1 up
                ip address add 192.0.2.1/24 dev wire0
                ip neighbour add 192.0.2.2 dev wire0 lladdr $(ip -o link show wire1 | sed 's/.*ether \\([^ ]*\\) .*/\\1/')
                """
            let wiring = try CommandOutput.run(["sh", "-e"], input: script, limit: .seconds(10))
            try #require(wiring.isSuccess, "\(wiring.error)")
            let tun = try TUNDevice(name: "tdpath", offloads: tunnel.offloads)
            try Netlink.bringUp(interface: tun.index, mtu: tunnel.mtu)
            for address in [own, native, IPv6Address("2001:0:c000:201::77") ?? .unspecified] + isatapHosts {
                try Netlink.addAddress(address, prefixLength: 32, interface: tun.index)
            }
            var settings = KernelDataPath.Settings(
                tunnel: .init(name: "tdpath", index: tun.index),
                underlying: .init(name: "wire0", index: Int32(unsafe if_nametoindex("wire0"))),
                localEndpoint: UDPEndpoint(IPv4Address(192, 0, 2, 1), 40_000),
                side: role.side
            )
            settings.reception = reception
            var path = try Path(settings, role)
            return try body(&path)
        }
    }

    /// Programs and maps, as the two processes have them that share the work.
    private struct Path {
        let programs: KernelDataPath
        var tables: KernelPathTables

        init(_ settings: KernelDataPath.Settings, _ role: KernelDataPath.Role) throws {
            let made = try KernelDataPath(settings)
            func map(_ map: KernelPathMap) throws -> BPFMap { try map.adopt(dup(try made.map(map).descriptor)) }
            programs = made
            tables = KernelPathTables(
                peers: try map(.peers),
                natives: try map(.natives),
                counters: try map(.counters)
            )
            try tables.serve(role)
        }

        func setPeer(
            _ address: IPv6Address,
            endpoint: UDPEndpoint,
            receptionEndpoint: UDPEndpoint,
            through way: Int = 0,
            lastReception: ProtocolInstant
        ) throws {
            try tables.setPeer(
                address,
                endpoint: endpoint,
                receptionEndpoint: receptionEndpoint,
                through: way,
                keepsSuperPackets: programs.attachments.values.contains { $0.reception == .ingress },
                lastReception: lastReception
            )
        }

        mutating func update(role: KernelDataPath.Role, denied: [IPv6Prefix] = []) throws {
            try programs.update(role.side)
            try tables.serve(role, denied: denied)
        }
    }

    private static func traffic(own: IPv6Address = own, _ further: [String] = []) throws -> [String] {
        let command = ["python3", "-c", DataPathTraffic.program, "\(own)"] + further
        let output = try CommandOutput.run(command, limit: .seconds(40))
        try #require(output.isSuccess, "\(output.error)")
        return output.output.split(separator: "\n").map(String.init)
    }

    private static func requirePython() throws {
        guard Capability.bpf.isEffective, getuid() == 0 else {
            try Test.cancel("needs root for programs in the kernel")
        }
        if ChildProcess.executable(named: "python3") == nil { try Test.cancel("python3 is not installed") }
    }

    @Test(
        "R6, T1, SEC-10: only plain packets of the peer's exact endpoint are taken, and only those to it are sent",
        arguments: [KernelDataPath.Reception.xdp, .ingress]
    )
    func traffic(reception: KernelDataPath.Reception) throws {
        try Self.requirePython()
        let (lines, activity, counters) = try Self.onWire(reception: reception) { path in
            try path.setPeer(
                Self.peer,
                endpoint: Self.endpoint,
                receptionEndpoint: Self.endpoint,
                lastReception: MonotonicClock.now
            )
            return (try Self.traffic(), path.tables.activity(of: Self.peer), path.tables.counters)
        }
        #expect(lines == ["received plain 4", "received longest 1232", "sent plain 4", "sent longest 1232"])
        #expect(counters.receivedPackets == 2 && counters.receivedOctets == 52 + 1280)
        #expect(counters.sentPackets == 2 && counters.sentOctets == 52 + 1280 && counters.lostPackets == 0)
        #expect(activity?.packets == 4 && activity?.octets == 2 * (52 + 1280))
        let (sent, received) = (try #require(activity?.lastTransmission), try #require(activity?.lastReception))
        #expect(sent > received)
    }

    @Test(
        "RFC 6040, RFC 2983: traffic classes are combined as in userspace, on the way in and on the way out",
        arguments: [KernelDataPath.Reception.xdp, .ingress]
    )
    func trafficClasses(reception: KernelDataPath.Reception) throws {
        try Self.requirePython()
        let (lines, counters) = try Self.onWire(reception: reception) { path in
            try path.setPeer(
                Self.peer,
                endpoint: Self.endpoint,
                receptionEndpoint: Self.endpoint,
                lastReception: MonotonicClock.now
            )
            return (try Self.traffic(["classes"]), path.tables.counters)
        }
        var expected: [String] = []
        for inner in [0, 1, 2, 3, 0xB8] as [UInt8] {
            for outer in [0, 1, 2, 3, 0x28] as [UInt8] {
                let combined = TrafficClass(rawValue: inner).decapsulated(from: TrafficClass(rawValue: outer))
                expected.append("received \(inner) \(outer) \(combined.map { "\($0.rawValue)" } ?? "dropped")")
            }
        }
        expected += [0, 1, 2, 3, 0xB8, 0xBA].map { "sent \($0) \($0)" }
        #expect(lines == expected)
        #expect(counters.congestedPackets == 2 && counters.lostPackets == 0)
    }

    @Test("Super-packets of segments within the MTU go to peers that take them, never more than the MTU in one")
    func superPackets() throws {
        try Self.requirePython()
        let (lines, counters, activity) = try Self.onWire(reception: .ingress, tunnel: (1400, Set(Offload.allCases))) {
            path in
            try path.setPeer(
                Self.peer,
                endpoint: Self.endpoint,
                receptionEndpoint: Self.endpoint,
                lastReception: MonotonicClock.now
            )
            return (try Self.traffic(["super"]), path.tables.counters, path.tables.activity(of: Self.peer))
        }
        let pieces = ["sent 1232 of 1232 carried", "sent 1233 of 1233 0", "sent 1500 of 500 0", "sent 2464 of 1232 0"]
        let whole = pieces.prefix(2) + ["sent 1500 of 500 carried", "sent 2464 of 1232 carried"]
        let last = ["sent 2466 of 1233 0"]
        #expect(lines == pieces + last + ["received 0"] + whole + last + ["received 1"] + pieces + last)
        #expect(counters.sentPackets == 1 + 1 + 3 + 2 + 1 && counters.sentOctets == 3 * 1280 + 1548 + 2512)
        #expect(counters.receivedPackets == 2 && counters.receivedOctets == 2 * 52 && counters.lostPackets == 0)
        let packets = try #require(activity).packets
        #expect(packets == 2 + 8)
    }

    @Test("A peer that was not heard of for 25 s gets nothing without userspace, until it is heard from where it sends")
    func stale() throws {
        try Self.requirePython()
        let (unheard, heard) = try Self.onWire(reception: .ingress) { path in
            func traffic(from reception: IPv4Address) throws -> [String] {
                try path.setPeer(
                    Self.peer,
                    endpoint: Self.endpoint,
                    receptionEndpoint: UDPEndpoint(reception, 40_001),
                    lastReception: MonotonicClock.now - .milliseconds(25100)
                )
                return try Self.traffic()
            }
            return (try traffic(from: IPv4Address(192, 0, 2, 9)), try traffic(from: IPv4Address(192, 0, 2, 3)))
        }
        #expect(unheard.isEmpty, "\(unheard)")
        #expect(heard == ["received foreign endpoint 4", "sent plain 4", "sent longest 1232"])
    }

    @Test("I4, Y12: a relay carries for the prefixes that it serves, and a host-specific one for its own addresses")
    func served() throws {
        try Self.requirePython()
        let roles: [KernelDataPath.Role] = [
            .relay([]), .relay([IPv6Prefix("2001:db8::/32")].compactMap(\.self)), .hostRelay([Self.native]),
            .relay([IPv6Prefix("2001:db8:2::/48")].compactMap(\.self)), .hostRelay([]),
        ]
        let lines = try Self.onWire(reception: .xdp) { path in
            let now = MonotonicClock.now
            try path.setPeer(Self.peer, endpoint: Self.endpoint, receptionEndpoint: Self.endpoint, lastReception: now)
            return try roles.map { role in
                try path.update(role: role)
                return try Self.traffic(own: Self.native)
            }
        }
        let carried = ["received plain 4", "received longest 1232", "sent plain 4", "sent longest 1232"]
        #expect(lines == [carried, carried, carried, [], []])
    }

    @Test("I9, Y11, SEC-54: packets of and to hosts with an ISATAP identifier, of either kind, are left to userspace")
    func isatap() throws {
        try Self.requirePython()
        let lines = try Self.onWire(reception: .xdp) { path in
            let now = MonotonicClock.now
            try path.setPeer(Self.peer, endpoint: Self.endpoint, receptionEndpoint: Self.endpoint, lastReception: now)
            try path.update(role: .relay([]))
            return try (Self.isatapHosts + [Self.native]).map { try Self.traffic(own: $0) }
        }
        let carried = ["received plain 4", "received longest 1232", "sent plain 4", "sent longest 1232"]
        #expect(lines == [[], [], carried])
    }

    @Test("A relay carries nothing of or to a denied native prefix, be it within a served one or around it")
    func denied() throws {
        try Self.requirePython()
        let lists = [[], ["2001:db8::/32"], ["2001:db8:1::1/128"], ["2001:db8:2::/48"], ["::/0"], []].map { list in
            list.compactMap { IPv6Prefix($0) }
        }
        let lines = try Self.onWire(reception: .xdp) { path in
            let now = MonotonicClock.now
            try path.setPeer(Self.peer, endpoint: Self.endpoint, receptionEndpoint: Self.endpoint, lastReception: now)
            return try lists.map { list in
                try path.update(role: .relay([IPv6Prefix(Self.native, length: 48)]), denied: list)
                return try Self.traffic(own: Self.native)
            }
        }
        let carried = ["received plain 4", "received longest 1232", "sent plain 4", "sent longest 1232"]
        #expect(lines == [carried, [], [], carried, [], carried])
    }

    @Test("Nothing is carried for removed peers, without an address, or for a relay that serves others")
    func nobody() throws {
        try Self.requirePython()
        let lines = try Self.onWire(reception: .ingress) { path in
            let now = MonotonicClock.now
            try path.setPeer(Self.peer, endpoint: Self.endpoint, receptionEndpoint: Self.endpoint, lastReception: now)
            try path.update(role: .client(nil))
            var lines = try Self.traffic()
            try path.update(role: .relay([]))
            lines += try Self.traffic()
            try path.update(role: .client(Self.own))
            path.tables.removePeer(Self.peer)
            return try lines + Self.traffic()
        }
        #expect(lines.isEmpty, "I5, Y10: Teredo addresses are never native ones; \(lines)")
    }

    @Test("An interface whose MTU is too small for the tunnel is refused with both numbers")
    func smallMTU() throws {
        try Self.requirePython()
        do {
            _ = try Self.onWire(reception: .xdp, mtu: 1307) { _ in }
            Issue.record("no error")
        } catch let error as SystemError {
            #expect(error.remedy.contains("1307") && error.remedy.contains("1308"))
        }
    }
}
