import Glibc
package import TeredoLinux
import TeredoWire

/// Programs that move TCP and UDP packets of trusted peers between a TUN interface and UDP datagrams in the kernel.
///
/// Everything that is not certain goes to userspace as before: strangers, bubbles, ICMPv6, fragments, extension headers,
/// peers not heard of for a while. Whoever makes this value needs capabilities and decides where packets may come from and go to;
/// which peers there are, ``KernelPathTables`` say. The path ends with this value or the process, whichever goes first.
package final class KernelDataPath {
    /// What is attached to an interface below the tunnel.
    package struct Attachment: Sendable {
        /// The interface.
        package let interface: NetworkInterface
        /// The number that peers behind it have in ``KernelPathTables``.
        package let way: Int
        /// Where datagrams are taken from.
        package let reception: Reception
        /// The first one ends first.
        fileprivate let links: [BPFLink]
    }

    /// The interfaces that datagrams come and go through, by index.
    package private(set) var attachments: [Int32: Attachment] = [:]
    /// What the path was told.
    package private(set) var settings: Settings
    private let module: BPFModule
    private let mark: UInt32
    private let settingsMap: BPFMap
    private var tunnelLink: BPFLink?

    /// The octets of IPv4 and UDP headers.
    private static let overhead = 28
    /// The most interfaces below: WAYS in datapath.bpf.c.
    package static let wayLimit = 64

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
        try attach(to: settings.underlying)
        tunnelLink = try module.attach("encapsulate", to: .egress, interface: settings.tunnel)
    }

    /// The map, which another process may be given.
    package func map(_ map: KernelPathMap) throws(SystemError) -> BPFMap { try module.map(map.name) }

    /// Lets packets of peers come and go through another interface too; throws, with the reason, when that cannot be.
    package func reach(_ index: Int32) throws(SystemError) {
        guard attachments[index] == nil else { return }
        guard let interface = NetworkInterface(index: index) else {
            throw SystemError("if_indextoname", "interface \(index)", code: ENODEV)
        }
        try attach(to: interface)
    }

    /// Leaves interfaces that are gone, have another name, or are not suited any longer.
    package func leaveUnsuitableInterfaces() throws(SystemError) {
        attachments = attachments.filter { index, attachment in
            guard NetworkInterface(index: index) == attachment.interface else { return false }
            do { try Self.check(attachment.interface, mtu: settings.mtu) } catch { return false }
            return true
        }
        try write()
    }

    /// Changes which end of the tunnel this host is, and how long packets may be; throws when an interface is not suited for that.
    package func update(_ side: Side, mtu: Int = TeredoConstants.mtu) throws(SystemError) {
        settings.side = side
        settings.mtu = mtu
        for attachment in attachments.values { try Self.check(attachment.interface, mtu: mtu) }
        try write()
    }

    // MARK: Set-up

    /// The programs' maps, with the settings in theirs; what is marked with `mark` is a packet of a peer.
    package static func module(_ settings: Settings, mark: UInt32) throws(SystemError) -> BPFModule {
        let module = try BPFModule(
            try EmbeddedPrograms.dataPath(),
            capacities: [
                KernelPathMap.peers.name: settings.peerLimit, KernelPathMap.natives.name: settings.nativeLimit,
            ]
        )
        try module.map("settings_map").set([0, 0, 0, 0], to: settings.octets(mark: mark, ways: [:]))
        return module
    }

    private func write() throws(SystemError) {
        let ways = attachments.values.map { ($0.way, $0.interface.index) }
        try settingsMap.set(
            [0, 0, 0, 0],
            to: settings.octets(mark: mark, ways: Dictionary(uniqueKeysWithValues: ways))
        )
    }

    private func attach(to interface: NetworkInterface) throws(SystemError) {
        let taken = Set(attachments.values.map(\.way))
        guard let way = (0..<Self.wayLimit).first(where: { !taken.contains($0) }) else {
            let remedy = "the path is already on \(Self.wayLimit) interfaces"
            throw SystemError("bpf", "interface \(interface.name)", code: ENOSPC, remedy: remedy)
        }
        try Self.check(interface, mtu: settings.mtu)
        let reception = settings.reception ?? Self.suitableReception(interface)
        let links: [BPFLink]
        switch reception {
        case .xdp:
            // The program that takes what the other one marks is there before that one, and after it.
            let deliver = try module.attach("deliver", to: .ingress, interface: interface)
            links = [try module.attach("strip", to: .xdpNative, interface: interface), deliver]
        case .ingress:
            links = [try module.attach("unwrap", to: .ingress, interface: interface)]
        }
        attachments[interface.index] = Attachment(interface: interface, way: way, reception: reception, links: links)
        try write()
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
}
