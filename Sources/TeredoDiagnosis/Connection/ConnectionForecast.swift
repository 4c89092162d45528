package import TeredoControl
package import TeredoProtocol
package import TeredoWire

/// "Can the two of us connect?", predicted from what is known about both NATs; what is not known is left open.
package struct ConnectionForecast: Hashable, Sendable {
    /// What can be said beforehand.
    package enum Outcome: String, Hashable, Sendable, CaseIterable {
        /// Straight from one to the other.
        case direct
        /// Directly unless the other NAT is of a kind that is listed; then through the transit relay.
        case directOrTransit = "direct-or-transit"
        /// Directly unless the other NAT is of a kind that is listed; then not at all.
        case directOrNone = "direct-or-none"
        /// Through the transit relay.
        case transit
        /// Through the relay of a native IPv6 host.
        case relay
        /// Not at all.
        case none
    }

    /// The other side.
    package let peer: IPv6Address
    /// The kinds of NAT that this side may have.
    package let own: Set<NATKind>
    /// The kinds of NAT that the other side may have; empty for a native host, which needs none.
    package let other: Set<NATKind>
    /// The conclusion.
    package let outcome: Outcome
    /// The kinds of the other side with which no direct connection is certain.
    package let obstacles: Set<NATKind>
    /// Whether both sides are behind one IPv4 address, where multicast and hairpinning decide.
    package let isSameSite: Bool

    /// Foretells.
    ///
    /// - Parameters:
    ///   - peer: The address of the other side.
    ///   - own: The kinds that a diagnosis left possible.
    ///   - mapped: The own mapped endpoint, when known.
    ///   - observed: What a running client saw of the peer, when it knows it.
    ///   - server: The own server, whose neighbours a client with several addresses reaches more easily.
    ///   - hasTransit: Whether the running client knows a transit relay.
    package init(
        to peer: IPv6Address,
        own: Set<NATKind>,
        mapped: UDPEndpoint?,
        observed: PeerStatus?,
        server: IPv4Address?,
        hasTransit: Bool
    ) {
        self.peer = peer
        self.own = own
        guard let address = TeredoAddress(peer) else {
            other = []
            obstacles = []
            isSameSite = false
            outcome = .relay
            return
        }
        other = Self.possible(address, observed)
        isSameSite = mapped?.address == address.mappedEndpoint.address
        let isSameServer = server == address.server
        let pairs = other.map { other in
            // The bubbles of a client with several addresses begin at another one than its address says: other servers
            // discard them.
            let fails = own.filter { own in
                !own.reachesDirectly(other) || (own == .addressSymmetric && !isSameServer)
            }
            return (other: other, failing: fails.count)
        }
        obstacles = Set(pairs.filter { $0.failing > 0 }.map(\.other))
        let isHopeless = pairs.allSatisfy { $0.failing == own.count }
        outcome =
            switch (obstacles.isEmpty, isHopeless, hasTransit) {
            case (true, _, _): .direct
            case (false, true, true): .transit
            case (false, true, false): .none
            case (false, false, true): .directOrTransit
            case (false, false, false): .directOrNone
            }
    }

    /// What the other side's address and the observations leave possible.
    private static func possible(_ address: TeredoAddress, _ observed: PeerStatus?) -> Set<NATKind> {
        if observed?.symmetricNAT == true { return NATKind.symmetricOnes }
        // RFC 4380 section 4: the cone bit tells the truth where it is set; clients of RFC 5991 never set it.
        if address.flags.coneBit { return [.none, .fullCone] }
        guard observed?.endpointKept == true else { return Set(NATKind.forgetfulOnes) }
        return Set(NATKind.forgetfulOnes).subtracting(NATKind.symmetricOnes)
    }
}

/// The words for people.
extension ConnectionForecast {
    /// This side.
    package var ownPhrase: String { Self.phrase(own) }

    /// The other side.
    package var otherPhrase: String { other.isEmpty ? "none: a native IPv6 host" : Self.phrase(other) }

    /// The conclusion.
    package var phrase: String {
        let obstacles = Self.list(obstacles)
        let sentence =
            switch outcome {
            case .direct: "directly"
            case .directOrTransit: "directly, or through the transit relay if the other NAT is \(obstacles)"
            case .directOrNone: "directly, but not at all if the other NAT is \(obstacles): no transit relay is known"
            case .transit: "through the transit relay: no direct path is possible between these NATs"
            case .relay: "through the relay of the native host, if there is one"
            case .none: "not at all: no direct path is possible between these NATs, and no transit relay is known"
            }
        guard isSameSite else { return sentence }
        return "\(sentence). Both are behind one address: on one link they find each other, else the NAT must hairpin"
    }

    private static func phrase(_ kinds: Set<NATKind>) -> String {
        kinds.count >= NATKind.forgetfulOnes.count ? "not known" : list(kinds)
    }

    private static func list(_ kinds: Set<NATKind>) -> String {
        let names = NATKind.allCases.filter(kinds.contains).map(\.rawValue)
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }
}
