package import TeredoProtocol

/// Which way packets for an address go, as far as anybody knows.
package enum PathKind: String, Hashable, Sendable, Codable {
    /// Straight to another Teredo node.
    case direct
    /// Through the relay of a native IPv6 host.
    case relay
    /// Through a transit relay.
    case transit
    /// No way yet: the peer is being asked.
    case contacting
    /// No way.
    case idle
    /// Not a way of Teredo at all.
    case none
    /// No role could be asked.
    case unknown

    /// The way to a peer.
    package init(_ path: PeerSummary.Path) {
        self =
            switch path {
            case .direct: .direct
            case .relay: .relay
            case .transit: .transit
            case .contacting: .contacting
            case .idle: .idle
            }
    }

    /// Whether packets have a way of Teredo.
    package var isOpen: Bool {
        switch self {
        case .direct, .relay, .transit: true
        case .contacting, .idle, .none, .unknown: false
        }
    }
}
