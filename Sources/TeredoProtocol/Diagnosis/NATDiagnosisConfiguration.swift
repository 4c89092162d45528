public import TeredoWire

/// What can be set about a NAT diagnosis.
public struct NATDiagnosisConfiguration: Hashable, Sendable {
    /// The server to ask.
    public var server: ServerAddresses
    /// The least time between two solicitations: zero for a check, 4 s beside a running client (SEC-39).
    public var solicitationSpacing = Duration.zero
    /// The longest idle time that is tried to find the lifetime of mappings; `nil` leaves the test out.
    public var lifetimeLimit: Duration?
    /// Client identifier and secret, for servers that answer nobody else.
    public var secret: SharedSecret?
    /// Which mapped addresses can be true.
    public var filter = GlobalUnicastFilter()

    /// The defaults for a server.
    public init(server: ServerAddresses) {
        self.server = server
    }
}
