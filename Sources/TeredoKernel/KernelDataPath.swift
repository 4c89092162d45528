import Glibc
package import TeredoLinux
package import TeredoWire

/// Moves TCP and UDP packets of trusted peers between a TUN interface and UDP datagrams in the kernel.
///
/// Everything that is not certain goes to userspace as before: strangers, bubbles, ICMPv6, fragments, extension headers,
/// peers not heard of for a while. Nothing is sent to an endpoint that ``setPeer(_:endpoint:receptionEndpoint:lastReception:)``
/// did not give. The path ends with this value or the process, whichever goes first.
package final class KernelDataPath {
    /// What is attached to an interface below the tunnel.
    package struct Attachment: Sendable {
        /// The interface.
        package let interface: NetworkInterface
        /// Where datagrams are taken from.
        package let reception: Reception
        fileprivate let links: [BPFLink]
    }

    /// The interfaces that datagrams come and go through, by index.
    package private(set) var attachments: [Int32: Attachment] = [:]
    /// What the path was told.
    package private(set) var settings: Settings
    private let module: BPFModule
    private let mark: UInt32
    private let settingsMap: BPFMap
    private let peers: BPFMap
    private let natives: BPFMap
    private let counterMap: BPFMap
    private var tunnelLink: BPFLink?

    /// The octets of IPv4 and UDP headers.
    private static let overhead = 28
    /// The most interfaces below.
    private static let attachmentLimit = 64

    /// Loads the programs and attaches them; throws, and leaves nothing behind, when something does not hold that the path
    /// needs: which, and what to do.
    package init(_ settings: Settings) throws(SystemError) {
        try Self.check(settings)
        self.settings = settings
        var generator = SystemRandomNumberGenerator()
        // Known to both programs only; nobody on the wire can choose the metadata of a packet in any case.
        mark = UInt32.random(in: 1 ... .max, using: &generator)
        module = try Self.module(settings, mark: mark)
        settingsMap = try module.map("settings_map")
        peers = try module.map("peers_map")
        natives = try module.map("native_map")
        counterMap = try module.map("counters_map")
        try attach(to: settings.underlying)
        tunnelLink = try module.attach("encapsulate", to: .egress, interface: settings.tunnel)
    }

    /// Lets packets of peers come and go through another interface too; throws, with the reason, when that cannot be.
    package func reach(_ index: Int32) throws(SystemError) {
        guard attachments[index] == nil else { return }
        guard let interface = NetworkInterface(index: index) else {
            throw SystemError("if_indextoname", "interface \(index)", code: ENODEV)
        }
        guard attachments.count < Self.attachmentLimit else {
            let remedy = "the path is already on \(Self.attachmentLimit) interfaces"
            throw SystemError("bpf", "interface \(interface.name)", code: ENOSPC, remedy: remedy)
        }
        try attach(to: interface)
    }

    /// Leaves interfaces that are gone, have another name, or are not suited any longer.
    package func leaveUnsuitableInterfaces() {
        attachments = attachments.filter { index, attachment in
            guard NetworkInterface(index: index) == attachment.interface else { return false }
            do { try Self.check(attachment.interface, mtu: settings.mtu) } catch { return false }
            return true
        }
    }

    /// Lets packets from and to a peer take the path, or changes where they go; its counters stay.
    ///
    /// `interface` is one that ``reach(_:)`` was told of; that with the address of the service port when it is `nil`.
    package func setPeer(
        _ address: IPv6Address,
        endpoint: UDPEndpoint,
        receptionEndpoint: UDPEndpoint,
        through interface: Int32? = nil,
        lastReception: ProtocolInstant
    ) throws(SystemError) {
        let interface = interface ?? settings.underlying.index
        // Where datagrams are taken whole from ingress, the wire keeps super-packets in the other direction too.
        try Self.setPeer(
            address,
            in: peers,
            endpoint: endpoint,
            receptionEndpoint: receptionEndpoint,
            through: interface,
            keepsSuperPackets: attachments[interface]?.reception == .ingress,
            lastReception: lastReception
        )
    }

    /// Writes a peer into the programs' map; its counters stay.
    package static func setPeer(
        _ address: IPv6Address,
        in peers: BPFMap,
        endpoint: UDPEndpoint,
        receptionEndpoint: UDPEndpoint,
        through interface: Int32,
        keepsSuperPackets: Bool,
        lastReception: ProtocolInstant
    ) throws(SystemError) {
        let key = key(address)
        let old = peers.numbers(key) ?? [UInt64](repeating: 0, count: 9)
        let heard = max(UInt64(clamping: lastReception.nanoseconds), old[2])
        let value = [UInt8](capacity: 72) { output in
            for endpoint in [endpoint, receptionEndpoint] {
                output.append(bigEndian: endpoint.address.rawValue)
                output.append(bigEndian: endpoint.port)
                output.append(bigEndian: UInt16(0))
            }
            output.append(bigEndian: heard.byteSwapped)
            for number in old[3...7] { output.append(bigEndian: number.byteSwapped) }
            output.append(bigEndian: UInt32(bitPattern: interface).byteSwapped)
            output.append(bigEndian: UInt32(keepsSuperPackets ? 1 : 0).byteSwapped)
        }
        try peers.set(key, to: value)
    }

    /// Gives all packets of a peer back to userspace.
    package func removePeer(_ address: IPv6Address) { peers.remove(Self.key(address)) }

    /// What was carried for a peer; `nil` when it is not on the path.
    package func activity(of address: IPv6Address) -> Activity? {
        guard let numbers = peers.numbers(Self.key(address)) else { return nil }
        return Activity(
            lastReception: Self.instant(numbers[2]),
            lastTransmission: numbers[3] == 0 ? nil : Self.instant(numbers[3]),
            packets: numbers[4] &+ numbers[6],
            octetsReceived: numbers[5],
            octetsSent: numbers[7]
        )
    }

    /// Changes whose packets are carried, and how long they may be; a client without address and a relay that serves
    /// nobody carry none.
    package func update(
        role: Role,
        denied: [IPv6Prefix] = [],
        mtu: Int = TeredoConstants.mtu
    ) throws(SystemError) {
        guard role != settings.role || denied != settings.denied || mtu != settings.mtu else { return }
        let before = settings.nativePrefixes
        settings.role = role
        settings.denied = denied
        settings.mtu = mtu
        for attachment in attachments.values { try Self.check(attachment.interface, mtu: mtu) }
        let after = settings.nativePrefixes
        for prefix in before.keys where after[prefix] == nil { natives.remove(Self.key(prefix)) }
        for (prefix, isServed) in after { try natives.set(Self.key(prefix), to: Self.value(isServed)) }
        try settingsMap.set([0, 0, 0, 0], to: settings.octets(mark: mark))
    }

    /// Gives all packets back to userspace; counters stay.
    package func detach() {
        attachments = [:]
        tunnelLink = nil
    }

    /// What was carried since the path was made.
    package var counters: Counters {
        guard let numbers = counterMap.numbers([0, 0, 0, 0]) else { return Counters() }
        return Counters(
            receivedPackets: numbers[0],
            receivedOctets: numbers[1],
            sentPackets: numbers[2],
            sentOctets: numbers[3],
            lostPackets: numbers[4],
            congestedPackets: numbers[5]
        )
    }

    // MARK: Set-up

    /// The programs' maps, filled as they need them but for peers; what is marked with `mark` is a packet of a peer.
    package static func module(_ settings: Settings, mark: UInt32) throws(SystemError) -> BPFModule {
        let prefixes = settings.nativePrefixes
        let module = try BPFModule(
            try EmbeddedPrograms.dataPath(),
            capacities: ["peers_map": settings.peerLimit, "native_map": max(1024, prefixes.count * 2)]
        )
        let natives = try module.map("native_map")
        for (prefix, isServed) in prefixes { try natives.set(key(prefix), to: value(isServed)) }
        try module.map("settings_map").set([0, 0, 0, 0], to: settings.octets(mark: mark))
        return module
    }

    private func attach(to interface: NetworkInterface) throws(SystemError) {
        try Self.check(interface, mtu: settings.mtu)
        let reception = settings.reception ?? Self.suitableReception(interface)
        let links: [BPFLink]
        switch reception {
        case .xdp:
            // First the program that takes what the second one marks.
            let deliver = try module.attach("deliver", to: .ingress, interface: interface)
            links = [deliver, try module.attach("strip", to: .xdpNative, interface: interface)]
        case .ingress:
            links = [try module.attach("unwrap", to: .ingress, interface: interface)]
        }
        attachments[interface.index] = Attachment(interface: interface, reception: reception, links: links)
    }

    /// Throws when packets of the tunnel cannot go through an interface.
    private static func check(_ interface: NetworkInterface, mtu needed: Int) throws(SystemError) {
        let needed = needed + overhead
        let subject = "interface \(interface.name)"
        guard interface.isEthernet else {
            throw SystemError("bpf", subject, code: EPROTONOSUPPORT, remedy: "it is not an Ethernet interface")
        }
        guard let mtu = interface.mtu else {
            throw SystemError("ioctl(SIOCGIFMTU)", subject, code: ENODEV)
        }
        guard mtu >= needed else {
            let remedy =
                "its MTU is \(mtu), and packets of the tunnel need \(needed): only userspace can send them in fragments"
            throw SystemError("bpf", subject, code: EMSGSIZE, remedy: remedy)
        }
    }

    private static func check(_ settings: Settings) throws(SystemError) {
        try check(settings.underlying, mtu: settings.mtu)
        guard settings.localEndpoint.address != .unspecified, settings.localEndpoint.port != 0 else {
            throw SystemError(
                "bpf",
                "UDP \(settings.localEndpoint)",
                code: EADDRNOTAVAIL,
                remedy: "the kernel needs one fixed address and port to send datagrams from"
            )
        }
    }

    /// A pair of virtual interfaces carries super-packets whole, and would not with XDP on one end; other drivers give
    /// single packets, which are joined after XDP only.
    private static func suitableReception(_ interface: NetworkInterface) -> Reception {
        interface.isVirtualPair && interface.takesSuperPackets ? .ingress : .xdp
    }

    /// A time as the programs note it, by the same clock.
    private static func instant(_ time: UInt64) -> ProtocolInstant {
        ProtocolInstant(nanoseconds: Int64(clamping: time))
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
