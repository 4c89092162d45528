package import Logging

/// Something to be logged, before anybody decides how it is written.
package struct LogRecord: Hashable, Sendable {
    /// How serious it is.
    package var level: Logger.Level
    /// The role.
    package var label: String
    /// A sentence.
    package var message: String
    /// What programs find beside it, by name.
    package var fields: [Field] = []

    /// A name with a value.
    package struct Field: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Something without fields.
    package init(_ level: Logger.Level, _ label: String, _ message: String) {
        self.level = level
        self.label = label
        self.message = message
    }

    /// The sentence with the fields behind it, for people.
    var text: String { fields.reduce(message) { "\($0) \($1.name)=\($1.value)" } }

    /// What stands for `count` more of the same.
    func repetition(_ count: Int) -> LogRecord {
        var record = LogRecord(level, label, "last message repeated \(count) \(count == 1 ? "time" : "times")")
        record.fields = [Field(Self.repeated, "\(count)")]
        return record
    }

    /// The field of a record that stands for others.
    static let repeated = "repeated"
}
