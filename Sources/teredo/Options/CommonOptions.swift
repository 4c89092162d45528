import ArgumentParser
import Logging
package import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoService
import TeredoSettings

/// The options of every command that runs a role.
struct CommonOptions: ParsableArguments {
    // Its contents are put before the flags of the command line by RoleArguments, before anything is parsed.
    @Option(help: ArgumentHelp("A file with settings ('teredo config'); flags and environment win.", valueName: "file"))
    var config: String?

    @Option(.denySource)
    var deniedSources: [SourcePrefix]

    @Option(.controlSocket)
    var controlSocket: String?

    @Option(.controlGroup)
    var controlGroup: String?

    @Option(.user)
    var user: String?

    @Flag(.confinement)
    var isConfined: Bool

    @Option(.logLevel, transform: CommonOptions.level)
    var logLevel: Logger.Level

    @Option(.logFormat)
    var logFormat: LogFormat

    @Flag(.maskAddresses)
    var maskAddresses: Bool

    func validate() throws { try asUsage(denied.validate) }

    /// Who is not served.
    var denied: DenyList { DenyList(deniedSources) }

    /// What the log of the role is to be like.
    var log: LogControl {
        LogControl(LogControl.Choice(level: logLevel, format: logFormat, masksAddresses: maskAddresses))
    }

    /// The settings of the role while it runs, with those of its `log`; `adopt` is given the command that the merged command line
    /// is, and has the role take over what it can.
    ///
    /// That is parsed once for each change: the role does nothing else meanwhile.
    func running(
        _ start: RoleStart,
        log: LogControl,
        adopt: @escaping (any ParsableCommand) throws -> SettingsAdoption
    ) -> RunningSettings {
        RunningSettings(
            start.settings,
            log: log,
            adopt: { fresh in
                let command: any ParsableCommand
                do {
                    command = try Teredo.parseAsRoot(RoleArguments.merged(start.commandLine, fresh))
                } catch {
                    let message = Teredo.message(for: error)
                    throw fresh.blame(message) ?? ConfigurationError(fresh.path ?? fresh.role.rawValue, message)
                }
                return try adopt(command)
            },
            read: { try RoleArguments.settings(for: start.commandLine) ?? start.settings }
        )
    }

    /// Prepares to give up, after set-up, all privileges but `kept`; the role writes the files `written`, has its settings in the files
    /// `read`, and is to be a member of the group `joined`.
    func privilegeReduction(
        keeping kept: Set<Capability>,
        writing written: [String],
        reading read: [String],
        joining joined: String?
    ) throws -> PrivilegeReduction {
        try PrivilegeReduction(
            keeping: kept,
            userName: user,
            groupName: joined,
            written: written,
            settingsFiles: read
        )
    }

    /// What the role is to be confined to once it is set up, when its settings are in the files `read`; `nil` where that is not wanted.
    func confinement(of role: some RoleConfiguration, reading read: [String]) -> RoleConfinement? {
        isConfined ? RoleConfinement(role.needs, writing: role.writtenFiles, reading: read) : nil
    }

    private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else {
            let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(text)' is not a log level; use one of \(known)")
        }
        return level
    }
}

extension LogFormat: ExpressibleByArgument {}

extension ParsableArguments {
    /// Turns a complaint of a configuration into a usage error.
    func asUsage(_ check: () throws(ConfigurationError) -> Void) throws {
        do {
            try check()
        } catch {
            throw ValidationError(error.description)
        }
    }
}
