package import TeredoWire

/// Folds messages that are the same: the first one is written at once, the others are counted.
///
/// It remembers one message, however many there are.
package struct LogFolder: Sendable {
    private var last: LogRecord?
    private var count = 0
    /// When something was written last.
    private var written = ProtocolInstant(nanoseconds: 0)

    /// How long a count may wait while the same message goes on.
    package static let patience = Duration.seconds(60)

    /// Nothing was logged yet.
    package init() {}

    /// What to write now that `record` is there.
    package mutating func fold(_ record: LogRecord, now: ProtocolInstant) -> [LogRecord] {
        guard record == last else {
            let pending = take()
            last = record
            written = now
            return pending + [record]
        }
        count += 1
        guard now - written >= Self.patience else { return [] }
        written = now
        return take()
    }

    /// What was counted and not written yet.
    package mutating func take() -> [LogRecord] {
        defer { count = 0 }
        return count > 0 ? [last].compactMap { $0?.repetition(count) } : []
    }
}
