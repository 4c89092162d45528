import Foundation
import Logging
import Synchronization
import TeredoLinux
import Testing

@testable import TeredoHost

@Suite("Writing the log")
struct LogWriterTests {
    private final class Lines: Sendable {
        private let kept = Mutex<[String]>([])
        var all: [String] { kept.withLock { $0 } }
        func add(_ line: String) { kept.withLock { $0.append(line) } }
    }

    private static func logger(
        _ control: LogControl,
        _ lines: Lines,
        journal: JournalSocket? = nil
    ) -> (Logger, LogWriter) {
        let place: LogEncoder.Place = journal == nil ? .terminal : .journal
        let writer = LogWriter(control, place: place, journal: journal, output: lines.add)
        return (Logger.ofRole("client", control: control, writer: writer), writer)
    }

    /// A line without its time.
    private static func rest(_ line: String) -> String { line.split(separator: " ").dropFirst().joined(separator: " ") }

    @Test("level, format and masks change while the role runs, and what was folded is told in the end")
    func changes() {
        let (control, lines) = (LogControl(.info), Lines())
        let (logger, writer) = Self.logger(control, lines)
        logger.debug("hidden")
        logger.info("one", metadata: ["b": "2", "a": "1"])
        control.choice = LogControl.Choice(level: .debug, format: .logfmt, masksAddresses: true)
        for _ in 0..<3 { logger.debug("from 198.51.100.7", metadata: ["source": "198.51.100.7:1"]) }
        #expect(lines.all.count == 2)
        #expect(Self.rest(lines.all[0]) == "info client: one a=1 b=2")
        #expect(lines.all[1].contains("level=debug role=client message=\"from [ipv4-") && !lines.all[1].contains("198"))
        writer.flush()
        #expect(lines.all.last?.hasSuffix(#"message="last message repeated 2 times" repeated=2"#) == true)
        writer.flush()
        #expect(lines.all.count == 3)
    }

    @Test("what differs only in an address is not folded when addresses are masked")
    func masked() {
        let lines = Lines()
        let control = LogControl(LogControl.Choice(level: .info, masksAddresses: true))
        let (logger, _) = Self.logger(control, lines)
        for address in ["192.0.2.1", "192.0.2.2", "192.0.2.1"] { logger.info("from \(address)") }
        #expect(lines.all.count == 3)
        #expect(
            Self.rest(lines.all[0]) == Self.rest(lines.all[2]) && Self.rest(lines.all[0]) != Self.rest(lines.all[1])
        )
    }

    @Test(
        "the journal gets text with its fields, other formats go to the stream with a priority, and so does all without a journal"
    )
    func journal() throws {
        let path = FileManager.default.temporaryDirectory.path + "/journal-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let listener = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(listener) }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let bound = unsafe withUnsafePointer(to: &name) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        func received() -> [UInt8] {
            var octets = [UInt8](repeating: 0, count: 4096)
            let count = unsafe recv(listener, &octets, octets.count, Int32(MSG_DONTWAIT))
            return Array(octets.prefix(max(0, count)))
        }
        let (control, lines) = (LogControl(.info), Lines())
        let journal: JournalSocket = try #require(JournalSocket(path: path))
        let (logger, _) = Self.logger(control, lines, journal: journal)
        logger.notice("one\ntwo", metadata: ["source": "192.0.2.1:1"])
        #expect(lines.all.isEmpty)
        var expected: [UInt8] = []
        for (field, value) in [
            ("MESSAGE", "one\ntwo source=192.0.2.1:1"), ("PRIORITY", "5"), ("SYSLOG_IDENTIFIER", "teredo"),
            ("TEREDO_ROLE", "client"), ("TEREDO_SOURCE", "192.0.2.1:1"),
        ] {
            expected +=
                Array("\(field)\n".utf8) + [UInt8(value.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array("\(value)\n".utf8)
        }
        #expect(received() == expected)
        control.choice.format = .json
        logger.notice("three")
        #expect(received().isEmpty && lines.all.count == 1 && lines.all[0].hasPrefix(#"<5>{"time":""#))
        control.choice.format = .text
        try FileManager.default.removeItem(atPath: path)
        logger.warning("four")
        #expect(lines.all.last == "<4>client: four")
    }
}
