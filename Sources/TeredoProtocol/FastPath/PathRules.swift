public import TeredoWire

/// What a packet on a direct path has to be like, whoever the peer is: the part of the fast path that asks no table.
///
/// A copy holds until ``TeredoClient/pathRules`` or ``TeredoRelay/pathRules`` is another one. The rules are stricter
/// than those of the machines: TCP and UDP right behind the IPv6 header only, and no trailers. What they do not admit is not forbidden;
/// the machine decides about it.
public struct PathRules: Hashable, Sendable {
    /// On whose behalf packets are moved.
    public enum Side: Hashable, Sendable {
        /// A client with its own address.
        case client(IPv6Address)
        /// A relay for the prefixes; empty for all.
        case router([IPv6Prefix])
        /// A host-specific relay with its addresses.
        case host([IPv6Address])
    }

    /// Whose packets they are about.
    public let side: Side
    /// The longest packet that may be sent, in octets.
    public let mtu: Int

    /// Native prefixes that are not served although they are among those of ``side``.
    public var denied: [IPv6Prefix] { denyList.ipv6 }
    private let denyList: DenyList

    init(side: Side, mtu: Int, denied: [IPv6Prefix] = []) {
        self.side = side
        self.mtu = mtu
        denyList = DenyList(ipv6: denied)
    }

    /// The rules of a client with an address and an MTU in octets.
    public init(client address: IPv6Address, mtu: Int) {
        self.init(side: .client(address), mtu: mtu)
    }

    /// Whether a datagram of a trusted peer may be delivered as it is (R6; Y3 with Y9 to Y13).
    public func admitsReception(_ datagram: TeredoDatagram) -> Bool {
        let header = datagram.header
        guard datagram.isPlain, datagram.trailers.isEmpty, Self.isTransport(header.nextHeader) else { return false }
        return switch side {
        case .client(let own): header.destination == own
        case .router, .host: header.hopLimit > 1 && serves(header.destination)
        }
    }

    /// Whether packets with this header, the longest of `longest` octets, may be sent to a trusted peer as they are (T1;
    /// X1 with I1 to I10).
    public func admitsTransmission(_ header: IPv6Header, longest: Int) -> Bool {
        guard longest <= mtu, Self.isTransport(header.nextHeader) else { return false }
        return switch side {
        case .client(let own): header.source == own
        case .router, .host: header.destination.isTeredo && serves(header.source)
        }
    }

    private static func isTransport(_ nextHeader: UInt8) -> Bool {
        nextHeader == IPv6Header.NextHeader.tcp || nextHeader == IPv6Header.NextHeader.udp
    }

    /// Whether a native address is served, and neither Teredo, 6to4 nor ISATAP: those may be a loop (Y10, Y11, I5, I9).
    private func serves(_ address: IPv6Address) -> Bool {
        guard address.high >> 61 == 1, !address.isTeredo, address.sixToFourIPv4 == nil, address.isatapIPv4 == nil else {
            return false
        }
        if denyList.contains(address) { return false }
        return switch side {
        case .client: false
        case .router(let prefixes): prefixes.isEmpty || prefixes.contains { $0.contains(address) }
        case .host(let own): own.contains(address)
        }
    }
}
