package import TeredoSettings

/// What `teredo auto` reports about itself while it is neither client nor host-specific relay.
package struct DormantStatus: Hashable, Sendable, Codable {
    /// `auto`.
    package var role = Role.auto
    /// `dormant`: there is no other state of this kind.
    package var state = "dormant"
    /// Why nothing is done.
    package var reason: String
    /// `managed` or `unmanaged`; `nil` unless the settings tell what a managed network is.
    package var network: String?
    /// The roles that it took on, at most 16, the newest first.
    package var roles: [RoleChange]
    /// Seconds since it has been dormant.
    package var uptime: Int

    /// Makes a report with a reason.
    package init(reason: String, network: String?, roles: [RoleChange], uptime: Int) {
        self.reason = reason
        self.network = network
        self.roles = roles
        self.uptime = uptime
    }
}
