package import TeredoWire

/// A prefix of either family that a route announces.
package enum AnnouncedPrefix: Hashable, Sendable, CustomStringConvertible {
    case ipv4(IPv4Prefix)
    case ipv6(IPv6Prefix)

    /// Reads what ``description`` writes; `nil` for anything else.
    package init?(_ text: String) {
        if let prefix = IPv6Prefix(text) {
            self = .ipv6(prefix)
        } else if let prefix = IPv4Prefix(text) {
            self = .ipv4(prefix)
        } else {
            return nil
        }
    }

    package var description: String {
        switch self {
        case .ipv4(let prefix): prefix.description
        case .ipv6(let prefix): prefix.description
        }
    }
}
