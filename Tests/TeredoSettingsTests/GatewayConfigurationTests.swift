import TeredoProtocol
import TeredoSettings
import TeredoTestSupport
import TeredoWire
import Testing

@Suite("Configuration of a gateway")
struct GatewayConfigurationTests {
    private static func configuration(
        bind: String? = nil,
        secondary: String? = nil,
        transit: Bool = false
    ) -> GatewayServiceConfiguration {
        var relay = RelayServiceConfiguration(role: .relay)
        relay.bind = bind.map { endpoint($0) }
        relay.transit = transit ? TransitConfiguration() : nil
        return GatewayServiceConfiguration(
            server: ServerServiceConfiguration(primary: ipv4("192.0.2.1"), secondary: nil),
            secondary: secondary.map { ipv4($0) },
            relay: relay
        )
    }

    @Test("by itself it has one address, and the relay is at port 3545 of that")
    func defaults() throws {
        let configuration = Self.configuration()
        try configuration.validate()
        #expect(configuration.server.server.secondary == nil)
        #expect(configuration.relay.bind == endpoint("192.0.2.1:3545"))
        #expect(configuration.relay.ownServer == ipv4("192.0.2.1"))
        #expect(configuration.server.server.announcedTransitRelay == nil)
    }

    @Test("transit is announced with the endpoint of the relay")
    func transit() throws {
        let configuration = Self.configuration(bind: "192.0.2.7:4000", transit: true)
        try configuration.validate()
        #expect(configuration.server.server.announcedTransitRelay == endpoint("192.0.2.7:4000"))
    }

