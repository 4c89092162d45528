import ArgumentParser
import TeredoLinux
import TeredoSettings

/// `teredo config check`: says whether a role would take a settings file.
struct ConfigCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say whether a role would accept a settings file.",
        discussion: """
            Checks the file alone: the environment is left out, no name is resolved, and files that it names are not \
            opened. The role is what the key 'role' says, or the name of the file, such as client.yaml. Exit status 1 \
            means that something is wrong; the message names file, line and key.

              Before a restart: teredo config check /etc/teredo/client.yaml
            """
    )

    @Argument(help: "The settings file.")
    var file: String

    func run() throws {
        do {
            let file = try SettingsFile(path: file)
            let role = try EffectiveSettings.role(of: file)
            try RoleArguments.verify(EffectiveSettings(role: role, file: file) { _ in nil })
            StandardOutput.write(line: "\(file.path): fine for 'teredo \(role)'")
        } catch let error as ConfigurationError {
            RoleArguments.report(error)
            throw ExitCode(1)
        }
    }
}
