import Foundation
import TeredoControlTestSupport
import Testing

/// `teredo status` and its monitor on a terminal.
@Suite("Status on a terminal", .serialized)
struct MonitorCommandTests {
    private func withRole(_ body: (_ words: [String], _ host: ControlHost) throws -> Void) throws {
        let host = try ControlHost()
        defer { host.stop() }
        try body([CommandTests.program, "status", "--control-socket", host.path], host)
    }

    @Test(
        "the monitor fills the terminal, ends with q, and leaves the terminal as it was",
        arguments: [(80, 24), (120, 40)]
    )
    func quits(columns: Int, rows: Int) throws {
        try withRole { words, _ in
            let result = try PseudoTerminal.run(
                words + ["--watch"],
                columns: columns,
                rows: rows,
                [.text("datagrams/s"), .text("more below"), .keys("q")]
            )
            #expect(result.status == 0 && result.isRestored && result.isScreenLeft, "\(result)")
            #expect(result.screen.count == rows && result.screen.allSatisfy { $0.count == columns }, "\(result.screen)")
            #expect(result.screen[0].hasPrefix("relay (role)  running for 59 s"), "\(result.screen)")
            #expect(result.screen[rows - 1].hasPrefix(" q quit "), "\(result.screen)")
            let table = try #require(result.screen.first { $0.hasPrefix("PEER ") })
            #expect(table.contains("ENDPOINT") == (columns == 120), "\(table)")
        }
    }

    @Test(
        "every way out leaves the terminal as it was",
        arguments: [(SIGTERM, 143), (SIGINT, 130), (SIGHUP, 129), (SIGQUIT, 131)]
    )
    func signals(number: Int32, status: Int) throws {
        try withRole { words, _ in
            let result = try PseudoTerminal.run(words + ["--watch"], [.text("datagrams/s"), .signal(number)])
            #expect(result.status == status && result.isRestored && result.isScreenLeft, "\(result)")
        }
    }

    @Test("Control-C at the keyboard ends it too, and Control-Z gives the terminal back until it goes on")
    func keyboard() throws {
        try withRole { words, _ in
            let ended = try PseudoTerminal.run(words + ["--watch"], [.text("datagrams/s"), .keys("\u{03}")])
            #expect(ended.status == 130 && ended.isRestored && ended.isScreenLeft, "\(ended)")
            let stopped = try PseudoTerminal.run(
                words + ["--watch"],
                [
                    .text("datagrams/s"), .signal(SIGTSTP), .shell("sleep 1"), .signal(SIGCONT), .keys("s"),
                    .text("sort: rtt"), .keys("q"),
                ]
            )
            #expect(stopped.status == 0 && stopped.isRestored && stopped.isScreenLeft, "\(stopped)")
            #expect(stopped.output.components(separatedBy: "\u{1B}[?1049l").count == 3, "twice left")
        }
    }

    @Test("keys sort, scroll and change what is shown; another size is taken up at once")
    func keys() throws {
        try withRole { words, _ in
            let result = try PseudoTerminal.run(
                words + ["--watch"],
                [
                    .text("sort: traffic"), .keys("s"), .text("sort: rtt"), .keys("r"), .text("rtt, reversed"),
                    .keys("\u{1B}[B\u{1B}[B"), .text("+2 more above"), .keys("a"), .text("Served Prefixes"),
                    .keys("a"), .text("PEER"), .size(columns: 60, rows: 16), .text("…"), .keys("q"),
                ]
            )
            #expect(result.status == 0 && result.isRestored, "\(result)")
        }
    }

    @Test("a role that goes away is said to be gone, and waited for")
    func gone() throws {
        let host = try ControlHost()
        let words = [CommandTests.program, "status", "--watch", "--control-socket", host.path]
        let folder = URL(fileURLWithPath: host.path).deletingLastPathComponent().path
        let moved = "mv \(host.path) \(folder)/away"
        let result = try PseudoTerminal.run(
            words,
            [
                .text("datagrams/s"), .shell(moved), .text("no answer, waiting for it"),
                .text("no role is running there"),
                .shell("mv \(folder)/away \(host.path)"), .text("datagrams/s"), .keys("q"),
            ]
        )
        host.stop()
        #expect(result.status == 0 && result.isRestored && result.isScreenLeft, "\(result)")
    }

    @Test("there are colours on a terminal, none with NO_COLOR, and none on a terminal that is dumb")
    func colours() throws {
        try withRole { words, _ in
            for (environment, isColored) in [
                ([:], true), (["NO_COLOR": "1"], false), (["TERM": "dumb"], false),
            ] as [([String: String], Bool)] {
                let plain = try PseudoTerminal.run(words, environment: environment, [])
                #expect(plain.status == 0 && plain.output.contains("\u{1B}[1m") == isColored, "\(plain)")
            }
            let steps: [PseudoTerminal.Step] = [.text("datagrams/s"), .keys("q")]
            let coloured = try PseudoTerminal.run(words + ["--watch"], steps)
            #expect(coloured.output.contains("\u{1B}[7m"))
            let plain = try PseudoTerminal.run(words + ["--watch"], environment: ["NO_COLOR": "1"], steps)
            #expect(!plain.output.contains("m\u{1B}") && !plain.output.contains("\u{1B}[0m"), "\(plain)")
            let dumb = try PseudoTerminal.run(
                words + ["--watch"],
                environment: ["TERM": "dumb"],
                [.text("running for"), .shell("sleep 1.5"), .signal(SIGTERM)]
            )
            #expect(dumb.status == -15 && !dumb.output.contains("\u{1B}"), "report after report: \(dumb)")
        }
    }

    @Test("status at a glance fits a terminal of 24 rows")
    func glance() throws {
        try withRole { words, _ in
            let result = try PseudoTerminal.run(words, environment: ["NO_COLOR": "1"], [])
            let lines = result.output.split(separator: "\r\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 24 && lines.allSatisfy { $0.count <= 80 }, "\(result.output)")
            #expect(lines[0] == "relay (role)  running for 59 s", "\(result.output)")
        }
    }
}
