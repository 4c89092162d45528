package import Logging

/// Hands log messages to the writer of this process.
package struct RoleLogHandler: LogHandler {
    private let label: String
    private let control: LogControl
    private let writer: LogWriter
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    /// Makes a handler for the logger named `label`.
    package init(label: String, control: LogControl, writer: LogWriter) {
        self.label = label
        self.control = control
        self.writer = writer
    }

    package var logLevel: Logger.Level {
        get { control.level }
        set { control.level = newValue }
    }

    /// What is logged and how, now.
    package var choice: LogControl.Choice { control.choice }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var record = LogRecord(event.level, label, "\(event.message)")
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        record.fields = all.sorted { $0.key < $1.key }.map { LogRecord.Field($0.key, "\($0.value)") }
        writer.write(record)
    }
}

extension Logger {
    /// A logger whose lines begin with `label`, the name of a role.
    package static func ofRole(_ label: String, control: LogControl, writer: LogWriter) -> Logger {
        Logger(label: label) { RoleLogHandler(label: $0, control: control, writer: writer) }
    }
}
