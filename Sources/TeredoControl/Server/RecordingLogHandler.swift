package import Logging
import Synchronization

/// Passes log messages on, and keeps those that matter to whoever asked for what is going on.
package struct RecordingLogHandler: LogHandler {
    /// What was kept.
    package final class Record: Sendable {
        private let kept = Mutex<[ControlReload.Message]>([])

        /// Nothing was kept yet.
        package init() {}

        /// What was kept, in order.
        package var messages: [ControlReload.Message] { kept.withLock { $0 } }

        func append(_ message: ControlReload.Message) { kept.withLock { $0.append(message) } }
    }

    private var base: any LogHandler
    private let record: Record

    /// Passes on to `base`, and keeps notices and what is more serious in `record`.
    package init(_ base: any LogHandler, into record: Record) {
        self.base = base
        self.record = record
    }

    /// Lets notices through even if nobody wants to see them in the log.
    package var logLevel: Logger.Level {
        get { min(base.logLevel, .notice) }
        set { base.logLevel = newValue }
    }

    package var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    package var metadataProvider: Logger.MetadataProvider? {
        get { base.metadataProvider }
        set { base.metadataProvider = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    package func log(event: LogEvent) {
        if event.level >= .notice {
            record.append(ControlReload.Message(level: event.level, text: "\(event.message)"))
        }
        if event.level >= base.logLevel { base.log(event: event) }
    }
}
