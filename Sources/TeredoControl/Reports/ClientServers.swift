package import TeredoHost
package import TeredoSettings
package import TeredoWire

/// The servers of a client: part of ``ClientStatus``.
package struct ClientServers: Hashable, Sendable, Codable {
    /// The servers as configured.
    package var names: ServerList
    /// The primary address of the server in use.
    @OrNull package var primary: IPv4Address?
    /// The secondary address of the server in use.
    @OrNull package var secondary: IPv4Address?
    /// All servers in order of preference, with what is known of each.
    package var health: [ServerHealthStatus] = []

    /// Makes a report of servers that are not looked up yet.
    package init(_ names: ServerList) {
        self.names = names
    }

    private enum CodingKeys: String, CodingKey {
        case names = "serverName"
        case primary = "server"
        case secondary = "secondaryServer"
        case health = "servers"
    }
}
