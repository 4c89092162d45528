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

    @Test("that the kind of NAT became known is a change and no other state; another address is")
    func classification() {
        var history = StateHistory(beginning: Self.instant(1))
        let (old, new) = (UDPEndpoint(IPv4Address(192, 0, 2, 7), 1), UDPEndpoint(IPv4Address(192, 0, 2, 7), 2))
        let server = IPv4Address(192, 0, 2, 1)
        history.record(.qualified(.unknown), .answered(by: server, mappedEndpoint: old), now: Self.instant(2))
        #expect(history.since == Self.instant(2))
        history.record(.qualified(.symmetric), .symmetricNATDetected(old, new), now: Self.instant(9))
        #expect(history.since == Self.instant(2))
        #expect(history.entries.count == 2)
        history.record(.qualified(.symmetric), .mappingChanged(from: old, to: new), now: Self.instant(10))
        #expect(history.since == Self.instant(10))
    }
}
