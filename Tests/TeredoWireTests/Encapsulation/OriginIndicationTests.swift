import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct OriginIndicationTests {
    @Test(
        "Worked examples (RFC 4380 section 5.1.1)",
        arguments: [
            ("1.2.3.4:337", "00 00 fe ae fe fd fc fb"), ("131.107.0.1:8192", "00 00 df ff 7c 94 ff fe"),
            ("157.60.0.1:4096", "00 00 ef ff 62 c3 ff fe"),
        ]
    )
    func workedExample(text: String, wire: String) throws {
        let origin = OriginIndication(endpoint(text))
        #expect(encoded(origin.encode) == hex(wire))
        let bytes = hex(wire) + [0x60]
        #expect(try OriginIndication(parsing: bytes) == origin)
    }

    @Test("Every truncation fails", arguments: 0..<8)
    func truncated(count: Int) {
        let bytes = Array(Samples.originB[..<count])
        #expect(throws: WireError.truncated(needed: 8, available: count)) { try OriginIndication(parsing: bytes) }
    }

    @Test("Another indicator fails", arguments: ["01 00", "00 01", "60 00", "00 02"])
    func wrongIndicator(start: String) {
        let bytes = hex(start) + Samples.originB[2...]
        #expect(throws: WireError.wrongIndicator) { try OriginIndication(parsing: bytes) }
    }
}
