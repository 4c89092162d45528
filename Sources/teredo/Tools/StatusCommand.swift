import ArgumentParser
import TeredoControl
import TeredoDiagnosis
import TeredoHost
import TeredoLinux

/// `teredo status`: what the running role does.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what the running role does.",
        discussion: """
            Asks the role that runs on this host, through its control socket in /run/teredo. Exit status 1 means that \
            none answers. JSON is the stable form for scripts: role, state, address, server, mappedEndpoint, \
            localEndpoint, nat, interface, mtu, peers and counters of a client; unknown values are null. \
            docs/control.md lists every key.

            At a glance:    teredo status
            Live:           teredo status --watch
            What is that?   teredo status --explain rateLimited
            For scripts:    teredo status --json
            One of several: teredo status --control-socket /run/teredo/relay.sock
            """
    )

    @Option(
        help: ArgumentHelp("The control socket of the role (default: the one in /run/teredo).", valueName: "path")
    )
    var controlSocket: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Show the report again every second, until interrupted; with --json one line for each report.")
    var watch = false

    @Option(
        help: ArgumentHelp(
            "Print what a reason of drops, or a metric, means and what to do; 'all' prints all.",
            valueName: "reason|metric"
        )
    )
    var explain: String?

    func run() throws {
        if let explain { return try Self.explain(explain) }
        let query = ControlQuery(controlSocketPath: controlSocket)
        guard watch else {
            let report = try query.status()
            StandardOutput.write(line: json ? try JSONText.encode(report, isPretty: true) : report.text)
            return
        }
        while !StandardOutput.hasFailed {
            try show(try query.status())
            Pause.sleep(.seconds(1))
        }
    }

    private static func explain(_ name: String) throws {
        if name == "all" { return StandardOutput.write(line: MetricsBook.document) }
        guard let page = MetricsBook.page(name) else {
            let meant = NearestWord.of(name, among: MetricsBook.names).map { "did you mean '\($0)'?" }
            throw ValidationError(
                "--explain: '\(name)' is neither a reason of drops nor a metric; \(meant ?? "'all' prints all there are")"
            )
        }
        StandardOutput.write(line: page)
    }

    /// Shows a report in place of the last one; without a terminal, behind it.
    private func show(_ report: StatusReport) throws {
        if json {
            StandardOutput.write(line: try JSONText.encode(report, isPretty: false))
        } else if let rows = StandardOutput.terminalRows {
            StandardOutput.write(line: TerminalScreen.replacing(with: report.text, rows: rows))
        } else {
            StandardOutput.write(line: report.text + "\n")
        }
    }
}
