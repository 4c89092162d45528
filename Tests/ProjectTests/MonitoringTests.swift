import Foundation
import TeredoControl
import TeredoLinux
import TeredoProtocol
import Testing

/// What is shipped for Prometheus and Grafana.
@Suite struct MonitoringTests {
    private static let rules = "packaging/prometheus/teredo.rules.yml"
    private static let board = "packaging/prometheus/teredo.dashboard.json"

    /// The names of the alerts in the rules.
    private static func alerts() throws -> [String] {
        try Project.text(rules).split(separator: "\n").compactMap { line in
            try /\s*- alert: (\S+)/.wholeMatch(in: line).map { "\($0.1)" }
        }
    }

    private func promtool(_ arguments: [String]) throws -> CommandOutput {
        guard ChildProcess.executable(named: "promtool") != nil else { try Test.cancel("promtool is not installed") }
        return try CommandOutput.run(["promtool"] + arguments, limit: .seconds(60))
    }

    @Test("promtool accepts the alert rules")
    func accepted() throws {
        let checked = try promtool(["check", "rules", Project.root.appendingPathComponent(Self.rules).path])
        #expect(checked.isSuccess, "\(checked)")
        #expect(checked.output.contains("\(try Self.alerts().count) rules found"), "\(checked)")
    }

    @Test("each alert fires when it should and not before, by the rules' own test")
    func fires() throws {
        let path = Project.root.appendingPathComponent("packaging/prometheus/teredo.rules.test.yml").path
        let tested = try promtool(["test", "rules", path])
        #expect(tested.isSuccess, "\(tested)")
        let cases = try Project.text("packaging/prometheus/teredo.rules.test.yml")
        for alert in try Self.alerts() {
            let expected = cases.components(separatedBy: "alertname: \(alert)\n").dropFirst()
            #expect(
                expected.contains { $0.split(separator: "\n").prefix(2).contains { $0.contains("exp_labels") } },
                "\(alert)"
            )
        }
    }

    @Test(
        "each alert has a section in docs/runbooks.md with something to do, and refers to it; no section is left over"
    )
    func runbooks() throws {
        let alerts = try Self.alerts()
        #expect(alerts.count > 10 && Set(alerts).count == alerts.count)
        let sections = try Project.text("docs/runbooks.md").components(separatedBy: "\n## ").dropFirst()
        #expect(sections.map { "\($0.prefix { $0 != "\n" })" } == alerts)
        for section in sections { #expect(section.contains("\n* "), "\(section)") }
        let references = try Project.text(Self.rules).split(separator: "\n").filter { $0.contains(" runbook: ") }
        #expect(references.map { "\($0.split(separator: "#")[1])" } == alerts.map { $0.lowercased() })
    }

    @Test(
        "rules, dashboard and runbooks use metrics and reasons that there are",
        arguments: [rules, board, "docs/runbooks.md"]
    )
    func names(path: String) throws {
        let text = try Project.text(path)
        let ends = ["_bucket", "_count", "_sum"]
        var used = 0
        for match in text.matches(of: /\bteredo_[a-z0-9_]+/) {
            var name = "\(match.0)"
            if let end = ends.first(where: name.hasSuffix), Metric(rawValue: name) == nil { name.removeLast(end.count) }
            #expect(Metric(rawValue: name) != nil, "\(name)")
            used += 1
        }
        #expect(used > 0)
        let reasons = Set(DropReason.allCases.map(\.label) + LossReason.allCases.map(\.rawValue))
        for match in text.matches(of: /reason(?:!=|=|=~|!~)\\?"([A-Za-z0-9|]+)\\?"/) {
            for reason in match.1.split(separator: "|") { #expect(reasons.contains("\(reason)"), "\(reason)") }
        }
    }

    @Test(
        "the dashboard is JSON with a panel for each subject, each with a place of its own and queries that Prometheus can parse"
    )
    func dashboard() throws {
        let json = try JSONSerialization.jsonObject(with: Data(try Project.text(Self.board).utf8))
        let board = try #require(json as? [String: Any])
        #expect(board["title"] as? String == "Teredo")
        let panels = try #require(board["panels"] as? [[String: Any]])
        #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
        var places: Set<String> = []
        var rules = "groups:\n  - name: dashboard\n    rules:\n"
        var count = 0
        for panel in panels {
            let place = try #require(panel["gridPos"] as? [String: Int])
            for x in place["x", default: 0]..<place["x", default: 0] + place["w", default: 0] {
                for y in place["y", default: 0]..<place["y", default: 0] + place["h", default: 0] {
                    #expect(places.insert("\(x) \(y)").inserted, "\(panel["title"] ?? "") lies on another panel")
                }
            }
            for target in panel["targets"] as? [[String: Any]] ?? [] {
                let query = try #require(target["expr"] as? String).replacing("$__rate_interval", with: "5m")
                count += 1
                rules += "      - record: dashboard:query\(count)\n        expr: '\(query)'\n"
            }
        }
        #expect(count > 20)
        let path = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString).yml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try rules.write(toFile: path, atomically: false, encoding: .utf8)
        let checked = try promtool(["check", "rules", path])
        #expect(checked.isSuccess, "\(checked)")
    }
}
