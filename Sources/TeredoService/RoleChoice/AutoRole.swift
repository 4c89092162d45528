/// What `teredo auto` is at a time.
enum AutoRole: String, Hashable, Sendable, CustomStringConvertible {
    case client
    case hostRelay = "host-relay"
    case dormant

    var description: String { rawValue }
}
