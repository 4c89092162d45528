import TeredoControl
import TeredoProtocol
import TeredoWire
import Testing

@testable import TeredoService

@Suite("History of a client's state")
struct StateHistoryTests {
    private static func instant(_ seconds: Int64) -> ProtocolInstant {
        ProtocolInstant(nanoseconds: seconds * 1_000_000_000)
    }

    @Test("the state is as old as its last change, or as the client, and the oldest changes are forgotten")
    func history() {
        var history = StateHistory(beginning: Self.instant(1))
        #expect(history.since == Self.instant(1))
        #expect(history.reason == nil)
        for second in 2..<(2 + Int64(StateChange.limit)) {
            history.record(.initial, .started, now: Self.instant(second))
        }
        history.record(.starting(.resolving), .serverUnresolved, now: Self.instant(100))
        #expect(history.since == Self.instant(100))
        #expect(history.reason == .serverUnresolved)
        #expect(history.entries.count == StateChange.limit)
        #expect(history.entries.last?.instant == Self.instant(3))
    }
}
