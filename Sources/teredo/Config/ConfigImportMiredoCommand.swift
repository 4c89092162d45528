import ArgumentParser
import TeredoLinux
import TeredoSettings

/// `teredo config import-miredo`: turns a configuration file of Miredo into a settings file.
struct ConfigImportMiredoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-miredo",
        abstract: "Turn miredo.conf or miredo-server.conf into a settings file.",
        discussion: """
            Prints the settings file; what has no counterpart becomes a comment in it and goes to standard error \
            too. Knows every directive of Miredo 1.2.6.

              Client, relay: teredo config import-miredo /etc/miredo/miredo.conf > my.yaml
              Server:        teredo config import-miredo /etc/miredo/miredo-server.conf
            """
    )

    @Argument(help: "Miredo's file.")
    var file: String

    func run() throws {
        do {
            let imported = try MiredoConfiguration(path: file).imported()
            let settings = try SettingsFile(parsing: imported.text, path: file)
            try RoleArguments.verify(EffectiveSettings(role: imported.role, file: settings) { _ in nil })
            for note in imported.notes { StandardStream.error.write(line: note) }
            StandardOutput.write(line: imported.text)
        } catch let error as ConfigurationError {
            RoleArguments.report(error)
            throw ExitCode(1)
        }
    }
}
