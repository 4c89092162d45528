import TeredoProtocol
package import TeredoWire

/// Everything that `teredo gateway` can be told: a server, and a relay that knows it.
package struct GatewayServiceConfiguration: Hashable, Sendable {
    /// The server, with one or two addresses.
    package var server: ServerServiceConfiguration
    /// The relay.
    package var relay: RelayServiceConfiguration
    /// The transit relay that clients are told of in place of the gateway's own; `nil` for that one, if there is one.
    private let announced: UDPEndpoint?
    /// Where the control socket is made.
    package var controlSocketPath = ControlSocketPath.standard(for: .gateway)

    /// The UDP port of the relay unless another one is given.
    package static let relayPort: UInt16 = 3545

    /// Joins the two: the relay asks the server's clients through it, and the server tells them of a relay that does
    /// transit, unless it names another one.
    package init(
        server: ServerServiceConfiguration,
        secondary: IPv4Address?,
        relay: RelayServiceConfiguration
    ) {
        let bind = relay.bind ?? UDPEndpoint(server.local.primary, Self.relayPort)
        announced = server.server.announcedTransitRelay
        self.server = server
        self.server.setAddresses(secondary: secondary, publicAddresses: server.publicAddresses)
        let publicAddress = self.server.publicAddress(of: bind.address)
        self.server.server.announcedTransitRelay =
            announced ?? (relay.transit == nil ? nil : UDPEndpoint(publicAddress, bind.port))
        self.relay = relay
        self.relay.bind = bind
        self.relay.publicAddress = publicAddress == bind.address ? nil : publicAddress
        self.relay.ownServer = self.server.server.primary
        self.relay.internalPrefixes = server.server.filter.globalPrefixes
    }

    /// Whether the server's only address is private, and nobody said which public one a 1:1 NAT has for it: the gateway asks.
    package var lacksPublicAddress: Bool {
        let address = server.local.primary
        return server.publicAddresses.isEmpty && server.local.secondary == nil
            && GlobalUnicastFilter.permittedGlobalPrefixes.contains { $0.contains(address) }
            && !server.server.filter.isDeclaredGlobal(address)
    }

    /// The same gateway behind a 1:1 NAT that has `address` for its own.
    package func known(by address: IPv4Address) -> Self {
        var server = server
        server.setAddresses(secondary: nil, publicAddresses: [address])
        server.server.announcedTransitRelay = announced
        var result = Self(server: server, secondary: nil, relay: relay)
        result.controlSocketPath = controlSocketPath
        return result
    }

    /// Throws for the first value that cannot be used.
    package func validate() throws(ConfigurationError) {
        // Whatever the answer will be, the rest must be right.
        guard !lacksPublicAddress else {
            var gateway = known(by: Self.anyPublicAddress)
            // Who is denied may be anybody but the address that is not known yet.
            try gateway.server.server.denied.validate(sparing: [server.local.primary], "an address of this server")
            (gateway.server.server.denied, gateway.relay.denied) = (DenyList(), DenyList())
            return try gateway.validate()
        }
        try server.validate()
        if let bind = relay.bind {
            let address = relay.publicAddress ?? bind.address
            if let kind = GlobalAddress.objection(to: address, internalPrefixes: relay.internalPrefixes) {
                throw ConfigurationError(
                    "--bind",
                    "\(address) is \(kind): clients reach the relay at a global one"
                )
            }
            guard bind.port != 0 else {
                throw ConfigurationError("--bind", "port 0 is not allowed; give one that the firewall lets in")
            }
            let isServer = bind.address == server.local.primary || bind.address == server.local.secondary
            guard !isServer || bind.port != TeredoConstants.udpPort else {
                throw ConfigurationError("--bind", "\(bind) belongs to the server; give the relay another port")
            }
        }
        try relay.validate()
        try ControlSocketPath.validate(controlSocketPath)
    }

    private static let anyPublicAddress = IPv4Address(192, 0, 2, 1)
}
