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
        // Behind an atomic and a first fragment, and behind headers that hosts seldom know.
        (44, "2b 00 0000 00000001 3b 00 00 01 00000000"), (44, "2b 00 0001 00000001 3b 00 04 01 00000000"),
        (135, "2b 00 0000 00000000 3b 00 00 01 00000000"), (139, "2b 00 0000 00000000 3b 00 04 01 00000000"),
        (140, "2b 00 0000 00000000 3b 00 00 01 00000000"),
    ]

    static let accepted: [(UInt8, String)] = [
        (59, ""), (6, "2b00000000000000"), (58, "8000e40412340001"), (43, "3b 00 02 00 00000000"),
        (43, "3b 00 04 00 00000000"), (0, "3b 00 01 04 00000000"), (60, "11 00 01 04 00000000 2b00000000000000"),
        (44, "2b 00 0008 00000001 3b 00 00 01 00000000"), (43, "3b 00 00"), (43, ""), (0, "2b ff 01 04 00000000"),
        (51, "3b 04 0000 00000001 00000001 000000000000000000000000"),
    ]

    @Test(
        "SEC-20: type 0 routing headers and any with segments left are found, wherever they stand",
        arguments: refused
    )
    func sourceRouting(nextHeader: UInt8, payload: String) {
        #expect(IPv6ExtensionHeaders.requiresSourceRouting(Self.packet(nextHeader, payload)))
    }

    @Test("SEC-20 SEC-62: other packets pass, later fragments and cut headers included", arguments: accepted)
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

    static let upperLayers: [(UInt8, String, UInt8, Int, IPv6UpperLayer.Part)] = [
        (6, "0000", 6, 40, .whole), (59, "", 59, 40, .whole), (50, "0000000000000000", 50, 40, .whole),
        (0, "3c 00 01 04 00000000 3a 01 01 04 00000000 0000000000000000 80", 58, 64, .whole),
        (44, "3a 00 0000 00000001 80", 58, 48, .whole), (44, "3a 00 0006 00000001 80", 58, 48, .whole),
        (44, "3c 00 0001 00000001 3a 00 01 04 00000000", 58, 56, .first),
        (44, "3c 00 0008 00000001 3a 00 01 04 00000000", 60, 48, .later),
        (51, "3a 02 0000 00000001 00000001 00000000 80", 58, 56, .whole),
        (60, "3a ff 01 04 00000000", 58, 2088, .whole), (60, "3a 00 01", 60, 40, .whole),
    ]

    @Test("The upper layer is found behind every extension header, and where it begins", arguments: upperLayers)
    func upperLayer(nextHeader: UInt8, payload: String, found: UInt8, offset: Int, part: IPv6UpperLayer.Part) {
        let packet = Self.packet(nextHeader, payload)
        let upperLayer = IPv6ExtensionHeaders.upperLayer(of: packet.span)
        #expect(upperLayer.protocolNumber == found && upperLayer.offset == offset && upperLayer.part == part)
    }

    /// The chains that hide an ICMPv6 message of the type that ends them.
    static let disguises: [(UInt8, String)] = [
        (58, ""), (0, "3a 00 01 04 00000000"), (60, "3a 00 01 04 00000000"),
        (60, "3c 00 01 04 00000000 3a 00 01 04 00000000"), (43, "3a 00 04 00 00000000"),
        (44, "3a 00 0000 00000001"), (44, "3a 00 0001 00000001"), (44, "3c 00 0000 00000001 3a 00 01 04 00000000"),
        (51, "3a 04 0000 00000001 00000001 000000000000000000000000"), (135, "3a 00 0000 00000000"),
    ]

    @Test(
        "SEC-05: neighbour discovery is found behind other headers, and nothing else is taken for it",
        arguments: disguises
    )
    func neighborDiscovery(nextHeader: UInt8, chain: String) {
        for type in 128...142 {
            let packet = Self.packet(nextHeader, chain + String(type, radix: 16) + "000000 00000000")
            let isForbidden = (133...137).contains(type)
            #expect(IPv6ExtensionHeaders.objection(to: packet.span) == (isForbidden ? .neighborDiscovery : nil))
        }
    }

    @Test("SEC-05, SEC-20: a first fragment without all headers is refused, a whole packet or a later fragment is not")
    func incompleteFragments() {
        for payload in ["3c 00 0001 00000001", "3a 00 0001 00000001", "3c 00 0001 00000001 3a 01 01 04 00000000"] {
            #expect(IPv6ExtensionHeaders.objection(to: Self.packet(44, payload).span) == .incompleteFragment)
        }
        for payload in ["3a 00 0008 00000001 86000000", "06 00 0001 00000001 0000", "3c 00 0000 00000001 3a 01 01"] {
            #expect(IPv6ExtensionHeaders.objection(to: Self.packet(44, payload).span) == nil)
        }
        #expect(IPv6ExtensionHeaders.objection(to: Self.packet(60, "3a 00 01").span) == nil)
    }

    @Test("SEC-37: a chain as long as a datagram is walked once, to its end")
    func longChain() {
        let count = 8000
        let chain = [UInt8]([60, 0, 1, 4, 0, 0, 0, 0])
        var packet = Self.packet(60, "")
        for _ in 0..<count { packet += chain }
        packet += [58, 0, 1, 4, 0, 0, 0, 0, 134, 0, 0, 0]
        let length = packet.count - 40
        packet.replaceSubrange(4..<6, with: [UInt8(length >> 8), UInt8(length & 0xFF)])
        #expect(IPv6ExtensionHeaders.objection(to: packet.span) == .neighborDiscovery)
        #expect(IPv6ExtensionHeaders.upperLayer(of: packet.span).offset == 40 + (count + 1) * 8)
    }
}
