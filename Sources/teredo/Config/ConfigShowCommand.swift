import ArgumentParser
import TeredoHost
import TeredoLinux
import TeredoSettings

/// `teredo config show`: what holds for a role, and where each value came from.
struct ConfigShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the settings that apply to a role, and where each value came from.",
        discussion: """
            Reads the environment and the file as the role itself does. A value came from FILE:LINE, from the \
            environment variable that is named, or is the default; '-' means that it is not set.

              Of a file:      teredo config show client --config /etc/teredo/client.yaml
              For scripts:    teredo config show relay --json
            """
    )

    @Argument(help: "The role: client, server, relay, host-relay, auto or gateway.")
    var role: Role

    @Option(help: ArgumentHelp("The settings file (default: none).", valueName: "file"))
    var config: String?

    @Flag(help: "Print JSON: a list of key, values and origin.")
    var json = false

    func run() throws {
        let file = try config.map { try SettingsFile(path: $0) }
        let settings = try EffectiveSettings(
            role: role,
            file: file,
            environment: ChildProcess.environmentVariable
        )
        StandardOutput.write(line: json ? try JSONText.encode(settings.rows, isPretty: true) : settings.text)
    }
}
