import ArgumentParser
import TeredoControl
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

    func run() throws {
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
