import Synchronization
package import TeredoLinux

/// Writes the log of this process, from all its threads: to the terminal, to a file or pipe, or to the system journal.
package final class LogWriter: Sendable {
    private let control: LogControl
    private let place: LogEncoder.Place
    private let journal: JournalSocket?
    private let output: @Sendable (String) -> Void
    private let mask = LogMask()
    private let folder = Mutex(LogFolder())

    /// Writes to standard error, or to the journal that it leads to.
    package convenience init(_ control: LogControl) {
        let stream = StandardStream.error
        let isJournal = stream.isJournal(ChildProcess.environmentVariable("JOURNAL_STREAM"))
        self.init(
            control,
            place: isJournal ? .journal : stream.isTerminal ? .terminal : .file,
            journal: isJournal ? JournalSocket() : nil,
            output: stream.write(line:)
        )
    }

    /// Writes with `output`, or to `journal` what is not wanted in another format.
    package init(
        _ control: LogControl,
        place: LogEncoder.Place,
        journal: JournalSocket?,
        output: @escaping @Sendable (String) -> Void
    ) {
        self.control = control
        self.place = place
        self.journal = journal
        self.output = output
    }

    /// Writes a record, unless it is the same as the last one, which is counted.
    func write(_ record: LogRecord) {
        let choice = control.choice
        var record = record
        if choice.masksAddresses {
            record.message = mask.masked(record.message)
            record.fields = record.fields.map { LogRecord.Field($0.name, mask.masked($0.value)) }
        }
        let written = record
        folder.withLock { folder in
            for record in folder.fold(written, now: MonotonicClock.now) { put(record, choice.format) }
        }
    }

    /// Writes what was counted and not told yet.
    package func flush() {
        let format = control.choice.format
        folder.withLock { folder in for record in folder.take() { put(record, format) } }
    }

    private func put(_ record: LogRecord, _ format: LogFormat) {
        if format == .text, let journal, journal.send(record.journalFields) { return }
        output(LogEncoder.line(record, format, place: place, at: .now))
    }
}
