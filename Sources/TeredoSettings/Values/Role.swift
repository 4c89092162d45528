/// The roles that this program plays, by the names of its commands.
package enum Role: String, CaseIterable, Hashable, Sendable, Codable, CustomStringConvertible {
    case client
    case server
    case relay
    case hostRelay = "host-relay"
    case auto
    case gateway
    case proxy

    package var description: String { rawValue }
}
