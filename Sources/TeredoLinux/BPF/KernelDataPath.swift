import CTeredoLinux
import Glibc
package import TeredoWire

/// Moves TCP and UDP packets of trusted peers between a TUN interface and UDP datagrams in the kernel.
///
/// Everything that is not certain goes to userspace as before: strangers, bubbles, ICMPv6, fragments, extension headers,
/// peers not heard of for a while. Nothing is sent to an endpoint that ``setPeer(_:endpoint:receptionEndpoint:lastReception:)``
/// did not give. The path ends with this value or the process, whichever goes first.
package final class KernelDataPath {
    /// Where datagrams are taken from.
    package let reception: Reception
    /// What the path was told.
    package private(set) var settings: Settings
    private let mark: UInt32
    private let settingsMap: BPFMap
    private let peers: BPFMap
    private let natives: BPFMap
    private let counterMap: BPFMap
    private var links: [BPFLink] = []

    /// Loads the programs and attaches them; throws, and leaves nothing behind, when something does not hold that the path
    /// needs: which, and what to do.
    package init(_ settings: Settings) throws(SystemError) {
        try Self.check(settings)
        self.settings = settings
        reception = settings.reception ?? Self.suitableReception(settings.underlying.name)
        let module = try BPFModule(
            try EmbeddedPrograms.dataPath(),
            capacities: ["peers_map": settings.peerLimit, "native_map": max(1024, settings.nativePrefixes.count * 2)]
        )
        var generator = SystemRandomNumberGenerator()
        // Known to both programs only; nobody on the wire can choose the metadata of a packet in any case.
        mark = UInt32.random(in: 1 ... .max, using: &generator)
        settingsMap = try module.map("settings_map")
        peers = try module.map("peers_map")
        natives = try module.map("native_map")
        counterMap = try module.map("counters_map")
        for (prefix, isServed) in settings.nativePrefixes {
            try natives.set(Self.key(prefix), to: Self.value(isServed))
        }
        try settingsMap.set([0, 0, 0, 0], to: settingsOctets)
        try attach(module)
    }

    /// Lets packets from and to a peer take the path, or changes where they go; its counters stay.
    package func setPeer(
        _ address: IPv6Address,
        endpoint: UDPEndpoint,
        receptionEndpoint: UDPEndpoint,
        lastReception: Int64
    ) throws(SystemError) {
        let key = Self.key(address)
        let old = peers.numbers(key) ?? [UInt64](repeating: 0, count: 8)
        let heard = max(UInt64(clamping: lastReception), old[2])
        let value = [UInt8](capacity: 64) { output in
            for endpoint in [endpoint, receptionEndpoint] {
                output.append(bigEndian: endpoint.address.rawValue)
                output.append(bigEndian: endpoint.port)
                output.append(bigEndian: UInt16(0))
            }
            output.append(bigEndian: heard.byteSwapped)
            for number in old[3...] { output.append(bigEndian: number.byteSwapped) }
        }
        try peers.set(key, to: value)
    }

    /// Gives all packets of a peer back to userspace.
    package func removePeer(_ address: IPv6Address) { peers.remove(Self.key(address)) }

    /// What was carried for a peer; `nil` when it is not on the path.
    package func activity(of address: IPv6Address) -> Activity? {
        guard let numbers = peers.numbers(Self.key(address)) else { return nil }
        return Activity(
            lastReception: Int64(clamping: numbers[2]),
            lastTransmission: Int64(clamping: numbers[3]),
            packets: numbers[4] &+ numbers[6],
            octets: numbers[5] &+ numbers[7]
        )
    }

    /// Changes whose packets are carried, and how long they may be; a client without address and a relay that serves
    /// nobody carry none.
    package func update(role: Role, mtu: Int = TeredoConstants.mtu) throws(SystemError) {
        guard role != settings.role || mtu != settings.mtu else { return }
        let before = settings.nativePrefixes
        settings.role = role
        settings.mtu = mtu
        try Self.check(settings)
        let after = settings.nativePrefixes
        for prefix in before.keys where after[prefix] == nil { natives.remove(Self.key(prefix)) }
        for (prefix, isServed) in after { try natives.set(Self.key(prefix), to: Self.value(isServed)) }
        try settingsMap.set([0, 0, 0, 0], to: settingsOctets)
    }

    /// Gives all packets back to userspace; counters stay.
    package func detach() { links = [] }

    /// What was carried since the path was made.
    package var counters: Counters {
        guard let numbers = counterMap.numbers([0, 0, 0, 0]) else { return Counters() }
        return Counters(
            receivedPackets: numbers[0],
            receivedOctets: numbers[1],
            sentPackets: numbers[2],
            sentOctets: numbers[3],
            lostPackets: numbers[4]
        )
    }

    // MARK: Set-up

    /// What the programs are told.
    ///
    /// Where datagrams are taken whole from ingress, the wire keeps super-packets in the other direction too.
    private var settingsOctets: [UInt8] { settings.octets(mark: mark, keepsSuperPackets: reception == .ingress) }

    private func attach(_ module: BPFModule) throws(SystemError) {
        let underlying = (settings.underlying.name, settings.underlying.index)
        let tunnel = (settings.tunnel.name, settings.tunnel.index)
        switch reception {
        case .xdp:
            // First the program that takes what the second one marks.
            links.append(try module.attach("deliver", to: .ingress, interface: underlying))
            links.append(try module.attach("strip", to: .xdpNative, interface: underlying))
        case .ingress:
            links.append(try module.attach("unwrap", to: .ingress, interface: underlying))
        }
        links.append(try module.attach("encapsulate", to: .egress, interface: tunnel))
    }

    private static func check(_ settings: Settings) throws(SystemError) {
        let overhead = 28
        guard InterfaceDriver.isEthernet(settings.underlying.name) else {
            throw SystemError(
                "bpf",
                "interface \(settings.underlying.name)",
                code: EPROTONOSUPPORT,
                remedy: "it is no Ethernet interface"
            )
        }
        guard let mtu = InterfaceDriver.mtu(ofInterface: settings.underlying.name) else {
            throw SystemError("ioctl(SIOCGIFMTU)", "interface \(settings.underlying.name)", code: ENODEV)
        }
        guard mtu >= settings.mtu + overhead else {
            throw SystemError(
                "bpf",
                "interface \(settings.underlying.name)",
                code: EMSGSIZE,
                remedy:
                    "its MTU is \(mtu) and packets of the tunnel need \(settings.mtu + overhead): only userspace can "
                    + "have them fragmented"
            )
        }
        guard settings.localEndpoint.address != .unspecified, settings.localEndpoint.port != 0 else {
            throw SystemError(
                "bpf",
                "UDP \(settings.localEndpoint)",
                code: EADDRNOTAVAIL,
                remedy: "the kernel has to know one address and port that datagrams leave from"
            )
        }
    }

    /// A pair of virtual interfaces carries super-packets whole, and would not with XDP on one end; other drivers give
    /// single packets, which are joined after XDP only.
    private static func suitableReception(_ interface: String) -> Reception {
        InterfaceDriver.name(ofInterface: interface) == "veth" && InterfaceDriver.takesSuperPackets(interface)
            ? .ingress : .xdp
    }

    private static func key(_ address: IPv6Address) -> [UInt8] { [UInt8](capacity: 16) { $0.append(address) } }

    private static func key(_ prefix: IPv6Prefix) -> [UInt8] {
        [UInt8](capacity: 20) {
            $0.append(bigEndian: UInt32(prefix.length).byteSwapped)
            $0.append(prefix.address)
        }
    }

    private static func value(_ isServed: Bool) -> [UInt8] { [isServed ? 1 : 0, 0, 0, 0] }
}
