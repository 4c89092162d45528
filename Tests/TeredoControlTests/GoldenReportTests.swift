import Logging
import TeredoControlTestSupport
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoTestSupport
import Testing

@testable import TeredoControl

/// What scripts read stays the same octets for the same state, whatever the types behind it become.
@Suite("JSON of reports as it always was")
struct GoldenReportTests {
    private static let reports: [(String, StatusReport)] = [
        ("status-client-qualified", .client(GoldenSamples.qualified)),
        ("status-client-symmetric", .client(GoldenSamples.unlucky)),
        ("status-client-direct", .client(GoldenSamples.open)),
        ("status-client-offline", .client(GoldenSamples.offline)),
        ("status-client-resolving", .client(GoldenSamples.resolving)),
        ("status-client-proxy", .client(GoldenSamples.fullProxy)),
        ("status-server", .server(GoldenSamples.server)),
        ("status-server-single", .server(GoldenSamples.singleServer)),
        ("status-relay", .relay(GoldenSamples.relay)), ("status-host-relay", .relay(GoldenSamples.hostRelay)),
        ("status-relay-draining", .relay(GoldenSamples.drainingRelay)),
        ("status-server-announced", .server(GoldenSamples.announcedServer)),
        ("status-gateway", .gateway(gateway(GoldenSamples.singleServer))),
        ("status-gateway-two", .gateway(gateway(GoldenSamples.server))),
        (
            "status-dormant",
            .dormant(
                DormantStatus(
                    cause: .managedNetwork,
                    reason: "because of 1",
                    network: .managed,
                    roles: GoldenSamples.roles,
                    uptime: .seconds(60)
                )
            )
        ),
        (
            "status-dormant-unjudged",
            .dormant(DormantStatus(cause: .disabled, reason: "because of 1", network: nil, roles: [], uptime: .zero))
        ),
    ]

    private static func gateway(_ server: ServerStatus) -> GatewayStatus {
        GatewayStatus(server: server, relay: GoldenSamples.relay, uptime: .seconds(60))
    }

    @Test("status of each role, which reads itself back", arguments: reports)
    func status(name: String, report: StatusReport) throws {
        let text = try GoldenJSON.encode(report)
        #expect(try text == GoldenJSON.text(name))
        let back = try JSONText.decode(StatusReport.self, from: text)
        #expect(try GoldenJSON.encode(back) == text)
    }

    @Test("peers, which read themselves back")
    func peers() throws {
        let list = PeerList(total: 12, peers: GoldenSamples.peers)
        let text = try GoldenJSON.encode(list)
        #expect(try text == GoldenJSON.text("peers"))
        #expect(try GoldenJSON.encode(JSONText.decode(PeerList.self, from: text)) == text)
        #expect(try GoldenJSON.encode(PeerList(total: 0, peers: [])) == GoldenJSON.text("peers-none"))
    }

    @Test("events")
    func events() throws {
        let state = StateChange(
            age: .zero,
            state: .qualifying,
            phase: .cone,
            cause: .serverResolved,
            reason: "server is 192.0.2.1"
        )
        #expect(try GoldenJSON.encode(ControlEvent(state)) == GoldenJSON.text("event-state"))
        var path = PathChange(
            address: ipv6("2001:db8::1"),
            path: .direct,
            endpoint: endpoint("192.0.2.1:1"),
            previousPath: .transit,
            previousEndpoint: endpoint("192.0.2.2:2")
        )
        #expect(try GoldenJSON.encode(ControlEvent(path)) == GoldenJSON.text("event-path"))
        let exchange = MessageExchange(.sent, .bubble, endpoint("192.0.2.1:3544"))
        #expect(try GoldenJSON.encode(ControlEvent(exchange)) == GoldenJSON.text("event-exchange"))
        (path.path, path.endpoint, path.previousPath) = (.idle, nil, .relay)
        #expect(try GoldenJSON.encode(ControlEvent(path)) == GoldenJSON.text("event-path-lost"))
    }

    private static let pings: [(String, ControlPing)] = [
        ("ping-reply", ControlPing(PingPath(GoldenSamples.peers[2]), roundTrip: .nanoseconds(31_617_999))),
        ("ping-silence", ControlPing(PingPath(GoldenSamples.peers[1]))),
        (
            "ping-refusal",
            ControlPing(.none, EchoRefusal(.hostUnreachable, reason: "No route to host"), by: ipv6("2001:db8::9"))
        ),
        ("ping-unsent", ControlPing(.none, EchoRefusal(.noRoute, reason: "Network is unreachable"), by: nil)),
    ]

    @Test("answers to ping, which read themselves back", arguments: pings)
    func ping(name: String, answer: ControlPing) throws {
        let text = try GoldenJSON.encode(answer)
        #expect(try text == GoldenJSON.text(name))
        #expect(try GoldenJSON.encode(JSONText.decode(ControlPing.self, from: text)) == text)
    }

    @Test("answers to drain, which read themselves back")
    func drain() throws {
        for (name, answer) in [
            ("drain", ControlDrain(role: .relay, drain: GoldenSamples.drainingRelay.service.drain)),
            ("drain-cancelled", ControlDrain(role: .server, drain: nil)),
        ] {
            let text = try GoldenJSON.encode(answer)
            #expect(try text == GoldenJSON.text(name))
            #expect(try GoldenJSON.encode(JSONText.decode(ControlDrain.self, from: text)) == text)
        }
    }

    @Test("answers to settings, set and allow, which read themselves back")
    func settings() throws {
        let report = SettingsSample().report
        let text = try GoldenJSON.encode(report)
        #expect(try text == GoldenJSON.text("settings"))
        #expect(try JSONText.decode(SettingsReport.self, from: text) == report)
        let change = try SettingsSample().change("refresh-interval=20")
        #expect(try GoldenJSON.encode(change) == GoldenJSON.text("set"))
        #expect(try JSONText.decode(SettingsChangeReport.self, from: GoldenJSON.text("set")) == change)
        #expect(try GoldenJSON.encode(GoldenSamples.qualified.traffic.inbound) == GoldenJSON.text("inbound"))
    }

    @Test("answers to reload and list")
    func others() throws {
        let reload = ControlReload(messages: [.init(level: .notice, text: "said"), .init(level: .error, text: "wrong")])
        #expect(try GoldenJSON.encode(reload) == GoldenJSON.text("reload"))
        #expect(try GoldenJSON.encode(ControlMethodList()) == GoldenJSON.text("list"))
    }

    @Test("a drop for a reason that this version does not know is left out, not an error")
    func unknownReason() throws {
        let text = try JSONText.encode(StatusSamples.counters, isPretty: false)
            .replacing(#""malformed":2"#, with: #""malformed":2,"unheardOf":7"#)
        #expect(try JSONText.decode(StatusCounters.self, from: text) == StatusSamples.counters)
    }
}
