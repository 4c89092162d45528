package import Logging
import TeredoLinux

/// Writes log lines such as `12:34:56.789 info client: qualified as …` to standard error.
package struct StandardErrorLogHandler: LogHandler {
    private let label: String
    package var metadata: Logger.Metadata = [:]
    private let threshold: LogThreshold
    package var metadataProvider: Logger.MetadataProvider?

    /// Makes a handler for the logger named `label`.
    package init(label: String, threshold: LogThreshold) {
        self.label = label
        self.threshold = threshold
    }

    package var logLevel: Logger.Level {
        get { threshold.level }
        set { threshold.level = newValue }
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
    /// A logger that writes to standard error, its lines beginning with `label`: the name of a role.
    package static func standardError(label: String, threshold: LogThreshold) -> Logger {
        Logger(label: label) { StandardErrorLogHandler(label: $0, threshold: threshold) }
    }
}
