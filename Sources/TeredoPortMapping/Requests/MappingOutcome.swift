/// What came of asking a router by one protocol.
enum MappingOutcome: Hashable, Sendable {
    /// The router forwards the port; with UPnP, the service that made it.
    case mapped(PortMapping, GatewayService?)
    /// It does not; there may still come a late answer.
    case failed(MappingFailure)
}
