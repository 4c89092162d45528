import TeredoWire
import Testing

@Suite("Traffic classes")
struct TrafficClassTests {
    private typealias Mark = TrafficClass.CongestionMark

    /// RFC 6040 section 4.2, figure 4: for each mark inside what comes of the marks outside, in the order of the figure.
    private static let table: [(inner: Mark, results: [(outer: Mark, result: Mark?)])] = [
        (
            .notCapable,
            [(.notCapable, .notCapable), (.capableZero, .notCapable), (.capableOne, .notCapable), (.experienced, nil)]
        ),
        (
            .capableZero,
            [
                (.notCapable, .capableZero), (.capableZero, .capableZero), (.capableOne, .capableOne),
                (.experienced, .experienced),
            ]
        ),
        (
            .capableOne,
            [
                (.notCapable, .capableOne), (.capableZero, .capableOne), (.capableOne, .capableOne),
                (.experienced, .experienced),
            ]
        ),
        (
            .experienced,
            [
                (.notCapable, .experienced), (.capableZero, .experienced), (.capableOne, .experienced),
                (.experienced, .experienced),
            ]
        ),
    ]

    @Test("RFC 6040 section 4.2: all 16 combinations of the marks inside and outside")
    func marks() {
        var combinations = 0
        for (inner, results) in Self.table {
            for (outer, result) in results {
                combinations += 1
                let combined = TrafficClass(rawValue: inner.rawValue).decapsulated(
                    from: TrafficClass(rawValue: outer.rawValue)
                )
                #expect(combined?.congestionMark == result, "\(inner) in \(outer)")
                if let combined { #expect(combined.codePoint == 0) }
            }
        }
        #expect(combinations == 16)
    }

    @Test("RFC 2983: the DSCP is what the network left of it, and the marks do not change that")
    func codePoints() {
        for inner in UInt8.min ... .max {
            for outer in UInt8.min ... .max {
                let combined = TrafficClass(rawValue: inner).decapsulated(from: TrafficClass(rawValue: outer))
                if let combined { #expect(combined.codePoint == outer >> 2) }
                // What was combined once is not changed by being combined again.
                if let combined { #expect(combined.decapsulated(from: TrafficClass(rawValue: outer)) == combined) }
            }
        }
    }

    @Test("the class stands in the first two octets of IPv6, and in nothing else")
    func position() {
        #expect(TrafficClass(ofPacketBeginningWith: 0x6B, 0x8F).rawValue == 0xB8)
        #expect(TrafficClass(ofPacketBeginningWith: 0x60, 0x0F) == .none)
        #expect(TrafficClass(ofPacketBeginningWith: 0x00, 0x01) == .none)
        #expect(TrafficClass(ofPacketBeginningWith: 0x4B, 0x80) == .none)
        #expect(TrafficClass(rawValue: 0xB9).codePoint == 46)
        #expect(TrafficClass(rawValue: 0xB9).congestionMark == .capableOne)
    }
}
