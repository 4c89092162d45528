import Foundation
import Logging
import Testing

@testable import TeredoHost
@testable import TeredoLinux

@Suite("Log lines")
struct LogEncoderTests {
    private static let time = LocalTime(
        year: 2026,
        month: 1,
        day: 9,
        hour: 7,
        minute: 5,
        second: 3,
        millisecond: 42,
        offset: -210
    )
    private static var record: LogRecord {
        var record = LogRecord(.warning, "client", "said \"hello\"\nto 192.0.2.1")
        record.fields = [LogRecord.Field("octets", "84"), LogRecord.Field("reason", "a=b")]
        return record
    }

    private static func line(_ format: LogFormat, _ place: LogEncoder.Place, _ record: LogRecord = record) -> String {
        LogEncoder.line(record, format, place: place, at: time)
    }

    @Test("people get the time of day, files the date with its zone, the journal a priority instead of both")
    func text() {
        let rest = "client: said \"hello\" to 192.0.2.1 octets=84 reason=a=b"
        #expect(Self.line(.text, .terminal) == "07:05:03.042 warning \(rest)")
        #expect(Self.line(.text, .file) == "2026-01-09T07:05:03.042-03:30 warning \(rest)")
        #expect(Self.line(.text, .journal) == "<4>\(rest)")
    }

    @Test("logfmt quotes what could be misread, and every line has the date")
    func logfmt() {
        let line =
            #"time=2026-01-09T07:05:03.042-03:30 level=warning role=client "#
            + #"message="said \"hello\"\nto 192.0.2.1" octets=84 reason="a=b""#
        #expect(Self.line(.logfmt, .terminal) == line)
        #expect(Self.line(.logfmt, .file) == line)
        #expect(Self.line(.logfmt, .journal) == "<4>" + line)
        #expect(Self.line(.logfmt, .file, LogRecord(.info, "client", "")).hasSuffix(#" message="""#))
    }

    @Test("JSON is one object a line, whatever is in the text; numbers are numbers")
    func json() throws {
        let control = String(String.UnicodeScalarView((0..<0x80).compactMap { Unicode.Scalar($0) })) + "\u{2028}é😀"
        var record = LogRecord(.error, "server", control)
        record.fields = Self.record.fields
        let line = Self.line(.json, .file, record)
        #expect(!line.contains("\n"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["message"] as? String == control)
        #expect(object["time"] as? String == "2026-01-09T07:05:03.042-03:30" && object["role"] as? String == "server")
        #expect(
            object["octets"] as? Int == 84 && object["reason"] as? String == "a=b"
                && object["level"] as? String == "error"
        )
    }

    @Test("each level has the priority of syslog that journalctl --priority takes", arguments: Logger.Level.allCases)
    func priorities(level: Logger.Level) {
        let expected: [Logger.Level: Int] = [
            .trace: 7, .debug: 7, .info: 6, .notice: 5, .warning: 4, .error: 3, .critical: 2,
        ]
        #expect(level.priority == expected[level])
    }

    @Test("the journal gets fields that it takes")
    func fields() {
        var record = Self.record
        record.fields.append(LogRecord.Field("peer-address", "x"))
        let fields = record.journalFields
        #expect(
            fields.map(\.name) == [
                "MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "TEREDO_ROLE", "TEREDO_OCTETS", "TEREDO_REASON",
                "TEREDO_PEER_ADDRESS",
            ]
        )
        #expect(fields[1].value == "4" && fields[2].value == "teredo" && fields[3].value == "client")
    }
}
