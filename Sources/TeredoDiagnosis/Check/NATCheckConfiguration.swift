package import TeredoProtocol
package import TeredoSettings
package import TeredoWire

/// Everything that `teredo check` can be told.
package struct NATCheckConfiguration: Hashable, Sendable {
    /// The server.
    package var server: ServerName
    /// The secondary address of the server; `nil` derives it from the primary one.
    package var secondaryServer: IPv4Address?
    /// Prefixes inside this network that count as global, as for a client.
    package var internalPrefixes: [IPv4Prefix] = []
    /// The address of this host to probe from; `nil` leaves it to the routes.
    package var bind: IPv4Address?
    /// The longest idle time to try, when the lifetime of mappings is to be found out.
    package var lifetimeLimit: Duration?
    /// Client identifier and secret, for servers that answer nobody else.
    package var secret: SharedSecret?

    /// Whether the router is asked for its port mapping protocols.
    package var asksRouter = true

    /// The defaults for one server.
    package init(server: ServerName) {
        self.server = server
    }

    /// Throws for the first value that cannot be used.
    package func validate() throws(ConfigurationError) {
        var client = ClientServiceConfiguration(server: server)
        client.secondaryServer = secondaryServer
        client.bind = bind.map { UDPEndpoint($0, 0) }
        client.client.filter.globalPrefixes = internalPrefixes
        try client.validate()
        guard let lifetimeLimit else { return }
        guard lifetimeLimit >= .seconds(5), lifetimeLimit <= .seconds(600) else {
            throw ConfigurationError(
                "--lifetime-limit",
                "\(lifetimeLimit.components.seconds) is outside 5 to 600 seconds"
            )
        }
    }
}
