import Logging
import TeredoHost
import TeredoWire
import Testing

@testable import TeredoService

/// The list of parts that a driver is.
@Suite("Part list")
struct PartListTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func instant(_ seconds: Int64) -> ProtocolInstant {
        ProtocolInstant(nanoseconds: seconds * 1_000_000_000)
    }

    @Test("the deadline of a list is that of the part that is due first, and none when no part waits")
    func deadline() throws {
        let parts = [try BellPart(), try BellPart(), try BellPart()]
        let list: [any DriverPart] = parts
        #expect(list.nextTimeout == nil)
        parts[2].nextTimeout = Self.instant(7)
        #expect(list.nextTimeout == Self.instant(7))
        parts[0].nextTimeout = Self.instant(9)
        parts[1].nextTimeout = Self.instant(3)
        #expect(list.nextTimeout == Self.instant(3))
    }

    @Test("parts that are due do so in order, the others do not, and then all finish the turn")
    func turn() throws {
        var calls: [String] = []
        let parts = try ["a", "b", "c"].map { name in try BellPart(name) { calls.append($0) } }
        let list: [any DriverPart] = parts
        parts[0].nextTimeout = Self.instant(5)
        parts[1].nextTimeout = Self.instant(6)
        parts[2].nextTimeout = Self.instant(4)
        try list.finishTurn(now: Self.instant(5), logger: logger)
        #expect(calls == ["a timeout", "c timeout", "a finish", "b finish", "c finish"])
        #expect(list.nextTimeout == Self.instant(6))
    }

    @Test("a part that cannot go on ends the turn for those behind it")
    func failure() throws {
        let parts = [try BellPart(), try BellPart()]
        let list: [any DriverPart] = parts
        for part in parts { part.nextTimeout = Self.instant(1) }
        parts[0].failure = ServiceError("gone", remedy: "none")
        #expect(throws: ServiceError.self) { try list.finishTurn(now: Self.instant(1), logger: logger) }
        #expect(parts[1].calls.isEmpty)
    }
}
