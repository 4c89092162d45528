package import TeredoHost
package import TeredoPortMapping
package import TeredoWire

/// The port that a router forwards to the client, as a status report shows it.
package struct PortMappingStatus: Hashable, Sendable, Codable {
    /// The protocol that made the mapping.
    package var mappingProtocol: MappingProtocol
    /// The external endpoint.
    package var external: UDPEndpoint
    /// How long it is until the router would forget it; `nil` for never.
    @JSONTimeIfKnown<Seconds> package var remaining: Duration?
    /// Whether the Teredo server sees the same endpoint, so that anybody reaches the client there.
    package var isReachable: Bool

    /// Makes a description.
    package init(mappingProtocol: MappingProtocol, external: UDPEndpoint, remaining: Duration?, isReachable: Bool) {
        self.mappingProtocol = mappingProtocol
        self.external = external
        self.remaining = remaining
        self.isReachable = isReachable
    }

    private enum CodingKeys: String, CodingKey {
        case mappingProtocol = "protocol"
        case external
        case remaining = "remainingSeconds"
        case isReachable = "reachable"
    }
}
