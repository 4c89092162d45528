import Testing

@testable import TeredoWeb

@Suite("Metrics of several roles")
struct MetricsTests {
    private let one = """
        # HELP teredo_up Whether the role answers.
        # TYPE teredo_up gauge
        teredo_up{role="client"} 1
        # HELP teredo_dropped_total Datagrams, "by reason"\\n.
        # TYPE teredo_dropped_total counter
        teredo_dropped_total{role="client",reason="malformed"} 3
        # HELP teredo_wait_seconds How long.
        # TYPE teredo_wait_seconds histogram
        teredo_wait_seconds_bucket{role="client",le="0.5"} 1
        teredo_wait_seconds_bucket{role="client",le="+Inf"} 2
        teredo_wait_seconds_sum{role="client"} 1.5
        teredo_wait_seconds_count{role="client"} 2

        """

    private func socket(_ name: String) throws -> RoleSocket {
        try #require(RoleSocket(path: "/run/teredo/\(name).sock"))
    }

    @Test("Each family stands once, with the samples of all together, and the label socket tells who is meant")
    func merged() throws {
        var metrics = MergedMetrics()
        try metrics.add(one, of: socket("client-a"))
        try metrics.add(one, of: socket("client-b"))
        let lines = metrics.text.split(separator: "\n").map(String.init)
        for family in ["teredo_up", "teredo_dropped_total", "teredo_wait_seconds"] {
            #expect(lines.count { $0.hasPrefix("# TYPE \(family) ") } == 1)
            #expect(lines.count { $0.hasPrefix("# HELP \(family) ") } == 1)
        }
        // The samples of a family follow its type without a gap.
        let start = try #require(lines.firstIndex { $0.hasPrefix("# TYPE teredo_dropped_total") })
        #expect(lines[start + 1] == #"teredo_dropped_total{socket="client-a",role="client",reason="malformed"} 3"#)
        #expect(lines[start + 2] == #"teredo_dropped_total{socket="client-b",role="client",reason="malformed"} 3"#)
        let samples = lines.filter { !$0.hasPrefix("#") }.map { $0.prefix { $0 != " " } }
        #expect(Set(samples).count == samples.count)
        // What is made is of the same format.
        #expect(try MetricsParser.families(of: metrics.text).count == 3)
    }

    @Test("A role that does not answer is down, and a comment says why")
    func down() throws {
        var metrics = MergedMetrics()
        try metrics.add(one, of: socket("client"))
        metrics.addFailure(RoleCondition.silent.sentence(for: "/run/teredo/relay-x.sock"), of: try socket("relay-x"))
        #expect(metrics.text.contains(#"teredo_up{socket="relay-x",role="relay"} 0"#))
        #expect(metrics.text.hasPrefix("# The role at /run/teredo/relay-x.sock does not answer: it hangs"))
    }

    @Test(
        "What a role sends cannot add lines of its own making",
        arguments: [
            "teredo_up{role=\"a\"} 1 2 3", "teredo_up{role=\"a\" 1", "teredo_up{role=a} 1", "teredo up 1", "1x 1", "x",
            "x{a=\"\\\"} 1",
            "x{a:b=\"c\"} 1", "x{a=\"b\"c=\"d\"} 1", "x 0x10", "x one", "x{} {} 1", "# TYPE x wrong", "# TYPE 9 gauge",
            "x inf", "x nan",
        ]
    )
    func rubbish(line: String) throws {
        var metrics = MergedMetrics()
        let socket = try socket("client")
        #expect(throws: MetricsError.self) { try metrics.add(line + "\n", of: socket) }
        #expect(metrics.text.isEmpty)
    }

    @Test(
        "Unusual samples that are right",
        arguments: [
            ("x 1", "x{socket=\"client\"} 1"), ("x{} NaN", "x{socket=\"client\"} NaN"),
            ("x{a=\"}\\\"\",} +Inf 1700", "x{socket=\"client\",a=\"}\\\"\"} +Inf"),
            ("x -1.5e-3", "x{socket=\"client\"} -1.5e-3"),
        ]
    )
    func unusual(line: String, result: String) throws {
        var metrics = MergedMetrics()
        try metrics.add(line, of: socket("client"))
        #expect(metrics.text == result + "\n")
    }

    @Test("A role of a version that calls something else by the same name does not spoil the rest")
    func otherType() throws {
        var metrics = MergedMetrics()
        try metrics.add(one, of: socket("client-a"))
        let b = try socket("client-b")
        #expect(throws: MetricsError.self) {
            try metrics.add("# TYPE teredo_dropped_total gauge\nteredo_dropped_total 1\n", of: b)
        }
        #expect(!metrics.text.contains("client-b"))
    }

    @Test(
        "Roles by the names of their sockets",
        arguments: [
            ("client", "client"), ("host-relay-x", "host-relay"), ("relay-client", "relay"), ("other", "other"),
            ("clients", "clients"),
        ]
    )
    func names(name: String, role: String) throws {
        #expect(try socket(name).role == role)
    }

    @Test("Sockets whose names could not be shown are left out", arguments: ["", "a b", "a\"b", "a\nb", "ä"])
    func noNames(name: String) {
        #expect(RoleSocket(path: "/run/teredo/\(name).sock") == nil)
    }
}
