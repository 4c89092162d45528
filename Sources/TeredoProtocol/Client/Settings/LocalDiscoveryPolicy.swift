/// What can be set about the search for clients on the same link (RFC 4380 section 5.2.8).
public struct LocalDiscoveryPolicy: Hashable, Sendable {
    /// Whether they are looked for by multicast.
    public var isOn = true
    /// Whether only peers behind the client's own mapped IPv4 address are accepted.
    public var requiresSameMappedAddress = true

    /// The defaults.
    public init() {}
}
