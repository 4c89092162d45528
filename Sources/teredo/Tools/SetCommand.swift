import ArgumentParser
import TeredoControl
import TeredoHost
import TeredoLinux

/// `teredo set`: changes settings of the running role.
struct SetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change settings of the running role.",
        discussion: """
            Takes the keys and values of the settings file; values of a list are separated by commas, and KEY alone takes \
            back what was set. All of it is set, or nothing, at once and without losing address, peers and connections. \
            It holds until the role ends or reads its settings again (teredo reload, SIGHUP): what is to last belongs in \
            the file. 'teredo config show --running --json' tells which settings can change while the role runs. Needs root, \
            or the user that the role runs as.

            Exit status: 0 when all was set, 1 when nothing was, because a value cannot be used, a setting needs a restart, \
            or no role answers.

              More in the log:  sudo teredo set log-level=debug
              Several at once:  sudo teredo set refresh-interval=20 port-mapping=off
              As before:        sudo teredo set refresh-interval
              Teredo off, on:   sudo teredo set type=disabled     (teredo auto)
            """
    )

    @Argument(help: ArgumentHelp("What to set: KEY=VALUE, or KEY for what held before.", valueName: "key=value"))
    var changes: [String]

    @Option(
        help: ArgumentHelp("The control socket of the role (default: the one in /run/teredo).", valueName: "path")
    )
    var controlSocket: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        for change in changes where change.contains("\n") || change.isEmpty {
            throw ValidationError("'\(change)': give KEY=VALUE, or KEY alone")
        }
    }

    func run() throws {
        let report = try ControlQuery(controlSocketPath: controlSocket).set(changes)
        StandardOutput.write(line: json ? try JSONText.report(report, isPretty: true) : report.text)
    }
}
