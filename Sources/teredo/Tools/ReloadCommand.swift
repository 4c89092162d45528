import ArgumentParser
import TeredoControl
import TeredoHost
import TeredoLinux

/// `teredo reload`: the running role reads its settings file again.
struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Have the running role read its settings file again.",
        discussion: """
            The same as SIGHUP, but reports the outcome: what changed, and which settings need a restart. Address, \
            peers and connections stay. Only a role that was started with --config has a file to read.

            Exit status: 0 when the settings were read, 1 when there is an error in them (then everything stays as it is), \
            or no role answers.

              Usual:           sudo teredo reload
              One of several:  sudo teredo reload --control-socket /run/teredo/relay.sock
            """
    )

    @Option(
        help: ArgumentHelp("The control socket of the role (default: the one in /run/teredo).", valueName: "path")
    )
    var controlSocket: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let result = try ControlQuery(controlSocketPath: controlSocket).reload()
        StandardOutput.write(line: json ? try JSONText.report(result, isPretty: true) : result.text)
        guard !result.hasFailed else { throw ExitCode(1) }
    }
}
