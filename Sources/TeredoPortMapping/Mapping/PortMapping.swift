package import TeredoWire

/// A UDP port that a router forwards to this host.
package struct PortMapping: Hashable, Sendable {
    /// The protocol that it was made with.
    package let mappingProtocol: MappingProtocol
    /// Where the outside world sends to, as the router says; with nested NATs that may be a private address.
    package let external: UDPEndpoint
    /// The port of this host.
    package let internalPort: UInt16
    /// How long the router keeps it, from the time of its answer; `nil` for ever.
    package let lifetime: Duration?

    /// Makes a description of a mapping.
    package init(mappingProtocol: MappingProtocol, external: UDPEndpoint, internalPort: UInt16, lifetime: Duration?) {
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
