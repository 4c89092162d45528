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
}
