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

    private static func address(_ number: Int) -> DropOrigin {
        .address(IPv4Address(10, UInt8(number >> 16 & 0xFF), UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)))
    }

    private static func most(_ sources: DropSources, _ seconds: Int) -> [DroppedSource] {
        DropSources.most(of: [sources], now: instant(seconds))
    }

    @Test("the most frequent come first, with the reason of the last datagram, and at most 16 of them")
    func order() {
        var sources = DropSources()
        for number in 1...20 {
            for _ in 0..<number { sources.note(.malformed, from: Self.address(number), now: Self.instant(0)) }
        }
        sources.note(.rateLimited, from: Self.address(20), now: Self.instant(0))
        let most = Self.most(sources, 1)
        #expect(most.count == DropSources.limit)
        #expect(
            most[0] == DroppedSource(source: Self.address(20), datagrams: 21, sharePercent: 9, reason: .rateLimited)
        )
        #expect(most[1] == DroppedSource(source: Self.address(19), datagrams: 19, sharePercent: 9, reason: .malformed))
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
        let most = Self.most(sources, 1)
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
        #expect(Self.most(sources, 62).map(\.datagrams) == [8])
        #expect(Self.most(sources, 122).map(\.datagrams) == [3], "the first minute is over")
        #expect(Self.most(sources, 182) == [])
        sources.note(.malformed, from: Self.address(2), now: Self.instant(300))
        #expect(Self.most(sources, 300).map(\.source) == [Self.address(2)])
    }

    @Test(
        "a network of native hosts is one source, a source is notable once in a minute, and shares are of all tables together"
    )
    func shares() {
        var tables = [DropSources(), DropSources()]
        let host = DropOrigin(subnetOf: IPv6Address(high: 0x2400_0001_0002_0003, low: 9))
        let neighbor = DropOrigin(subnetOf: IPv6Address(high: 0x2400_0001_0002_0003, low: 10))
        var notable: [Int] = []
        for number in 1...600
        where tables[0].note(.denied, from: number % 2 == 0 ? host : neighbor, now: Self.instant(0)) {
            notable.append(number)
        }
        #expect(notable == [300])
        for _ in 0..<200 { tables[1].note(.malformed, from: Self.address(7), now: Self.instant(0)) }
        let most = DropSources.most(of: tables, now: Self.instant(1))
        #expect(most.map(\.sharePercent) == [75, 25])
        #expect(most.first?.phrase == "2400:1:2:3::/64 (600, 75 %, denied)")
    }
}
