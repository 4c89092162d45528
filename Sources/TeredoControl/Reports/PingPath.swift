package import TeredoWire

/// Which way packets for an address go, as far as the running role knows.
package struct PingPath: Hashable, Sendable, Codable {
    /// The kind of way.
    package var path: PathKind
    /// Where packets go on UDP; absent when there is no way yet, and when it is not known.
    package var endpoint: UDPEndpoint?

    /// No role could be asked.
    package static let unknown = Self(path: .unknown)
    /// Not a way of Teredo.
    package static let none = Self(path: .none)

    /// A way that a role told.
    package init(path: PathKind, endpoint: UDPEndpoint? = nil) {
        self.path = path
        self.endpoint = endpoint
    }

    /// The way to a peer of the running role.
    package init(_ peer: PeerStatus) {
        path = PathKind(peer.path)
        if isOpen { endpoint = peer.endpoint }
    }

    /// Whether packets have a way of Teredo.
    package var isOpen: Bool { path.isOpen }

    /// The way in words.
    package var phrase: String {
        let place = endpoint?.description ?? ""
        return switch path {
        case .direct: "direct to \(place)"
        case .relay: "through the relay \(place)"
        case .transit: "through the transit relay \(place)"
        case .contacting: "no path yet, being contacted"
        case .idle: "no path"
        case .none: "not through Teredo"
        case .unknown: "path not known"
        }
    }
}
