import ArgumentParser
import TeredoLinux
import TeredoSettings

/// Puts the settings of the file and of the environment of a role before the flags of its command line.
enum RoleArguments {
    /// The settings that go with a command line; `nil` when it runs no role, or only asks for help.
    static func settings(for commandLine: [String]) throws -> EffectiveSettings? {
        // What follows a terminator belongs to another program.
        let options = commandLine.dropFirst().prefix { $0 != "--" }
        guard let role = commandLine.first.flatMap(role(of:)), !options.contains(where: help.contains) else {
            return nil
        }
        let flags = CommandLineFlags(options, role: role)
        let file = try path(in: Array(options)).map { try SettingsFile(path: $0) }
        return try EffectiveSettings(
            role: role,
            file: file,
            flags: flags.values(for: role),
            environment: ChildProcess.environmentVariable
        )
    }

    /// The command line with the settings in it, without the flags in whose place something was set while the role runs.
    static func merged(_ commandLine: [String], _ settings: EffectiveSettings?) -> [String] {
        guard let settings, let command = commandLine.first else { return commandLine }
        let left: Set<Setting> = command == RunCommand.name ? Setting.longLived : []
        let flags = CommandLineFlags(commandLine.dropFirst(), role: settings.role)
        return [command] + settings.arguments(leavingOut: left) + flags.words(leavingOut: settings.liveKeys)
    }

    /// Throws for settings that do not go together or that a role cannot do without, as the role itself would.
    static func verify(_ settings: EffectiveSettings) throws {
        try settings.requireAll()
        do {
            _ = try Teredo.parseAsRoot([settings.role.rawValue] + settings.arguments())
        } catch {
            let message = Teredo.message(for: error)
            throw settings.blame(message) ?? ConfigurationError(settings.path ?? settings.role.rawValue, message)
        }
    }

    /// Ends the program as for a flag that cannot be used: exit status 64.
    static func exitForMisuse(_ error: ConfigurationError) -> Never {
        report(error)
        Teredo.exit(withError: ExitCode.validationFailure)
    }

    /// Tells of everything that is wrong, a line for each.
    static func report(_ error: ConfigurationError) {
        for error in error.all { StandardStream.error.write(line: "Error: \(error)") }
    }

    private static let help: Set = ["-h", "--help", "--version", "--experimental-dump-help"]

    /// The role whose settings a command takes; `nil` for a command that is none.
    static func role(of command: String) -> Role? {
        command == RunCommand.name ? .client : Role(rawValue: command)
    }

    private static func path(in options: [String]) -> String? {
        for (index, option) in options.enumerated() {
            if option.hasPrefix("--config=") { return String(option.dropFirst("--config=".count)) }
            if option == "--config", index + 1 < options.count { return options[index + 1] }
        }
        return nil
    }
}
