import TeredoHost
package import TeredoLinux
package import TeredoProtocol
package import TeredoWire

/// Everything that `teredo client` can be told.
package struct ClientServiceConfiguration: Hashable, Sendable {
    /// The server, or the preferred one of several.
    package var server: ServerName
    /// Further servers in order of preference, to change to when it does not answer.
    package var furtherServers: [ServerName] = []
    /// The secondary address of the server; `nil` derives it from the primary one.
    package var secondaryServer: IPv4Address?
    /// The interface, and what moves packets through it.
    package var tunnel = TunnelSettings()
    /// Address and port to bind; `nil` binds a random port on all addresses.
    package var bind: UDPEndpoint?
    /// Where the control socket is made; `nil` for none.
    package var controlSocketPath: String? = ControlSocketPath.standard(for: .client)
    /// Where port and address are kept for the next start; `nil` for nowhere.
    package var stateFile: String?
    /// Whether a default route of last resort leads to the interface.
    package var installsDefaultRoute = true
    /// Further prefixes that are routed to the interface.
    package var routes: [IPv6Prefix] = []
    /// The routing table for packets from the client's address.
    package var routingTable = RoutingTableChoice.auto
    /// The group whose members may use the control socket; `nil` for root only.
    package var controlGroup: String?
    /// How a port of the router may be forwarded to this client.
    package var portMapping = PortMappingChoice.auto
    /// What may come out of the tunnel.
    package var inbound = InboundMode.filtered
    /// What may come in unasked.
    package var allowed: [InboundRule] = []
    /// The settings of the protocol.
    package var client = ClientConfiguration()

    /// The defaults for one server.
    package init(server: ServerName) {
        self.server = server
    }

    /// All servers in order of preference.
    package var servers: [ServerName] { [server] + furtherServers }

    /// All servers as the administrator named them.
    package var serverList: ServerList { ServerList(servers) }

    /// The secondary address that goes with a primary one: the next address, unless one is configured.
    package func secondary(for primary: IPv4Address) -> IPv4Address {
        secondaryServer ?? primary.successor
    }

    /// Throws for the first value that cannot be used.
    package func validate() throws(ConfigurationError) {
        let prefixes = client.filter.globalPrefixes
        try InternalPrefix.validate(prefixes)
        try validateServers()
        if let secondaryServer {
            if let kind = GlobalAddress.objection(to: secondaryServer, internalPrefixes: prefixes) {
                throw ConfigurationError(
                    "--secondary-server",
                    "\(secondaryServer) is \(kind): a server has global IPv4 addresses"
                )
            }
            if server == .address(secondaryServer) {
                throw ConfigurationError(
                    "--secondary-server",
                    "\(secondaryServer) is also the primary address; omit it to use \(secondaryServer.successor)"
                )
            }
        }
        if let relay = client.transit.relay {
            try GlobalAddress.validate(
                relay,
                option: "--transit-relay",
                purpose: "a transit relay has a global IPv4 address",
                internalPrefixes: prefixes
            )
        }
        if client.qualification.rejectsSymmetricNAT, !client.qualification.checksSecondaryServer {
            throw ConfigurationError(
                "--strict",
                "only the secondary address reveals a symmetric NAT; leave out --no-secondary-check"
            )
        }
        try Setting.serverCheckInterval.validate(Seconds.number(client.serverCheckInterval))
        try tunnel.validate()
        if case .number(let number) = routingTable { try RoutingTable.validate(number) }
        try BindEndpoint.validate(bind)
        if let controlSocketPath { try ControlSocketPath.validate(controlSocketPath) }
        try Setting.refreshInterval.validate(Seconds.number(client.refreshInterval))
    }

    /// Throws for a list of denied sources that the client could not do with: one that names a server or the transit relay.
    ///
    /// A server given by its name is not looked up for that; what it turns out to have is left out by whoever does.
    package func validate(_ denied: DenyList) throws(ConfigurationError) {
        var addresses: [IPv4Address] = []
        for case .address(let primary) in servers { addresses += [primary, secondary(for: primary)] }
        try denied.validate(sparing: addresses + [secondaryServer].compactMap(\.self), "a server of this client")
        try denied.validate(sparing: [client.transit.relay?.address].compactMap(\.self), "its transit relay")
    }

    private func validateServers() throws(ConfigurationError) {
        for name in servers { try name.validate(internalPrefixes: client.filter.globalPrefixes) }
        if let twice = servers.enumerated().first(where: { servers.prefix($0).contains($1) })?.element {
            throw ConfigurationError(
                "--server",
                "\(twice) is listed twice; list each server once, the preferred one first"
            )
        }
        guard servers.count <= Self.serverLimit else {
            throw ConfigurationError(
                "--server",
                "\(servers.count) servers are too many; list at most \(Self.serverLimit)"
            )
        }
        guard secondaryServer == nil || furtherServers.isEmpty else {
            throw ConfigurationError(
                "--secondary-server",
                "works with one server only: with several, each has the next address, or the second address"
                    + " of its name"
            )
        }
    }

    private static let serverLimit = 16
}
