import TeredoCrypto
import TeredoSimulator
import Testing

@Suite struct ScenarioTests {
    /// The packets of each figure, in order; origins left out, packets of the answer included.
    private static func figure(_ scenario: Scenario) -> [String] {
        let restrictedClients = [
            "client A → (NAT B): direct bubble", "client A → server: indirect bubble",
            "server → client B: indirect bubble", "client B → client A: direct bubble",
            "client A → client B: ping request", "client B → client A: ping reply",
        ]
        let qualification = [
            "client A → server: router solicitation", "server → client A: router advertisement",
            "client A → server: router solicitation", "server → client A: router advertisement",
        ]
        switch scenario {
        case .initialConfiguration:
            let cone = [
                "client A → server: router solicitation, cone", "server → (NAT A): router advertisement",
            ]
            return cone + cone + cone + qualification
        case .maintainingTheMapping: return Array(qualification.prefix(2))
        case .sameLink:
            return [
                "client A → client B: discovery bubble", "client B → client A: discovery bubble",
                "client B → client A: direct bubble", "client A → client B: direct bubble",
                "client A → client B: ping request", "client B → client A: ping reply",
            ]
        case .differentSitesCone: return ["client A → client B: ping request", "client B → client A: ping reply"]
        case .differentSitesRestricted: return restrictedClients
        case .clientToHostRelayCone:
            return test(via: "host relay", isCone: true) + ping(via: "host relay", from: "client A")
        case .clientToHostRelayRestricted:
            return test(via: "host relay", isCone: false) + ping(via: "host relay", from: "client A")
        case .hostRelayToClientCone:
            return ["host relay → client A: ping request"] + test(via: "host relay", isCone: true, isOpen: true)
                + ["client A → host relay: ping reply"]
        case .hostRelayToClientRestricted:
            return open(by: "host relay") + ["host relay → client A: ping request"]
                + test(via: "host relay", isCone: true, isOpen: true) + ["client A → host relay: ping reply"]
        case .clientToNativeCone: return test(via: "relay", isCone: true) + ping(via: "relay", from: "client A")
        case .clientToNativeRestricted: return test(via: "relay", isCone: false) + ping(via: "relay", from: "client A")
        case .nativeToClientCone:
            return ["IPv6 host → relay: ping request", "relay → client A: ping request"]
                + test(via: "relay", isCone: true, isOpen: true)
                + ["client A → relay: ping reply", "relay → IPv6 host: ping reply"]
        case .nativeToClientRestricted:
            return ["IPv6 host → relay: ping request"] + open(by: "relay") + ["relay → client A: ping request"]
                + test(via: "relay", isCone: true, isOpen: true)
                + ["client A → relay: ping reply", "relay → IPv6 host: ping reply"]
        }
    }

    /// A relay opens the NAT of client A through the server.
    private static func open(by relay: String) -> [String] {
        [
            "\(relay) → server: indirect bubble", "server → client A: indirect bubble",
            "client A → \(relay): direct bubble",
        ]
    }

    /// The connectivity test of client A through the server; the reply comes through `relay`.
    private static func test(via relay: String, isCone: Bool, isOpen: Bool = false) -> [String] {
        let isHost = relay == "host relay"
        let request = [
            "client A → server: test echo request",
            isHost ? "server → host relay: test echo request" : "server → IPv6 host: test echo request",
        ]
        let reply = isHost ? [] : ["IPv6 host → relay: test echo reply"]
        return request + reply + (isCone || isOpen ? [] : open(by: relay)) + ["\(relay) → client A: test echo reply"]
    }

    private static func ping(via relay: String, from client: String) -> [String] {
        relay == "host relay"
            ? ["\(client) → host relay: ping request", "host relay → \(client): ping reply"]
            : [
                "\(client) → relay: ping request", "relay → IPv6 host: ping request", "IPv6 host → relay: ping reply",
                "relay → \(client): ping reply",
            ]
    }

    @Test(
        "Figures 12 to 24 of the overview: every scenario is, packet for packet, the exchange of its figure",
        arguments: Scenario.allCases
    )
    func scenario(_ scenario: Scenario) throws {
        let result = try scenario.run(seed: 1, authenticator: HMACSHA1Authenticator())
        #expect(result.isSuccess, "\(result.summary)")
        let exchange = result.exchange.map { entry in
            String(entry.summary.prefix { $0 != "," || entry.meaning.hasSuffix("cone") })
        }
        #expect(exchange == Self.figure(scenario))
    }

    @Test("Origins are the endpoints that the server saw: of the relay, and of the other client's NAT")
    func origins() throws {
        let native = try Scenario.nativeToClientRestricted.run(seed: 1, authenticator: HMACSHA1Authenticator())
        let relayed = native.exchange.first { $0.sender == "server" && $0.meaning.hasPrefix("indirect") }
        #expect(relayed?.meaning == "indirect bubble, origin \(SimulatedInternet.relay)")
        let clients = try Scenario.differentSitesRestricted.run(seed: 1, authenticator: HMACSHA1Authenticator())
        let forwarded = clients.exchange.first { $0.sender == "server" && $0.meaning.hasPrefix("indirect") }
        #expect(forwarded?.meaning.hasPrefix("indirect bubble, origin 198.51.100.1:") == true)
    }

    @Test("A chart has one column for each node that took part, two rows for each packet, and marks what was dropped")
    func chart() throws {
        let result = try Scenario.differentSitesRestricted.run(seed: 1, authenticator: HMACSHA1Authenticator())
        let lines = result.chart.lines
        #expect(lines.count == 2 + 2 * result.exchange.count)
        #expect(["client A", "server", "NAT B", "client B"].allSatisfy(lines[0].contains))
        #expect(lines[2].contains("direct bubble (dropped: NAT B)") && lines[3].contains("x"))
        #expect(lines.allSatisfy { $0.count <= 120 })
    }
}