    @Test(
        "an endpoint where clients cannot reach the relay is refused",
        arguments: [
            ("10.0.0.1:3545", "--bind: 10.0.0.1 is private"), ("0.0.0.0:3545", "--bind: 0.0.0.0 is "),
            ("192.0.2.1:0", "--bind: port 0 is not allowed"), ("192.0.2.1:3544", "--bind: 192.0.2.1:3544 belongs to"),
            ("192.0.2.2:3544", "--bind: 192.0.2.2:3544 belongs to the server"),
        ]
    )
    func refused(bind: String, message: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try Self.configuration(bind: bind, secondary: "192.0.2.2").validate()
        }
        #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
    }

    /// A server on a virtual machine of a cloud.
    private static func cloud(secondary: String?, _ publicAddresses: [String]) -> ServerServiceConfiguration {
        var server = ServerServiceConfiguration(primary: ipv4("10.0.0.5"), secondary: nil)
        server.setAddresses(
            secondary: secondary.map { ipv4($0) },
            publicAddresses: publicAddresses.map { ipv4($0) }
        )
        return server
    }

    @Test("behind a 1:1 NAT clients are told the public addresses, and the host's own are listened on")
    func publicAddresses() throws {
        var relay = RelayServiceConfiguration(role: .relay)
        relay.transit = TransitConfiguration()
        let gateway = GatewayServiceConfiguration(
            server: Self.cloud(secondary: "10.0.0.6", ["192.0.2.1", "192.0.2.9"]),
            secondary: ipv4("10.0.0.6"),
            relay: relay
        )
        try gateway.validate()
        #expect(gateway.server.server.primary == ipv4("192.0.2.1"))
        #expect(gateway.server.server.secondary == ipv4("192.0.2.9"))
        #expect(gateway.server.local == ServerAddresses(primary: ipv4("10.0.0.5"), secondary: ipv4("10.0.0.6")))
        #expect(gateway.relay.bind == endpoint("10.0.0.5:3545"))
        #expect(gateway.relay.publicAddress == ipv4("192.0.2.1"))
        #expect(gateway.relay.ownServer == ipv4("192.0.2.1"))
        #expect(gateway.server.server.announcedTransitRelay == endpoint("192.0.2.1:3545"))
    }

    @Test(
        "public addresses that do not fit the host's are refused",
        arguments: [
            ("10.0.0.6" as String?, ["192.0.2.1"], "--public-address: there is one for 10.0.0.5 only"),
            (nil, ["192.0.2.1", "192.0.2.2"], "--public-address: there are two, but the server has one address"),
            ("10.0.0.6", ["192.0.2.1", "192.0.2.1"], "--public-address: 192.0.2.1 is there twice"),
            ("10.0.0.6", ["192.0.2.1", "172.16.0.1"], "--public-address: 172.16.0.1 is private"),
            ("10.0.0.6", ["192.0.2.1", "192.0.2.2", "192.0.2.3"], "--public-address: a server has two addresses"),
            ("10.0.0.6", [], "--address: 10.0.0.5 is private"),
        ]
    )
    func refusedPublic(secondary: String?, addresses: [String], message: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try Self.cloud(secondary: secondary, addresses).validate()
        }
        #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
    }

    @Test("a private address is good where its prefix counts as global, and no other prefix may")
    func internalPrefix() throws {
        var server = Self.cloud(secondary: "10.0.0.6", [])
        server.server.filter.globalPrefixes = [IPv4Prefix(ipv4("10.0.0.0"), length: 8)]
        try server.validate()
        var relay = RelayServiceConfiguration(role: .relay)
        relay.bind = endpoint("10.0.0.5:3545")
        try GatewayServiceConfiguration(server: server, secondary: nil, relay: relay).validate()
        var client = ClientServiceConfiguration(server: .address(ipv4("10.0.0.5")))
        #expect(throws: ConfigurationError.self) { try client.validate() }
        client.client.filter.globalPrefixes = server.server.filter.globalPrefixes
        try client.validate()
        for prefix in [IPv4Prefix(ipv4("8.0.0.0"), length: 8), IPv4Prefix(ipv4("0.0.0.0"), length: 0)] {
            server.server.filter.globalPrefixes = [prefix]
            let error = #expect(throws: ConfigurationError.self) { try server.validate() }
            #expect(error?.description.hasPrefix("--internal-prefix: \(prefix) is not inside one of") == true)
        }
    }

    @Test("a gateway whose one address is private asks for the public one, and takes the rest as it was")
    func lacking() throws {
        var relay = RelayServiceConfiguration(role: .relay)
        relay.transit = TransitConfiguration()
        var gateway = GatewayServiceConfiguration(server: Self.cloud(secondary: nil, []), secondary: nil, relay: relay)
        gateway.controlSocketPath = "/run/teredo/other.sock"
        try gateway.validate()
        #expect(gateway.lacksPublicAddress)
        let known = gateway.known(by: ipv4("192.0.2.1"))
        try known.validate()
        #expect(!known.lacksPublicAddress)
        #expect(known.server.server.primary == ipv4("192.0.2.1"))
        #expect(known.server.server.announcedTransitRelay == endpoint("192.0.2.1:3545"))
        #expect(known.relay.bind == endpoint("10.0.0.5:3545"))
        #expect(known.controlSocketPath == gateway.controlSocketPath)
        // Only the address that it will have must not be denied.
        for (prefix, isFine) in [("192.0.2.0/24", true), ("10.0.0.0/24", false)] {
            let denied = DenyList([try #require(SourcePrefix(prefix))])
            (gateway.server.server.denied, gateway.relay.denied) = (denied, denied)
            let isTaken = (try? gateway.validate()) != nil
            #expect(isTaken == isFine, "\(prefix)")
            #expect(throws: ConfigurationError.self) { try gateway.known(by: ipv4("192.0.2.1")).validate() }
        }
        for address in ["169.254.1.1", "127.0.0.1", "192.0.2.1"] {
            let other = ServerServiceConfiguration(primary: ipv4(address), secondary: nil)
            let lacking = GatewayServiceConfiguration(server: other, secondary: nil, relay: relay).lacksPublicAddress
            #expect(!lacking, "\(address)")
        }
    }
}
