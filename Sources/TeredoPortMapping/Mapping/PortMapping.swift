public import TeredoWire

/// A UDP port that a router forwards to this host.
public struct PortMapping: Hashable, Sendable {
    /// The protocol that it was made with.
    public let mappingProtocol: MappingProtocol
    /// Where the outside world sends to, as the router says; with nested NATs that may be a private address.
    public let external: UDPEndpoint
    /// The UDP port of this host, 1 to 65535.
    public let internalPort: UInt16
    /// How long the router keeps it, from the time of its answer, 24 h at most whatever the router says; `nil` for ever.
    public let lifetime: Duration?

    /// Makes a description of a mapping.
    public init(mappingProtocol: MappingProtocol, external: UDPEndpoint, internalPort: UInt16, lifetime: Duration?) {
        self.mappingProtocol = mappingProtocol
        self.external = external
        self.internalPort = internalPort
        self.lifetime = lifetime
    }

    /// Whether the router's address outside is one at all: routers whose line is down give 0.0.0.0, or nonsense.
    static func isPossible(_ address: IPv4Address) -> Bool {
        let first = address.rawValue >> 24
        return first != 0 && first != 127 && first < 224
    }
}
