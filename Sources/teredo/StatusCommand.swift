import ArgumentParser
import TeredoLinux
import TeredoService

/// `teredo status`: what the running role does.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what the running role does.",
        discussion: """
            Asks the role that runs on this host, through its control socket in /run/teredo. Exit status 1 means that \
            none answers. JSON is the stable form for scripts: role, state, address, server, mappedEndpoint, \
            localEndpoint, nat, interface, mtu, peers and counters of a client; unknown values are null. docs/control.md lists every key.

            At a glance:    teredo status
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

    func run() throws {
        let report = try ControlQuery(controlSocketPath: controlSocket).status()
        StandardStream.output.write(line: json ? try JSONText.encode(report, isPretty: true) : report.text)
    }
}
