import Glibc
package import TeredoLinux
package import TeredoWire

/// Answers router solicitations in the kernel, before the network stack, for a server that this process runs.
///
/// What it does not answer goes up to the server's sockets as before. Firewall rules of the host do not see what is
/// answered here, and an answer leaves to where the solicitation came from, whatever the routes say.
package final class SolicitationResponder: Sendable {
    /// Which XDP mode to use.
    package enum Mode: String, CaseIterable, Hashable, Sendable {
        /// Native where the driver has it and answers are known to leave, else generic.
        case auto
        /// In the driver.
        case native
        /// Before the network stack.
        case generic
    }

    /// What is answered, and to whom.
    package struct Settings: Sendable {
        /// The primary and the secondary address of the server.
        package var addresses: (primary: IPv4Address, secondary: IPv4Address)
        /// The server's link-local address, never a client's.
        package var linkLocal: IPv6Address
        /// The advertisement to `::`, 96 octets long.
        package var advertisement: [UInt8]
        /// IPv4 sources that get no answer here.
        package var forbidden: [IPv4Prefix]
        /// Exceptions from ``forbidden``: private prefixes that count as global; the longest prefix decides.
        package var permitted: [IPv4Prefix]
        /// IPv4 sources that get no answer here, whatever longer prefixes say.
        package var denied: [IPv4Prefix]
        /// The limits on datagrams and on solicitations from one IPv4 address, per second and at once.
        package var limits: (source: (rate: Int, burst: Int), solicitation: (rate: Int, burst: Int))
        /// The number of IPv4 addresses whose rates are kept at the same time.
        package var bucketCount: Int

        /// Makes settings.
        package init(
            addresses: (primary: IPv4Address, secondary: IPv4Address),
            linkLocal: IPv6Address,
            advertisement: [UInt8],
            forbidden: [IPv4Prefix],
            permitted: [IPv4Prefix] = [],
            denied: [IPv4Prefix] = [],
            limits: (source: (rate: Int, burst: Int), solicitation: (rate: Int, burst: Int)),
            bucketCount: Int
        ) {
            precondition(advertisement.count == 96, "an advertisement has 96 octets")
            self.addresses = addresses
            self.linkLocal = linkLocal
            self.advertisement = advertisement
            self.forbidden = forbidden
            self.permitted = permitted
            self.denied = denied
            self.limits = limits
            self.bucketCount = bucketCount
        }
    }

    /// What the responder did since it was made.
    package struct Counters: Hashable, Sendable {
        /// Solicitations answered.
        package var answered: UInt64 = 0
        /// Solicitations dropped because their source sent too many.
        package var limited: UInt64 = 0
        /// Octets of UDP payload of both.
        package var octetsReceived: UInt64 = 0
        /// Octets of UDP payload of the answers.
        package var octetsSent: UInt64 = 0
    }

    /// How the program is attached.
    package let attachment: BPFAttachment
    /// The interfaces that it is attached to.
    package let interfaces: [String]
    private let links: [BPFLink]
    private let counterMap: BPFMap
    private let forbidden: BPFMap
    private let settings: Settings

    /// Attaches to the interfaces that have the two addresses; nothing stays behind when this value or the process goes.
    package init(_ settings: Settings, mode: Mode) throws(SystemError) {
        let found = try Self.interfaces(of: settings)
        // With the addresses on two interfaces an answer from the other one would leave the wrong way.
        let module = try Self.module(settings, answersFromOther: found.count == 1)
        forbidden = try module.map("forbidden_map")
        self.settings = settings
        counterMap = try module.map("counters_map")
        interfaces = found.map(\.name)
        switch mode {
        case .native: attachment = .xdpNative
        case .generic: attachment = .xdpGeneric
        case .auto where found.contains(where: \.isVirtualPair):
            // The driver of pairs keeps answers back unless the other end has XDP too, which cannot be seen from here.
            attachment = .xdpGeneric
        case .auto:
            if let links = try? Self.attach(module, .xdpNative, found) {
                attachment = .xdpNative
                self.links = links
                return
            }
            attachment = .xdpGeneric
        }
        links = try Self.attach(module, attachment, found)
    }

    /// Leaves other sources to userspace than those before; throws, with both left to it, when the kernel has no room.
    package func deny(_ prefixes: [IPv4Prefix], insteadOf former: [IPv4Prefix]) throws(SystemError) {
        let verdicts = settings.denying(prefixes).verdicts
        for (prefix, isForbidden) in verdicts { try Self.set(prefix, isForbidden, in: forbidden) }
        for prefix in settings.denying(former).verdicts.keys where verdicts[prefix] == nil {
            forbidden.remove(Self.key(prefix))
        }
    }

    private static func set(_ prefix: IPv4Prefix, _ isForbidden: Bool, in map: BPFMap) throws(SystemError) {
        try map.set(key(prefix), to: [isForbidden ? 1 : 0, 0, 0, 0])
    }

    private static func key(_ prefix: IPv4Prefix) -> [UInt8] {
        [UInt8](capacity: 8) {
            $0.append(UInt8(prefix.length))
            $0.append(repeating: 0, count: 3)
            $0.append(bigEndian: prefix.address.rawValue)
        }
    }

    /// What was done since the responder was made.
    package var counters: Counters {
        guard let numbers = counterMap.numbers([0, 0, 0, 0]) else { return Counters() }
        return Counters(
            answered: numbers[0],
            limited: numbers[1],
            octetsReceived: numbers[2],
            octetsSent: numbers[3]
        )
    }

    /// The program's maps, filled as it needs them; `answersFromOther` tells whether the address that was not asked may answer.
    package static func module(_ settings: Settings, answersFromOther: Bool) throws(SystemError) -> BPFModule {
        let module = try BPFModule(
            try EmbeddedPrograms.server(),
            capacities: [
                "buckets_map": settings.bucketCount,
                // Room for other denied prefixes; nothing is taken until they come.
                "forbidden_map": max(
                    4096,
                    settings.forbidden.count + settings.permitted.count + settings.denied.count
                ),
            ]
        )
        let forbidden = try module.map("forbidden_map")
        for (prefix, isForbidden) in settings.verdicts { try set(prefix, isForbidden, in: forbidden) }
        var generator = SystemRandomNumberGenerator()
        let octets = settings.octets(answersFromOther: answersFromOther, multiplier: generator.next() | 1)
        try module.map("settings_map").set([0, 0, 0, 0], to: octets)
        return module
    }

    private static func attach(
        _ module: BPFModule,
        _ attachment: BPFAttachment,
        _ interfaces: [NetworkInterface]
    ) throws(SystemError) -> [BPFLink] {
        try interfaces.map { interface throws(SystemError) in
            try module.attach("solicitations", to: attachment, interface: interface)
        }
    }

    private static func interfaces(of settings: Settings) throws(SystemError) -> [NetworkInterface] {
        let all = try Netlink.ipv4Addresses()
        var result: [NetworkInterface] = []
        for address in [settings.addresses.primary, settings.addresses.secondary] {
            guard let place = all.first(where: { $0.address == address }) else {
                throw SystemError(
                    "netlink",
                    "UDP \(address)",
                    code: EADDRNOTAVAIL,
                    remedy: "XDP needs the interface that has this address, and none that is up has it"
                )
            }
            guard !result.contains(where: { $0.index == place.interfaceIndex }) else { continue }
            result.append(NetworkInterface(name: place.interfaceName, index: place.interfaceIndex))
        }
        return result
    }
}

