import Logging
package import TeredoLinux

/// Log records as lines.
package enum LogEncoder {
    /// Where a line goes, which decides what has to be in it.
    package enum Place: Hashable, Sendable {
        /// People look on, now.
        case terminal
        /// Somebody reads it another day, in another zone.
        case file
        /// The journal keeps the time, and takes the level from the beginning of the line.
        case journal
    }

    /// The line of `record`.
    package static func line(
        _ record: LogRecord,
        _ format: LogFormat,
        place: Place,
        at time: @autoclosure () -> LocalTime
    ) -> String {
        let priority = place == .journal ? "<\(record.level.priority)>" : ""
        switch format {
        case .text:
            let moment =
                switch place {
                case .terminal: "\(time()) \(record.level) "
                case .file: "\(time().dated) \(record.level) "
                case .journal: ""
                }
            return withoutLineEnds("\(priority)\(moment)\(record.label): \(record.text)")
        case .logfmt:
            return priority + words(record, time()).map { "\($0.name)=\(logfmt($0.value))" }.joined(separator: " ")
        case .json:
            return priority + "{" + words(record, time()).map { "\(json($0.name)):\(value($0))" }.joined(separator: ",")
                + "}"
        }
    }

    private static func words(_ record: LogRecord, _ time: LocalTime) -> [LogRecord.Field] {
        [
            LogRecord.Field("time", time.dated), LogRecord.Field("level", "\(record.level)"),
            LogRecord.Field("role", record.label), LogRecord.Field("message", record.message),
        ] + record.fields
    }

    /// A record of several lines must not look like several records.
    private static func withoutLineEnds(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
    }

    /// The value as it is where nothing in it could be misread, else in quotes.
    private static func logfmt(_ value: String) -> String {
        let isPlain =
            !value.isEmpty
            && value.unicodeScalars.allSatisfy { $0.value > 0x20 && !"=\"\\\u{7F}".unicodeScalars.contains($0) }
        return isPlain ? value : json(value)
    }

    /// A count is a number; all else is text.
    private static func value(_ field: LogRecord.Field) -> String {
        LogRecord.numbers.contains(field.name) && Int(field.value) != nil ? field.value : json(field.value)
    }

    /// Text in quotes, by RFC 8259.
    private static func json(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension LogRecord {
    /// The names of fields that hold a number.
    fileprivate static let numbers: Set = [repeated, "octets", "untold"]

    /// The fields of a message in the journal.
    var journalFields: [(name: String, value: String)] {
        [
            ("MESSAGE", text), ("PRIORITY", "\(level.priority)"), ("SYSLOG_IDENTIFIER", "teredo"),
            ("TEREDO_ROLE", label),
        ] + fields.map { (Self.journalName($0.name), $0.value) }
    }

    /// The journal takes capitals, digits and underscores.
    private static func journalName(_ name: String) -> String {
        "TEREDO_" + String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}

extension Logger.Level {
    /// The number of syslog, which the journal uses too.
    var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
