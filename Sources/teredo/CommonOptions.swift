import ArgumentParser
import Logging
import TeredoService

/// The options of every command that runs a role.
struct CommonOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The control socket for 'teredo status' (default: /run/teredo/ROLE.sock).",
            valueName: "path"
        )
    )
    var controlSocket: String?

    @Option(
        help: ArgumentHelp(
            "The least level that is logged: trace, debug, info, notice, warning, error or critical.",
            valueName: "level"
        ),
        transform: CommonOptions.level
    )
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
