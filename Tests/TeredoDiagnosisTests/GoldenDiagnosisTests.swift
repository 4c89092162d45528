import TeredoControlTestSupport
import TeredoHost
import TeredoLinux
import TeredoPortMapping
import TeredoProtocol
import TeredoSettings
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoControl
@testable import TeredoDiagnosis

/// What scripts read stays the same octets for the same state, whatever the types behind it become.
@Suite("JSON of checks and pings as it always was")
struct GoldenDiagnosisTests {
    private static func report(_ nat: NATReport) -> CheckReport {
        var report = CheckReport(serverName: .name("teredo.example.org"))
        report.server = nat.server
        report.localAddress = nat.localEndpoint?.address
        report.nat = nat
        return report
    }

    private static var unlucky: CheckReport {
        var report = report(GoldenSamples.symmetric)
        report.client = GoldenSamples.unlucky
        report.portMapping = PortMappingFinding(mappingProtocol: .natPMP, externalAddress: ipv4("10.0.0.2"))
        report.path = PathFindings()
        report.path?.fullSize = .tooBig(mtu: 1300)
        report.candidates = [
            ServerCandidate(ipv4("192.0.2.1"), .server(.milliseconds(23))),
            ServerCandidate(ipv4("192.0.2.2"), .secondary(of: ipv4("192.0.2.1"), .milliseconds(10))),
            ServerCandidate(ipv4("192.0.2.9"), .silent),
        ]
        return report
    }

    private static var refused: CheckReport {
        var report = report(GoldenSamples.direct)
        report.client = GoldenSamples.offline
        let refusal = "the router refuses by PCP (not authorized, 2)"
        report.portMapping = PortMappingFinding(mappingProtocol: nil, externalAddress: nil, refusal: refusal)
        return report
    }

    private static let silent = CheckReport(serverName: .address(ipv4("192.0.2.99")))

    private static let checks: [(String, CheckReport)] = [
        ("check-unresolved", CheckReport(serverName: .name("teredo.example.org"))),
        ("check-restricted", report(GoldenSamples.restricted)), ("check-symmetric", unlucky), ("check-direct", refused),
    ]

    @Test("a check", arguments: checks)
    func check(name: String, report: CheckReport) throws {
        #expect(try GoldenJSON.encode(report) == GoldenJSON.text(name))
    }

    @Test("several servers")
    func comparison() throws {
        let two = ServerComparison([Self.report(GoldenSamples.restricted), Self.silent])
        #expect(try GoldenJSON.encode(two) == GoldenJSON.text("check-comparison"))
        #expect(try GoldenJSON.encode(ServerComparison([Self.silent])) == GoldenJSON.text("check-comparison-none"))
    }

    private static let clientChecks: [(String, ClientCheck)] = [
        ("check-control-works", ClientCheck(GoldenSamples.qualified)),
        ("check-control-symmetric", ClientCheck(GoldenSamples.unlucky)),
        ("check-control-offline", ClientCheck(GoldenSamples.offline)),
    ]

    @Test("a check by control socket, which reads itself back", arguments: clientChecks)
    func clientCheck(name: String, check: ClientCheck) throws {
        let text = try GoldenJSON.encode(check)
        #expect(try text == GoldenJSON.text(name))
        #expect(try GoldenJSON.encode(JSONText.decode(ClientCheck.self, from: text)) == text)
    }

    private static let forecast = ConnectionForecast(
        to: ipv6("2001:0:c000:201:2cad:63bf:34ff:8ef6"),
        own: [.portRestricted, .addressRestricted],
        mapped: GoldenSamples.restricted.mappedEndpoint,
        observed: nil,
        server: nil,
        hasTransit: true
    )

    @Test("whether two connect")
    func connection() throws {
        var trial = ConnectionTrial()
        let untried = ConnectionReport(Self.forecast, trial: nil)
        #expect(try GoldenJSON.encode(untried) == GoldenJSON.text("with-untried"))
        #expect(try GoldenJSON.encode(ConnectionReport(Self.forecast, trial: trial)) == GoldenJSON.text("with-none"))
        trial.path = .transit
        trial.endpoint = endpoint("198.51.100.1:40000")
        trial.searchTime = .microseconds(340_999)
        trial.roundTrip = .microseconds(23_449)
        #expect(try GoldenJSON.encode(ConnectionReport(Self.forecast, trial: trial)) == GoldenJSON.text("with-transit"))
        let native = ConnectionForecast(
            to: ipv6("2400:1:0:3::1"),
            own: [.symmetric],
            mapped: nil,
            observed: GoldenSamples.peers[2],
            server: nil,
            hasTransit: false
        )
        #expect(try GoldenJSON.encode(ConnectionReport(native, trial: nil)) == GoldenJSON.text("with-native"))
    }

    private static let direct = PingPath(GoldenSamples.peers[0])
    private static let transit = PingPath(GoldenSamples.peers[3])

    @Test("what happens while an address is pinged")
    func pingEvents() throws {
        let events: [PingEvent] = [
            .reply(sequence: 1, octets: 64, time: .nanoseconds(1_625_999), Self.transit),
            .silence(sequence: 2, patience: .milliseconds(500), PingPath(GoldenSamples.peers[1])),
            .silence(sequence: 3, patience: .seconds(2), .unknown),
            .refusal(EchoRefusal(.hostUnreachable, reason: "No route to host"), sequence: 4, by: ipv6("2001:db8::9")),
            .refusal(EchoRefusal(.noRoute, reason: "Network is unreachable"), sequence: 5, by: nil),
            .pathChange(from: Self.transit, to: Self.direct), .pathChange(from: Self.direct, to: .none),
            .silence(sequence: 6, patience: .seconds(2), Self.direct),
        ]
        #expect(try GoldenJSON.encode(events) == GoldenJSON.text("ping-events"))
    }

    @Test("what came of pinging it")
    func pingSummary() throws {
        var summary = PingSummary()
        #expect(try GoldenJSON.encode(summary) == GoldenJSON.text("ping-summary-none"))
        for _ in 0..<7 { summary.recordRequest() }
        let idle = PingPath(GoldenSamples.peers[4])
        summary.recordReply(after: .nanoseconds(204_125_999), path: Self.transit, before: idle)
        summary.recordReply(after: .microseconds(1001), path: Self.transit)
        summary.recordReply(after: .microseconds(100), path: Self.direct)
        summary.recordReply(after: .microseconds(200), path: Self.direct)
        summary.recordReply(after: .microseconds(12_345), path: .none)
        summary.recordReply(after: .microseconds(12_300), path: .unknown)
        #expect(try GoldenJSON.encode(summary) == GoldenJSON.text("ping-summary"))
    }

    @Test("a bug report")
    func bugReport() throws {
        let report = BugReport(masking: [BugReport.Section("Log", "…")], names: [])
        #expect(try GoldenJSON.encode(report) == GoldenJSON.text("bugreport"))
    }

    @Test("an address explained")
    func address() throws {
        let explanation = try AddressExplanation(parsing: "2001:0:c000:201:2cad:efff:39cc:9bf8")
        #expect(try GoldenJSON.encode(explanation) == GoldenJSON.text("address"))
    }
}
