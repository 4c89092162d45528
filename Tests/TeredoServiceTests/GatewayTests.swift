import Foundation
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoService

@Suite("Gateway")
struct GatewayTests {
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
            ("192.0.2.1:0", "--bind: port 0 is none"), ("192.0.2.1:3544", "--bind: 192.0.2.1:3544 is the server's"),
            ("192.0.2.2:3544", "--bind: 192.0.2.2:3544 is the server's"),
        ]
    )
    func refused(bind: String, message: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try Self.configuration(bind: bind, secondary: "192.0.2.2").validate()
        }
        #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
    }

    @Test(
        "the report says what clients of one address cannot find out, then shows server and relay with their counters"
    )
    func status() {
        let text = StatusReport.gateway(StatusSamples.gateway).text
        let names = text.split(separator: "\n").map { $0.prefix { $0 != " " } }
        #expect(
            text.hasPrefix(
                """
                Type              : teredo gateway: server and relay
                State             : running
                Addresses         : one, so that clients cannot find out:
                                  : whether their NAT is symmetric: \
                clients that insist on knowing stay offline (Windows, and ours unless run with --no-secondary-check); \
                Miredo does not ask

                """
            ),
            "\(text)"
        )
        #expect(text.contains("\nSecondary Address : none\n"))
        #expect(names.filter { $0 == "Type" }.count == 3 && names.filter { $0 == "State" }.count == 1)
        #expect(names.filter { $0 == "Dropped" }.count == 2)
        var status = StatusSamples.gateway
        status.undetectable = []
        #expect(StatusReport.gateway(status).text.contains("\nAddresses         : two\n"))
    }

    @Test("where ufw is on, the commands for its ports and for forwarding are named; elsewhere nothing is")
    func firewall() throws {
        let active = try TemporaryFile(contents: "# comment\nENABLED=yes\nLOGLEVEL=low\n")
        let hint = try #require(FirewallHint.ufw(ports: [3544, 3545], interface: "teredo", path: active.path))
        #expect(hint.contains("ufw allow 3544,3545/udp; ufw route allow in on teredo; ufw route allow out on teredo"))
        let inactive = try TemporaryFile(contents: "ENABLED=no\n")
        #expect(FirewallHint.ufw(ports: [3544], interface: "teredo", path: inactive.path) == nil)
        #expect(FirewallHint.ufw(ports: [3544], interface: "teredo", path: "/nonexistent") == nil)
    }
}
