import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct IPv6ExtensionHeadersTests {
    /// A packet from B to A with `payload` behind the header.
    static func packet(_ nextHeader: UInt8, _ payload: String) -> [UInt8] {
        let payload = hex(payload)
        return encoded { output in
            IPv6Header(
                payloadLength: payload.count,
                nextHeader: nextHeader,
                hopLimit: 64,
                source: Samples.addressB,
                destination: Samples.addressA
            ).encode(into: &output)
            output.append(copying: payload.span)
        }
    }

    static let refused: [(UInt8, String)] = [
        (43, "3b 00 00 00 00000000"), (43, "3b 02 00 01 00000000 20010db8000000000000000000000001"),
        (43, "3b 00 02 01 00000000"), (43, "06 00 04 01 00000000"), (43, "3b 00 ff ff 00000000"),
        (0, "2b 00 01 04 00000000 3b 00 00 00 00000000"), (60, "2b 00 01 04 00000000 3b 00 03 01 00000000"),
        (0, "3c 00 01 04 00000000 2b 01 01 04 00000000 0000000000000000 3b 00 00 01 00000000"),
        (51, "2b 04 0000 00000001 00000001 000000000000000000000000 3b 00 00 00 00000000"),
        (43, "2b 00 02 00 00000000 3b 00 02 01 00000000"),
    ]

    static let accepted: [(UInt8, String)] = [
        (59, ""), (6, "2b00000000000000"), (58, "8000e40412340001"), (43, "3b 00 02 00 00000000"),
        (43, "3b 00 04 00 00000000"), (0, "3b 00 01 04 00000000"), (60, "11 00 01 04 00000000 2b00000000000000"),
        (44, "2b 00 0000 00000001 3b 00 00 01 00000000"), (43, "3b 00 00"), (43, ""), (0, "2b ff 01 04 00000000"),
        (51, "3b 04 0000 00000001 00000001 000000000000000000000000"),
    ]

    @Test(
        "SEC-20: type 0 routing headers and any with segments left are found, wherever they stand",
        arguments: refused
    )
    func sourceRouting(nextHeader: UInt8, payload: String) {
        #expect(IPv6ExtensionHeaders.requiresSourceRouting(Self.packet(nextHeader, payload)))
    }

    @Test("SEC-20 SEC-62: other packets pass, fragments and cut headers included", arguments: accepted)
    func otherPackets(nextHeader: UInt8, payload: String) {
        #expect(!IPv6ExtensionHeaders.requiresSourceRouting(Self.packet(nextHeader, payload)))
    }

    static let errors: [(UInt8, String)] = [
        (58, "01"), (58, "7f000000"), (58, "89000000"), (58, ""), (0, "3a 00 01 04 00000000 0100 0000 00000000"),
        (60, "3a 00 01 04 00000000 8900 0000"), (43, "3a 00 02 00 00000000 02"), (44, "3a 00 0001 00000001 0300 0000"),
        (0, "2c 00 01 04 00000000 3a 00 0000 00000001 04"),
        (51, "3a 04 0000 00000001 00000001 000000000000000000000000 01"),
        // Cut before it can be told, and the later fragments of ICMPv6 messages and of what may hold one.
        (60, "3a 00 01 04 00000000"), (60, "3a 00 01"), (60, ""), (0, "3a ff 01 04 00000000"),
        (44, "3a 00 0008 00000001 80"),
        (44, "3c 00 0009 00000001 1100010400000000"),
    ]

    static let others: [(UInt8, String)] = [
        (58, "80000000"), (58, "88000000"), (58, "8a"), (6, ""), (59, ""), (17, "0100000000000000"),
        (0, "3a 00 01 04 00000000 8000 0000 00000000"), (60, "06 00 01 04 00000000 01"), (60, "11 00 01 04 00000000"),
        (44, "3a 00 0001 00000001 8100 0000"), (44, "06 00 0008 00000001 01"), (50, "0100000000000000"),
    ]

    @Test(
        "SEC-47: ICMPv6 errors and redirects are found behind other headers, and what may be one is taken for one",
        arguments: errors
    )
    func errorMessages(nextHeader: UInt8, payload: String) {
        #expect(!ICMPv6Error.mayBeSent(about: Self.packet(nextHeader, payload)))
    }

    @Test("SEC-47: everything else is no ICMPv6 error, later fragments of TCP included", arguments: others)
    func otherMessages(nextHeader: UInt8, payload: String) {
        #expect(ICMPv6Error.mayBeSent(about: Self.packet(nextHeader, payload)))
    }
}
