/// Which way packets for an address go, as far as the running role knows.
package struct PingPath: Hashable, Sendable, Codable {
    /// `direct`, `relay`, `transit`, `contacting`, `idle` as in ``PeerStatus``; `none` when it is no Teredo path at all, `unknown`
    /// when no role could be asked.
    package var path: String
    /// Where packets go on UDP; absent when there is no way yet, and when it is not known.
    package var endpoint: String?

    /// No role could be asked.
    package static let unknown = Self(path: "unknown")
    /// A peer that nothing is known of.
    static let idle = Self(path: "idle")
    /// Not a way of Teredo.
    package static let none = Self(path: "none")

    /// A way that a role told.
    package init(path: String, endpoint: String? = nil) {
        self.path = path
        self.endpoint = endpoint
    }

    /// The way to a peer of the running role.
    package init(_ peer: PeerStatus) {
        path = peer.path
        if isOpen { endpoint = peer.endpoint }
    }

    /// Whether packets have a way of Teredo.
    package var isOpen: Bool { ["direct", "relay", "transit"].contains(path) }

    /// The way in words.
    package var phrase: String {
        switch path {
        case "direct": "direct to \(endpoint ?? "")"
        case "relay": "through the relay \(endpoint ?? "")"
        case "transit": "through the transit relay \(endpoint ?? "")"
        case "contacting": "no path yet, being contacted"
        case "idle": "no path"
        case "none": "not through Teredo"
        default: "path not known"
        }
    }
}
