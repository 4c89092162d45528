/// What `teredo auto` is at a time.
package enum AutoRole: String, Hashable, Sendable, Codable, CustomStringConvertible {
    /// A client.
    case client
    /// A host-specific relay.
    case hostRelay = "host-relay"
    /// Neither.
    case dormant

    package var description: String { rawValue }
}
