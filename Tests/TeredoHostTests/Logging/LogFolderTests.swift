import Logging
import TeredoWire
import Testing

@testable import TeredoHost

@Suite("Repeated log messages")
struct LogFolderTests {
    private static func record(_ message: String) -> LogRecord { LogRecord(.info, "client", message) }
    private static func at(_ seconds: Int) -> ProtocolInstant {
        ProtocolInstant(nanoseconds: 0) + .seconds(1_000_000 + seconds)
    }

    @Test("the first of several that are the same is told at once, the others as a number with the next one")
    func folds() {
        var folder = LogFolder()
        var said: [String] = []
        for (second, message) in ["a", "a", "a", "b", "b", "a"].enumerated() {
            said += folder.fold(Self.record(message), now: Self.at(second)).map(\.message)
        }
        #expect(said == ["a", "last message repeated 2 times", "b", "last message repeated 1 time", "a"])
        #expect(folder.take().isEmpty)
    }

    @Test("another level, role or field makes another message")
    func differs() {
        var folder = LogFolder()
        var fields = Self.record("a")
        fields.fields = [LogRecord.Field("source", "192.0.2.1:1")]
        for record in [Self.record("a"), fields, LogRecord(.notice, "client", "a"), LogRecord(.notice, "relay", "a")] {
            #expect(folder.fold(record, now: Self.at(0)) == [record])
        }
    }

    @Test("one that goes on for ever is told of once a minute, and at the end")
    func goesOn() {
        var folder = LogFolder()
        var counts: [Int] = []
        for second in 0...150 {
            for record in folder.fold(Self.record("a"), now: Self.at(second)) {
                counts.append(record.fields.first.flatMap { Int($0.value) } ?? 0)
            }
        }
        #expect(counts == [0, 60, 60])
        #expect(folder.take().map(\.message) == ["last message repeated 30 times"])
        #expect(folder.take().isEmpty)
    }
}
