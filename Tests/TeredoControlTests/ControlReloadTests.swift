import Logging
import Testing

@testable import TeredoControl
@testable import TeredoHost

@Suite("Reload by control socket")
struct ControlReloadTests {
    @Test("keeps what is said from notices on, whatever the log shows, and does not change what the log shows")
    func recording() {
        let record = RecordingLogHandler.Record()
        let control = LogControl(.warning)
        let writer = LogWriter(control, place: .file, journal: nil) { _ in }
        var logger = Logger.ofRole("test", control: control, writer: writer)
        logger.handler = RecordingLogHandler(logger.handler, into: record)
        logger.info("one")
        logger.notice("two")
        #expect(record.messages == [ControlReload.Message(level: .notice, text: "two")])
        #expect(control.level == .warning)
        #expect(!ControlReload(messages: record.messages).hasFailed)
    }

    @Test("an error is a failure, and each message a line")
    func text() {
        let messages = [(Logger.Level.notice, "a"), (.error, "b")].map {
            ControlReload.Message(level: $0.0, text: $0.1)
        }
        let reload = ControlReload(messages: messages)
        #expect(reload.hasFailed && reload.text == "notice: a\nerror: b")
    }
}
