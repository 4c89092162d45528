import Logging
import Synchronization

/// The answer to `reload`: what the role said while it read its settings again.
package struct ControlReload: Hashable, Sendable, Codable {
    /// Something that the role said.
    package struct Message: Hashable, Sendable, Codable {
        /// How serious it is: `notice`, `warning`, `error`.
        package var level: String
        /// A sentence.
        package var text: String
    }

    /// What was said, in order.
    package var messages: [Message]

    /// Whether the settings stay as they were because something is wrong with the new ones.
    package var hasFailed: Bool { messages.contains { $0.level == Logger.Level.error.rawValue } }

    /// The messages as lines.
    package var text: String { messages.map { "\($0.level): \($0.text)" }.joined(separator: "\n") }
}

/// Passes log messages on, and keeps those that matter to whoever asked for what is going on.
struct RecordingLogHandler: LogHandler {
    /// What was kept.
    final class Record: Sendable {
        private let kept = Mutex<[ControlReload.Message]>([])

        var messages: [ControlReload.Message] { kept.withLock { $0 } }

        func append(_ message: ControlReload.Message) { kept.withLock { $0.append(message) } }
    }

    private var base: any LogHandler
    private let record: Record

    init(_ base: any LogHandler, into record: Record) {
        self.base = base
        self.record = record
    }

    /// Lets notices through even if nobody wants to see them in the log.
    var logLevel: Logger.Level {
        get { min(base.logLevel, .notice) }
        set { base.logLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { base.metadataProvider }
        set { base.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        if event.level >= .notice {
            record.append(ControlReload.Message(level: event.level.rawValue, text: "\(event.message)"))
        }
        if event.level >= base.logLevel { base.log(event: event) }
    }
}
