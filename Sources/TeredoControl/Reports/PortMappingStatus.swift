/// The port that a router forwards to the client, as a status report shows it.
package struct PortMappingStatus: Hashable, Sendable, Codable {
    /// `pcp`, `nat-pmp` or `upnp`.
    package var mappingProtocol: String
    /// The external endpoint.
    package var external: String
    /// Seconds until the router would forget it; `nil` for never.
    package var remainingSeconds: Int?
    /// Whether the Teredo server sees the same endpoint, so that anybody reaches the client there.
    package var isReachable: Bool

    /// Makes a description.
    package init(mappingProtocol: String, external: String, remainingSeconds: Int?, isReachable: Bool) {
        self.mappingProtocol = mappingProtocol
        self.external = external
        self.remainingSeconds = remainingSeconds
        self.isReachable = isReachable
    }

    private enum CodingKeys: String, CodingKey {
        case mappingProtocol = "protocol"
        case external
        case remainingSeconds
        case isReachable = "reachable"
    }
}
