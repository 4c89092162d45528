/// The hosts of a simulated Internet that can send and receive.
public enum HostName: String, Hashable, Sendable, CaseIterable {
    /// The first client.
    case clientA = "client A"
    /// The second client.
    case clientB = "client B"
    /// A host with native IPv6 only, behind the relay.
    case native = "IPv6 host"
    /// A host with native IPv6 that is its own relay.
    case hostRelay = "host relay"

    /// Whether it is a Teredo client.
    public var isClient: Bool { self == .clientA || self == .clientB }
}
