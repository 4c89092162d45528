import ArgumentParser
import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoSettings

/// `teredo config show`: what holds for a role, and where each value came from.
struct ConfigShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the settings that apply to a role, and where each value came from.",
        usage: "teredo config show [<role>] [<options>]",
        discussion: """
            Reads the environment and the file as the role itself does. A value came from FILE:LINE, from the \
            environment variable that is named, or is the default; '-' means that it is not set. With --running it asks \
            the role that runs, where values may also come from its command line (flag), or from 'teredo set'. JSON tells \
            for each setting key, values, origin (default, file, environment, commandLine, live), place and change, which \
            is when another value holds: atOnce, withRole (with the next role of teredo auto) or restart.

              Of a file:    teredo config show client --config /etc/teredo/client.yaml
              For scripts:  teredo config show relay --json
              What holds:   teredo config show --running
            """
    )

    @Argument(help: "The role: client, server, relay, host-relay, auto or gateway; with --running not needed.")
    var role: Role?

    @Option(help: ArgumentHelp("The settings file (default: none).", valueName: "file"))
    var config: String?

    @Flag(help: "Show the settings of the running role.")
    var running = false

    @Option(
        help: ArgumentHelp("With --running: the control socket (default: the one in /run/teredo).", valueName: "path")
    )
    var controlSocket: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard running else {
            guard role != nil else { throw ValidationError("Give a role, or --running for the role that runs.") }
            guard controlSocket == nil else { throw ValidationError("--control-socket: goes with --running only") }
            return
        }
        guard config == nil else {
            throw ValidationError("--config: a running role has read its file already; leave out --running or --config")
        }
        guard role == nil || controlSocket == nil else {
            throw ValidationError(
                "--control-socket: names the running role already; leave out '\(role?.rawValue ?? "")'"
            )
        }
    }

    func run() throws {
        let report = running ? try ControlQuery(controlSocketPath: socket).settings() : try settings()
        StandardOutput.write(line: json ? try JSONText.report(report, isPretty: true) : report.text)
    }

    private var socket: String? { controlSocket ?? role.map { ControlSocketPath.standard(for: $0) } }

    private func settings() throws -> SettingsReport {
        // One of them is there: this was validated.
        let role = role ?? .client
        let file = try config.map { try SettingsFile(path: $0) }
        let settings = try EffectiveSettings(
            role: role,
            file: file,
            environment: ChildProcess.environmentVariable
        )
        return SettingsReport(role: role, file: file?.path, settings: settings.rows)
    }
}
