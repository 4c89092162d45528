import TeredoControl
import TeredoProtocol
import TeredoWire
import Testing

@testable import TeredoService

/// Who is told to send what is dropped.
@Suite struct DropSourcesTests {
    private static func instant(_ seconds: Int) -> ProtocolInstant {
        ProtocolInstant(nanoseconds: 0) + .seconds(1000 + seconds)
    }

    private static func address(_ number: Int) -> IPv4Address {
        IPv4Address(10, UInt8(number >> 16 & 0xFF), UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF))
    }

    @Test("the most frequent come first, with the reason of the last datagram, and at most 16 of them")
    func order() {
        var sources = DropSources()
        for number in 1...20 {
            for _ in 0..<number { sources.note(.malformed, from: Self.address(number), now: Self.instant(0)) }
        }
        sources.note(.rateLimited, from: Self.address(20), now: Self.instant(0))
        let most = sources.most(now: Self.instant(1))
        #expect(most.count == DropSources.limit)
        #expect(most[0] == DroppedSource(source: Self.address(20), datagrams: 21, reason: .rateLimited))
        #expect(most[1] == DroppedSource(source: Self.address(19), datagrams: 19, reason: .malformed))
    }

    @Test("a flood from ever new addresses neither grows the table nor hides who sends much, and puts nobody to blame")
    func flood() throws {
        var sources = DropSources()
        for number in 0..<50_000 {
            sources.note(.malformed, from: Self.address(number), now: Self.instant(0))
            if number.isMultiple(of: 20) {
                sources.note(.rateLimited, from: Self.address(1 << 20), now: Self.instant(0))
            }
        }
        let most = sources.most(now: Self.instant(1))
        #expect(most.count <= DropSources.limit)
        let first = try #require(most.first)
        #expect(first.source == Self.address(1 << 20))
        // What is told is certain: never more than there were, and not much less.
        #expect((1500...2500).contains(first.datagrams), "\(first)")
        #expect(most.dropFirst().allSatisfy { $0.datagrams == 1 }, "\(most)")
    }

    @Test("what is told is of the last minute or two")
    func time() {
        var sources = DropSources()
        for _ in 0..<5 { sources.note(.malformed, from: Self.address(1), now: Self.instant(0)) }
        for _ in 0..<3 { sources.note(.malformed, from: Self.address(1), now: Self.instant(61)) }
        #expect(sources.most(now: Self.instant(62)).map(\.datagrams) == [8])
        #expect(sources.most(now: Self.instant(122)).map(\.datagrams) == [3], "the first minute is over")
        #expect(sources.most(now: Self.instant(182)) == [])
        sources.note(.malformed, from: Self.address(2), now: Self.instant(300))
        #expect(sources.most(now: Self.instant(300)).map(\.source) == [Self.address(2)])
    }
}
