/// Decides whether an IPv4 address may stand in a Teredo address or be sent to (RFC 4380 section 5.2.4, rule AP12).
public struct GlobalUnicastFilter: Hashable, Sendable {
    /// Whether shared (100.64/10), IETF protocol (192.0.0/24), benchmarking (198.18/15) and reserved (240/4) ranges
    /// are refused too; on by default.
    public var refusesSharedAndReserved: Bool
    /// Whether the documentation ranges 192.0.2/24, 198.51.100/24 and 203.0.113/24 are refused; off by default,
    /// because test networks use them as public addresses.
    public var refusesDocumentation: Bool
    /// Prefixes that count as global although they are private or shared; empty unless the operator says so.
    ///
    /// They are those of a network that has servers, relays and clients of its own. Only what lies in
    /// ``permittedGlobalPrefixes`` counts (SEC-34).
    public var globalPrefixes: [IPv4Prefix]
    /// Prefixes of one's own network that are refused although they look global (SEC-12); directed broadcast
    /// addresses of attached subnets are derived from ``attachedSubnets`` instead.
    public var internalPrefixes: [IPv4Prefix]
    /// The subnets of the host's interfaces: their directed broadcast addresses are refused.
    public var attachedSubnets: [IPv4Prefix]
    /// The host's own addresses: never a destination (loop defence, SEC-50).
    public var ownAddresses: [IPv4Address]
    /// Where the host itself is seen behind a NAT: never a destination either (SEC-52).
    ///
    /// A NAT that hairpins would bring back what goes there. Others may have the same address.
    public var ownEndpoints: [UDPEndpoint]

    /// Makes a filter with the given switches.
    public init(
        refusesSharedAndReserved: Bool = true,
        refusesDocumentation: Bool = false,
        globalPrefixes: [IPv4Prefix] = [],
        internalPrefixes: [IPv4Prefix] = [],
        attachedSubnets: [IPv4Prefix] = [],
        ownAddresses: [IPv4Address] = [],
        ownEndpoints: [UDPEndpoint] = []
    ) {
        self.refusesSharedAndReserved = refusesSharedAndReserved
        self.refusesDocumentation = refusesDocumentation
        self.globalPrefixes = globalPrefixes
        self.internalPrefixes = internalPrefixes
        self.attachedSubnets = attachedSubnets
        self.ownAddresses = ownAddresses
        self.ownEndpoints = ownEndpoints
    }

    /// Whether `address` is acceptable as a source or inside a Teredo address.
    public func isGlobalUnicast(_ address: IPv4Address) -> Bool {
        if isOfSpecialRange(address), !isDeclaredGlobal(address) { return false }
        if internalPrefixes.contains(where: { $0.contains(address) }) { return false }
        return !attachedSubnets.contains { $0.directedBroadcast == address }
    }

    private func isOfSpecialRange(_ address: IPv4Address) -> Bool {
        if Self.nonGlobal.contains(where: { $0.contains(address) }) || address == .broadcast { return true }
        if refusesSharedAndReserved, Self.sharedAndReserved.contains(where: { $0.contains(address) }) { return true }
        return refusesDocumentation && Self.documentation.contains { $0.contains(address) }
    }

    /// Whether the operator counts `address` as global and may do so.
    public func isDeclaredGlobal(_ address: IPv4Address) -> Bool {
        !globalPrefixes.isEmpty && globalPrefixes.contains { $0.contains(address) }
            && Self.permittedGlobalPrefixes.contains { $0.contains(address) }
    }

    /// The ranges that an operator may count as global: hosts there talk with each other like those of the Internet.
    public static let permittedGlobalPrefixes = [
        IPv4Prefix(IPv4Address(10, 0, 0, 0), length: 8),
        IPv4Prefix(IPv4Address(100, 64, 0, 0), length: 10),
        IPv4Prefix(IPv4Address(172, 16, 0, 0), length: 12),
        IPv4Prefix(IPv4Address(192, 168, 0, 0), length: 16),
        IPv4Prefix(IPv4Address(198, 18, 0, 0), length: 15),
    ]

    /// The prefixes that hold exactly the addresses ``isGlobalUnicast(_:)`` refuses, for tables outside this library
    /// where the longest prefix decides; those of ``globalPrefixes`` are exceptions from it.
    public var refusedPrefixes: [IPv4Prefix] {
        Self.nonGlobal + (refusesSharedAndReserved ? Self.sharedAndReserved : [])
            + (refusesDocumentation ? Self.documentation : []) + internalPrefixes
            + attachedSubnets.compactMap { $0.directedBroadcast }.map { IPv4Prefix($0, length: 32) }
            + [IPv4Prefix(.broadcast, length: 32)]
    }

    /// Whether a datagram may be sent to `endpoint`: global unicast, neither an own address nor an own endpoint, port not 0
    /// (rule V14).
    public func mayBeSent(to endpoint: UDPEndpoint) -> Bool {
        endpoint.port != 0 && isGlobalUnicast(endpoint.address) && !ownAddresses.contains(endpoint.address)
            && !ownEndpoints.contains(endpoint)
    }

    /// Whether a bubble may go to an endpoint that a peer lists as its own (SEC-23): unicast, private or global, not an
    /// own address or endpoint and no broadcast address of an attached subnet.
    public func mayBeAlternate(_ endpoint: UDPEndpoint) -> Bool {
        guard endpoint.port != 0, !ownAddresses.contains(endpoint.address) else { return false }
        return !ownEndpoints.contains(endpoint) && !Self.neverUnicast.contains { $0.contains(endpoint.address) }
            && !attachedSubnets.contains { $0.directedBroadcast == endpoint.address }
    }

    private static let neverUnicast = [
        IPv4Prefix(IPv4Address(0, 0, 0, 0), length: 8),
        IPv4Prefix(IPv4Address(127, 0, 0, 0), length: 8),
        IPv4Prefix(IPv4Address(224, 0, 0, 0), length: 3),
    ]

    private static let nonGlobal = [
        IPv4Prefix(IPv4Address(0, 0, 0, 0), length: 8),
        IPv4Prefix(IPv4Address(10, 0, 0, 0), length: 8),
        IPv4Prefix(IPv4Address(127, 0, 0, 0), length: 8),
        IPv4Prefix(IPv4Address(169, 254, 0, 0), length: 16),
        IPv4Prefix(IPv4Address(172, 16, 0, 0), length: 12),
        IPv4Prefix(IPv4Address(192, 88, 99, 0), length: 24),
        IPv4Prefix(IPv4Address(192, 168, 0, 0), length: 16),
        IPv4Prefix(IPv4Address(224, 0, 0, 0), length: 4),
    ]

    private static let sharedAndReserved = [
        IPv4Prefix(IPv4Address(100, 64, 0, 0), length: 10),
        IPv4Prefix(IPv4Address(192, 0, 0, 0), length: 24),
        IPv4Prefix(IPv4Address(198, 18, 0, 0), length: 15),
        IPv4Prefix(IPv4Address(240, 0, 0, 0), length: 4),
    ]

    private static let documentation = [
        IPv4Prefix(IPv4Address(192, 0, 2, 0), length: 24),
        IPv4Prefix(IPv4Address(198, 51, 100, 0), length: 24),
        IPv4Prefix(IPv4Address(203, 0, 113, 0), length: 24),
    ]
}
