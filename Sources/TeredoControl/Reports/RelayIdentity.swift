package import TeredoHost
package import TeredoSettings
package import TeredoWire

/// Which relay reports: part of ``RelayStatus``.
package struct RelayIdentity: Hashable, Sendable, Codable {
    /// `relay` or `host-relay`.
    package var role: Role
    /// `running` or `draining`.
    package var state = RunningState.running
    /// The roles that `teredo auto` took on, at most 16, the newest first; `nil` unless it runs the relay.
    package var roles: [RoleChange]?
    /// The service port as this host sees it.
    package var localEndpoint: UDPEndpoint
    /// How long the service has run.
    @JSONTime<Seconds> package var uptime: Duration = .zero

    private enum CodingKeys: String, CodingKey {
        case role, state, roles, localEndpoint
        case uptime = "uptimeSeconds"
    }

    /// A relay on a service port.
    package init(role: Role, localEndpoint: UDPEndpoint) {
        self.role = role
        self.localEndpoint = localEndpoint
    }
}
