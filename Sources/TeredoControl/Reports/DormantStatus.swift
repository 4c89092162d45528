package import TeredoHost
package import TeredoSettings

/// What `teredo auto` reports about itself while it is neither client nor host-specific relay.
package struct DormantStatus: Hashable, Sendable, Codable {
    /// The only state of this kind.
    package enum State: String, Hashable, Sendable, Codable {
        /// Nothing is sent or opened.
        case dormant
    }

    /// `auto`.
    package var role = Role.auto
    /// There is no other state of this kind.
    package var state = State.dormant
    /// Why nothing is done.
    package var cause: RoleCause
    /// The same, a phrase for people.
    package var reason: String
    /// What the network is; `nil` unless the settings tell what a managed network is.
    package var network: NetworkKind?
    /// The roles that it took on, at most 16, the newest first.
    package var roles: [RoleChange]
    /// How long it has been dormant.
    @JSONTime<Seconds> package var uptime: Duration

    private enum CodingKeys: String, CodingKey {
        case role, state, cause, reason, network, roles
        case uptime = "uptimeSeconds"
    }

    /// Makes a report with a reason.
    package init(
        cause: RoleCause,
        reason: String,
        network: NetworkKind?,
        roles: [RoleChange],
        uptime: Duration
    ) {
        self.cause = cause
        self.reason = reason
        self.network = network
        self.roles = roles
        self.uptime = uptime
    }
}
