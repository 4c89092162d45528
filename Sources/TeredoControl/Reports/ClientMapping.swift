package import TeredoHost
import TeredoProtocol
package import TeredoWire

/// What a client is from outside, and what is between: part of ``ClientStatus``.
package struct ClientMapping: Hashable, Sendable, Codable {
    /// The endpoint that the server sees.
    @OrNull package var mappedEndpoint: UDPEndpoint?
    /// The service port as this host sees it.
    @OrNull package var localEndpoint: UDPEndpoint?
    /// The service port that was asked for; `nil` when any would do.
    @OrNull package var clientPort: UInt16?
    /// The NAT.
    package var nat = NATStatus()
    /// The refresh interval in force.
    @JSONTime<Seconds> package var refreshInterval: Duration = RFC4380.refreshInterval
    /// The port that the router forwards to this client; `nil` when it forwards none.
    @OrNull package var portMapping: PortMappingStatus?

    private enum CodingKeys: String, CodingKey {
        case mappedEndpoint, localEndpoint, clientPort, nat
        case refreshInterval = "refreshIntervalSeconds"
        case portMapping
    }

    /// Nothing known.
    package init() {}
}