extension SolicitationResponder.Settings {
    func denying(_ prefixes: [IPv4Prefix]) -> Self {
        var result = self
        result.denied = prefixes
        return result
    }

    /// Who gets no answer, and who does within those; the longest prefix decides.
    var verdicts: [IPv4Prefix: Bool] {
        var result: [IPv4Prefix: Bool] = [:]
        for prefix in forbidden { result[prefix] = true }
        for prefix in permitted { result[prefix] = false }
        for prefix in denied { result[prefix] = true }
        for prefix in permitted where denied.contains(where: { $0.contains(prefix) }) { result[prefix] = true }
        return result
    }

    /// The octets of `struct settings` in server.bpf.c; the odd multiplier decides which endpoints share a set.
    func octets(answersFromOther: Bool, multiplier: UInt64) -> [UInt8] {
        [UInt8](capacity: 176) { output in
            output.append(bigEndian: addresses.primary.rawValue)
            output.append(bigEndian: addresses.secondary.rawValue)
            output.append(bigEndian: UInt64(answersFromOther ? 1 : 0).byteSwapped)
            for limit in [limits.source, limits.solicitation] {
                // One token comes in this time; rounded up, so that the rate is never exceeded.
                let interval = (1_000_000_000 + UInt64(limit.rate) - 1) / UInt64(limit.rate)
                output.append(bigEndian: interval.byteSwapped)
                output.append(bigEndian: (interval * UInt64(limit.burst - 1)).byteSwapped)
            }
            output.append(bigEndian: multiplier.byteSwapped)
            output.append(linkLocal)
            // The origin indication: the program fills in the endpoint.
            output.append(bigEndian: UInt64(0))
            for octet in advertisement { output.append(octet) }
        }
    }
}
