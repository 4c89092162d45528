import TeredoProtocol
package import TeredoWire

/// Everything that `teredo gateway` can be told: a server, and a relay that knows it.
package struct GatewayServiceConfiguration: Hashable, Sendable {
    /// The server, with one or two addresses.
    package var server: ServerServiceConfiguration
    /// The relay.
    package var relay: RelayServiceConfiguration
    /// Where the control socket is made.
    package var controlSocketPath = ControlSocketPath.standard(for: .gateway)

    /// The UDP port of the relay unless another one is given.
    package static let relayPort: UInt16 = 3545

    /// Joins the two: the relay asks the server's clients through it, and the server tells them of a relay that does
    /// transit.
    package init(
        server: ServerServiceConfiguration,
        secondary: IPv4Address?,
        relay: RelayServiceConfiguration
    ) {
        let bind = relay.bind ?? UDPEndpoint(server.server.primary, Self.relayPort)
        self.server = server
        self.server.server.secondary = secondary
        self.server.server.announcedTransitRelay = relay.transit == nil ? nil : bind
        self.relay = relay
        self.relay.bind = bind
        self.relay.ownServer = server.server.primary
    }

    /// Throws for the first value that cannot be used.
    package func validate() throws(ConfigurationError) {
        try server.validate()
        if let bind = relay.bind {
            if let kind = IPv4AddressKind(bind.address), !kind.isUsableInTests {
                throw ConfigurationError(
                    "--bind",
                    "\(bind.address) is \(kind): clients reach the relay at a global one"
                )
            }
            guard bind.port != 0 else {
                throw ConfigurationError("--bind", "port 0 is not allowed; give one that the firewall lets in")
            }
            let isServer = bind.address == server.server.primary || bind.address == server.server.secondary
            guard !isServer || bind.port != TeredoConstants.udpPort else {
                throw ConfigurationError("--bind", "\(bind) belongs to the server; give the relay another port")
            }
        }
        try relay.validate()
        try ControlSocketPath.validate(controlSocketPath)
    }
}
