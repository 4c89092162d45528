import ArgumentParser
import Logging
import TeredoHost
import TeredoLinux
import TeredoService
import TeredoSettings

/// The options of every command that runs a role.
struct CommonOptions: ParsableArguments {
    // Its contents are put before the flags of the command line by RoleArguments, before anything is parsed.
    @Option(help: ArgumentHelp("A file with settings ('teredo config'); flags and environment win.", valueName: "file"))
    var config: String?

    @Option(.controlSocket)
    var controlSocket: String?

    @Option(.controlGroup)
    var controlGroup: String?

    @Option(.user)
    var user: String?

    @Option(.logLevel, transform: CommonOptions.level)
    var logLevel: Logger.Level

    /// Logger of the role, and its settings while it runs; `adopt` is given the merged command line and has the role take over
    /// what it can.
    func logging(
        _ start: RoleStart,
        adopt: @escaping ([String]) throws -> SettingsAdoption
    ) -> (logger: Logger, settings: RunningSettings) {
        let threshold = LogThreshold(logLevel)
        let logger = Logger.standardError(label: start.settings.role.rawValue, threshold: threshold)
        let settings = RunningSettings(
            start.settings,
            threshold: threshold,
            adopt: { try adopt(RoleArguments.merged(start.commandLine, $0)) },
            verify: { fresh in
                do {
                    _ = try Teredo.parseAsRoot(RoleArguments.merged(start.commandLine, fresh))
                } catch {
                    let message = Teredo.message(for: error)
                    throw fresh.blame(message) ?? ConfigurationError(fresh.path ?? fresh.role.rawValue, message)
                }
            },
            read: { try RoleArguments.settings(for: start.commandLine) ?? start.settings }
        )
        return (logger, settings)
    }

    /// Prepares to give up, after set-up, all privileges but `kept`; the role writes the files `written`, and is to be a member
    /// of the group `joined`.
    func privilegeReduction(
        keeping kept: Set<Capability>,
        writing written: [String],
        joining joined: String?
    ) throws -> PrivilegeReduction {
        try PrivilegeReduction(
            keeping: kept,
            userName: user,
            groupName: joined,
            written: written,
            settingsFile: config
        )
    }

    private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else {
            let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(text)' is not a log level; use one of \(known)")
        }
        return level
    }
}

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
