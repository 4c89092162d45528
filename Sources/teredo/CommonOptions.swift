import ArgumentParser
import Logging
import TeredoService

/// The options of every command that runs a role.
struct CommonOptions: ParsableArguments {
    // Its contents are put before the flags of the command line by RoleArguments, before anything is parsed.
    @Option(help: ArgumentHelp("A file with settings ('teredo config'); flags and environment win.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp(.controlSocket))
    var controlSocket: String?

    @Option(help: ArgumentHelp(.logLevel), transform: CommonOptions.level)
    var logLevel = Logger.Level.info

    func logger(for role: Role) -> Logger { .standardError(for: role, level: logLevel) }

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
