package import TeredoHost
package import TeredoSettings
package import TeredoWire

/// Which client reports: part of ``ClientStatus``.
package struct ClientIdentity: Hashable, Sendable, Codable {
    /// `client`.
    package private(set) var role = Role.client
    /// `client`, or what `teredo auto` was told with `--type`.
    package var type = AutoType.client
    /// The roles that `teredo auto` took on, at most 16, the newest first; `nil` unless it runs the client.
    @OrNull package var roles: [RoleChange]?
    /// What the network is; `nil` unless `teredo auto` was told what a managed network is.
    @OrNull package var network: NetworkKind?
    /// The Teredo address.
    @OrNull package var address: TeredoAddress?
    /// How long the service has run.
    @JSONTime<Seconds> package var uptime: Duration = .zero

    private enum CodingKeys: String, CodingKey {
        case role, type, roles, network, address
        case uptime = "uptimeSeconds"
    }

    /// Nothing known.
    package init() {}
}
