import Foundation
import TeredoControlTestSupport
import TeredoHost
import TeredoProtocol
import TeredoSettings
import TeredoTestSupport
import Testing

@testable import TeredoControl

/// What monitoring reads.
@Suite struct MetricsTests {
    /// A role of each kind, with the parts that count in it.
    private static let reports: [(status: StatusReport, role: String, parts: [String])] = [
        (.client(GoldenSamples.qualified), "auto", ["client"]), (.client(GoldenSamples.unlucky), "client", ["client"]),
        (.client(GoldenSamples.offline), "client", ["client"]), (.server(GoldenSamples.server), "server", ["server"]),
        (.relay(GoldenSamples.relay), "relay", ["relay"]), (.relay(GoldenSamples.hostRelay), "auto", ["relay"]),
        (.gateway(StatusSamples.gateway), "gateway", ["server", "relay"]),
        (.dormant(StatusSamples.dormant), "auto", []),
    ]

    private static func page(_ number: Int) -> MetricsReport {
        MetricsReport(reports[number].status, MeasurementSamples.full, MeasurementSamples.usage)
    }

    /// A line with a value: name, labels in their order, value.
    private struct Sample {
        var name: String
        var labels: [(name: String, value: String)]
        var value: String

        init(_ line: Substring) throws {
            let match = try #require(try /([a-z0-9_]+)\{(.*)\} (\S+)/.wholeMatch(in: line), "\(line)")
            name = "\(match.1)"
            labels = match.2.matches(of: /([a-z]+)="([^"]*)"/).map { ("\($0.1)", "\($0.2)") }
            value = "\(match.3)"
        }
    }

    @Test(
        "each sample has the labels of its metric, its role and part, a number, and no other sample has the same labels",
        arguments: 0..<reports.count
    )
    func samples(number: Int) throws {
        let (_, role, parts) = Self.reports[number]
        let report = Self.page(number)
        #expect(report.role.rawValue == role)
        var seen: Set<String> = []
        var metric: Metric?
        for line in report.text.split(separator: "\n") {
            if line.hasPrefix("# HELP ") {
                metric = Metric(rawValue: "\(line.split(separator: " ")[2])")
                #expect(line == "# HELP \(metric?.rawValue ?? "") \(metric?.help ?? "")")
                continue
            }
            let current = try #require(metric)
            if line.hasPrefix("# TYPE ") {
                #expect(line == "# TYPE \(current.rawValue) \(current.kind)")
                continue
            }
            let sample = try Sample(line)
            let isBucket = sample.name == current.rawValue + "_bucket"
            let names =
                current.kind == .histogram
                ? ["_bucket", "_sum", "_count"].map { current.rawValue + $0 } : [current.rawValue]
            #expect(names.contains(sample.name), "\(line)")
            #expect(sample.labels.map(\.name) == current.labels.map(\.rawValue) + (isBucket ? ["le"] : []), "\(line)")
            #expect(sample.labels.first { $0.name == "role" }?.value == role)
            if let part = sample.labels.first(where: { $0.name == "part" }) {
                #expect(parts.contains(part.value), "\(line)")
            }
            #expect(Double(sample.value) != nil, "\(line)")
            #expect(seen.insert("\(line.split(separator: " ").dropLast().joined())").inserted, "twice: \(line)")
        }
    }

    @Test("between them the roles give every metric but the one that whoever asks adds")
    func complete() {
        let text = Self.reports.indices.map { Self.page($0).text }.joined()
        for metric in Metric.allCases where metric != .up {
            #expect(text.contains("\n# TYPE \(metric.rawValue) "), "\(metric)")
        }
    }

    @Test("every reason is there before it occurs, with its count when it has")
    func reasons() {
        let text = Self.page(4).text
        for reason in DropReason.allCases {
            let count = reason == .malformed ? 2 : reason == .rateLimited ? 9 : 0
            let line = "\nteredo_dropped_total{role=\"relay\",part=\"relay\",reason=\"\(reason.label)\"} \(count)\n"
            #expect(text.contains(line), "\(reason)")
        }
        for reason in LossReason.allCases {
            let count = reason == .datagramsRefused ? 1 : reason == .congestionDropped ? 3 : 0
            let line = "\nteredo_lost_total{role=\"relay\",part=\"relay\",reason=\"\(reason.rawValue)\"} \(count)\n"
            #expect(text.contains(line), "\(reason)")
        }
    }

    @Test("each loss is counted under its own reason")
    func losses() {
        var counters = SystemCounters()
        counters.datagramsRefused = 1
        counters.sendBufferFull = 2
        counters.receiveBufferFull = 3
        counters.packetsRefused = 4
        counters.congestionDropped = 5
        counters.handoverFull = 6
        counters.add(counters)
        #expect(LossReason.allCases.map { counters[$0] } == [2, 4, 6, 8, 10, 12])
    }

    @Test("a histogram has cumulative buckets, the last one without a bound, and sum and count")
    func histogram() {
        let text = Self.page(1).text
        let labels = #"role="client",part="client""#
        for (bound, count) in [("0.05", 0), ("0.1", 1), ("1", 1), ("2.5", 2), ("300", 2), ("+Inf", 2)] {
            #expect(
                text.contains("\nteredo_first_contact_seconds_bucket{\(labels),le=\"\(bound)\"} \(count)\n"),
                "\(bound)"
            )
        }
        #expect(text.contains("\nteredo_first_contact_seconds_sum{\(labels)} 2.16\n"))
        #expect(text.contains("\nteredo_first_contact_seconds_count{\(labels)} 2\n"))
        #expect(text.contains("\nteredo_peer_round_trip_seconds_bucket{\(labels),le=\"300\"} 1\n"))
        #expect(text.contains("\nteredo_peer_round_trip_seconds_bucket{\(labels),le=\"+Inf\"} 2\n"))
    }

    @Test("state and servers of a client are values of their own")
    func client() {
        let text = Self.page(0).text
        #expect(text.contains(#"teredo_state{role="auto",part="client",state="qualified"} 1"#))
        #expect(text.contains(#"teredo_state{role="auto",part="client",state="offline"} 0"#))
        #expect(text.contains(#"teredo_server_in_use{role="auto",part="client",server="192.0.2.1"} 1"#))
        #expect(
            text.contains(#"teredo_server_round_trip_seconds{role="auto",part="client",server="192.0.2.1"} 0.009412"#)
        )
        #expect(
            text.contains(#"teredo_server_unanswered_solicitations{role="auto",part="client",server="192.0.2.5"} 3"#)
        )
        #expect(text.contains("\nteredo_process_cpu_seconds_total{role=\"auto\"} 1.25\n"))
        #expect(text.contains("\nteredo_process_start_time_seconds{role=\"auto\"} 1700000000\n"))
    }

    @Test(
        "spans of time are written in seconds, exactly",
        arguments: [
            (Duration.zero, "0"), (.seconds(3), "3"), (.milliseconds(2500), "2.5"), (.nanoseconds(1), "0.000000001"),
            (.milliseconds(-1500), "-1.5"), (.milliseconds(-500), "-0.5"),
        ]
    )
    func seconds(time: Duration, text: String) {
        #expect(MetricValue(time).description == text)
    }

    @Test("labels cannot break out of their quotes")
    func escaping() {
        var text = MetricsText()
        text.add(.buildInfo, ["client", "1\"}\n2\\"], MetricValue(1))
        #expect(text.text.hasSuffix("\nteredo_build_info{role=\"client\",version=\"1\\\"}\\n2\\\\\"} 1\n"))
    }

    @Test("joined pages have each metric once, with the samples of all roles, and who did not answer is down")
    func joining() throws {
        var collection = RoleMetricsCollection()
        #expect(collection.isEmpty)
        collection.add(Self.page(1), of: ControlSocketName(path: "/run/teredo/client.sock"))
        collection.add(Self.page(3), of: ControlSocketName(path: "/run/teredo/server.sock"))
        collection.add(
            ServiceError("silent", remedy: "look"),
            of: ControlSocketName(path: "/run/teredo/host-relay-2.sock")
        )
        #expect(!collection.isEmpty && collection.failures.map(\.message) == ["silent"])
        let lines = collection.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.last == "")
        let heads = lines.filter { $0.hasPrefix("# TYPE ") }
        #expect(Set(heads).count == heads.count)
        #expect(
            Array(lines[0...4]).map(String.init) == [
                "# HELP teredo_up \(Metric.up.help)", "# TYPE teredo_up gauge",
                #"teredo_up{socket="client",role="client"} 1"#, #"teredo_up{socket="server",role="server"} 1"#,
                #"teredo_up{socket="host-relay-2",role="host-relay"} 0"#,
            ]
        )
        let received = try #require(lines.firstIndex(of: "# TYPE teredo_received_datagrams_total counter"))
        #expect(lines[received + 1].hasPrefix(#"teredo_received_datagrams_total{socket="client",role="client","#))
        #expect(lines[received + 2].hasPrefix(#"teredo_received_datagrams_total{socket="server",role="server","#))
        let samples = [1, 3].map { Self.page($0).text.split(separator: "\n").count { !$0.hasPrefix("#") } }
        #expect(lines.count { !$0.isEmpty && !$0.hasPrefix("#") } == samples[0] + samples[1] + 3)
    }

    @Test(
        "one more label stands before the others of a sample, and cannot break out of its quotes",
        arguments: [
            ("a 1", #"a{socket="x"} 1"#), ("a{} 1", #"a{socket="x"} 1"#), (#"a{b="}"} 1"#, #"a{socket="x",b="}"} 1"#),
            ("# HELP a b", "# HELP a b"),
        ]
    )
    func label(line: String, labelled: String) {
        #expect(MetricsText.adding(.socket, "x", to: line + "\n") == labelled + "\n")
        let odd = labelled.replacing(#""x""#, with: #""\"\\\n""#)
        #expect(MetricsText.adding(.socket, "\"\\\n", to: line + "\n") == odd + "\n")
    }

    @Test("the control socket gives the page of a role")
    func method() throws {
        let line = try #require(ControlProtocol.answer(try ControlProtocol.line(.metrics), from: ControlSample()))
        let report = try ControlProtocol.result(MetricsReport.self, in: line)
        #expect(report.contentType.hasPrefix("text/plain; version=0.0.4"))
        #expect(report.text.contains("\nteredo_peers{role=\"relay\",part=\"relay\"} 12\n"))
        // What the process of the test takes.
        #expect(report.text.contains("\nteredo_process_resident_memory_bytes{role=\"relay\"} "))
        #expect(report.text.contains("\nteredo_process_open_fds{role=\"relay\"} "))
        #expect(line.utf8.count < 65_536)
    }

    @Test(
        "all roles of a directory and their instances are asked: one that is gone is told and hides no other one, and no sample is there twice"
    )
    func directory() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let query = ControlQuery(controlSocketPath: nil, directory: directory)
        #expect(throws: ServiceError.self) { try query.metrics() }
        // Nobody listens there.
        try Data().write(to: URL(fileURLWithPath: "\(directory)/server.sock"))
        let host = try ControlHost(path: "\(directory)/relay.sock")
        defer { host.stop() }
        let instance = try ControlHost(path: "\(directory)/relay-home.sock")
        defer { instance.stop() }
        let collection = try query.metrics()
        #expect(collection.failures.count == 1 && collection.failures[0].message.contains("server.sock"))
        #expect(collection.text.contains("\nteredo_up{socket=\"server\",role=\"server\"} 0\n"))
        for name in ["relay", "relay-home"] {
            #expect(collection.text.contains("\nteredo_up{socket=\"\(name)\",role=\"relay\"} 1\n"))
            let peers = "teredo_peers{socket=\"\(name)\",role=\"relay\",part=\"relay\"} 12"
            #expect(collection.text.contains("\n\(peers)\n"))
        }
        let samples = collection.text.split(separator: "\n").map { $0.prefix { $0 != " " } }
        let names = samples.filter { $0 != "#" }
        #expect(Set(names).count == names.count, "Prometheus refuses a page with the same sample twice")
        let only = try ControlQuery(controlSocketPath: "\(directory)/relay-home.sock").metrics()
        #expect(only.text.contains("\nteredo_up{socket=\"relay-home\",role=\"relay\"} 1\n"))
        #expect(throws: ServiceError.self) { try ControlQuery(controlSocketPath: "\(directory)/server.sock").metrics() }
    }

    @Test("promtool finds nothing wrong with a page of all roles")
    func promtool() throws {
        guard let promtool = ExternalTool("promtool") else { try Test.cancel("promtool is not installed") }
        var collection = RoleMetricsCollection()
        for number in [0, 0, 1, 3, 4, 6] {
            collection.add(Self.page(number), of: ControlSocketName(path: "role-\(collection.text.utf8.count).sock"))
        }
        let outcome = try promtool.run(["check", "metrics"], input: Array(collection.text.utf8))
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.error.isEmpty && outcome.output.isEmpty, "\(outcome)")
    }
}
