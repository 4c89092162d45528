package import Logging
import TeredoLinux

/// Writes log lines such as `12:34:56.789 info client: qualified as …` to standard error.
package struct StandardErrorLogHandler: LogHandler {
    private let label: String
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    package var metadataProvider: Logger.MetadataProvider?

    /// Makes a handler for the logger named `label`.
    package init(label: String, logLevel: Logger.Level) {
        self.label = label
        self.logLevel = logLevel
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var line = "\(LocalTime.now) \(event.level) \(label): \(event.message)"
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(value)" }
        StandardStream.error.write(line: line)
    }
}

extension Logger {
    /// The logger of a role.
    package static func standardError(for role: Role, level: Logger.Level) -> Logger {
        Logger(label: role.rawValue) { StandardErrorLogHandler(label: $0, logLevel: level) }
    }
}
