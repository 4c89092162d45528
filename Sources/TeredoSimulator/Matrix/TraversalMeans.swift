public import TeredoProtocol

/// What clients may use to reach each other, from least to most.
public enum TraversalMeans: String, Hashable, Sendable, CaseIterable {
    /// RFC 4380 alone: a client behind a symmetric NAT is off-line.
    case rfc4380
    /// RFC 6081, all six extensions, by the letter of what bubbles look like: no keyed bubbles.
    case rfc6081
    /// Everything direct: RFC 6081 with keyed bubbles beside.
    case direct
    /// Everything, with a transit relay for whom nothing direct is possible.
    case transit

    /// Sets a client up for these means.
    public func configure(_ configuration: inout ClientConfiguration) {
        configuration.localDiscovery.isOn = false
        if self != .transit { configuration.transit = .off }
        switch self {
        case .rfc4380:
            configuration.limitsOpeners = false
            configuration.extensions = .none
            configuration.usesKeyedBubbles = false
            configuration.qualification.rejectsSymmetricNAT = true
        case .rfc6081:
            configuration.limitsOpeners = false
            configuration.usesKeyedBubbles = false
        case .direct, .transit:
            break
        }
    }
}
