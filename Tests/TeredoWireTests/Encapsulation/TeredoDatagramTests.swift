import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct TeredoDatagramTests {
    @Test("V1: every sample is laid out as its octets say")
    func layouts() throws {
        let solicitation = try TeredoDatagram(validating: Samples.solicitation)
        #expect(solicitation.authentication?.length == 13)
        let authentication = try #require(solicitation.authentication)
        let octets = Samples.solicitation
        let nonce = authentication.nonce(in: octets.span)
        let confirmation = authentication.confirmation(in: octets.span)
        #expect(nonce == Samples.nonce)
        #expect(confirmation == 0)
        #expect(solicitation.origin == nil)
        #expect(solicitation.packet == 13..<61)
        #expect(solicitation.trailers.isEmpty)
        #expect(!solicitation.isPlain)
        #expect(Samples.solicitation.count == 61)

        let advertisement = try TeredoDatagram(validating: Samples.advertisement)
        #expect(advertisement.authentication?.length == 13)
        #expect(advertisement.origin?.endpoint == Samples.mappedB)
        #expect(advertisement.packet == 21..<117)
        #expect(Samples.advertisement.count == 117)

        let delivered = try TeredoDatagram(validating: Samples.deliveredBubble)
        #expect(delivered.authentication == nil)
        #expect(delivered.origin?.endpoint == Samples.mappedA)
        #expect(delivered.packet == 8..<48)
        #expect(delivered.trailers == 48..<54)
        #expect(delivered.header.isBubble)
        #expect(Samples.deliveredBubble.count == 54)

        let plain = try TeredoDatagram(validating: Samples.bubble)
        #expect(plain.isPlain)
        #expect(plain.packet == 0..<40)
        #expect(plain.header.source == Samples.addressA)
        #expect(plain.header.destination == Samples.addressB)
        #expect(plain.header.hopLimit == 0)
    }

    @Test("V1: every truncation of every sample fails, unless only trailers are missing")
    func truncations() throws {
        for (name, bytes) in Samples.datagrams {
            let packetEnd = try TeredoDatagram(validating: bytes).packet.upperBound
            for count in 0..<bytes.count {
                let cut = Array(bytes[..<count])
                let layout = try? TeredoDatagram(validating: cut)
                #expect((layout != nil) == (count >= packetEnd), "\(name), \(count) octets")
            }
        }
    }

    @Test("V1: an error tells how much was needed and how much was there")
    func errors() {
        let bubble = Samples.bubble
        let cases: [([UInt8], WireError)] = [
            ([], .truncated(needed: 2, available: 0)),
            ([0x60], .truncated(needed: 2, available: 1)),
            ([0, 1], .truncated(needed: 13, available: 2)),
            ([0, 0], .truncated(needed: 8, available: 2)),
            ([0x60, 0], .truncated(needed: 40, available: 2)),
            (Samples.nullAuthentication, .truncated(needed: 40, available: 0)),
            (Samples.originB + bubble.dropLast(), .truncated(needed: 40, available: 39)),
            (Array(Samples.echoRequest.dropLast()), .truncated(needed: 64, available: 63)),
            ([0x45] + bubble.dropFirst(), .notIPv6),
        ]
        for (bytes, error) in cases {
            #expect(throws: error) { try TeredoDatagram(validating: bytes) }
        }
    }

    @Test(
        "V1: elements in another order, twice, or unknown ones fail",
        arguments: [
            Samples.originB + Samples.nullAuthentication + Samples.advertisementPacket,
            Samples.originB + Samples.originB + Samples.bubble,
            Samples.nullAuthentication + Samples.nullAuthentication + Samples.solicitationPacket,
            Samples.nullAuthentication + Samples.originB + Samples.nullAuthentication + Samples.bubble,
            hex("00 02 00 00") + Samples.bubble, hex("01 00") + Samples.bubble,
        ]
    )
    func wrongOrder(bytes: [UInt8]) {
        #expect(throws: WireError.notIPv6) { try TeredoDatagram(validating: bytes) }
    }

    @Test("V1: every version but 6 fails", arguments: 0..<16)
    func version(version: Int) {
        var bytes = Samples.originB + Samples.bubble
        bytes[8] = UInt8(version << 4)
        let layout = try? TeredoDatagram(validating: bytes)
        #expect((layout != nil) == (version == 6))
    }

    @Test("V1: a jumbogram fails, an empty payload with another next header does not")
    func jumbogram() throws {
        var bytes = Samples.bubble
        bytes[6] = 0
        #expect(throws: WireError.jumbogram) { try TeredoDatagram(validating: bytes) }
        bytes[6] = 17
        #expect(try TeredoDatagram(validating: bytes).header.nextHeader == 17)
        bytes[6] = 0
        bytes[5] = 8
        bytes += hex("3b 00 01 04 00 00 00 00")
        #expect(try TeredoDatagram(validating: bytes).packet == 0..<48)
    }

    @Test("V1: what follows the payload length are trailers, whatever it is")
    func trailers() throws {
        let bytes = Samples.solicitation + [UInt8](repeating: 0xEE, count: 500)
        let layout = try TeredoDatagram(validating: bytes)
        #expect(layout.packet == 13..<61)
        #expect(layout.trailers == 61..<561)
    }

    @Test("V1: a datagram of the greatest size parses, one octet of payload length more fails")
    func greatest() throws {
        var bytes = Samples.bubble + [UInt8](repeating: 0, count: 65_507 - 40)
        bytes[4] = UInt8((65_507 - 40) >> 8)
        bytes[5] = UInt8((65_507 - 40) & 0xFF)
        #expect(try TeredoDatagram(validating: bytes).packet == 0..<65_507)
        bytes[5] += 1
        #expect(throws: WireError.truncated(needed: 65_508, available: 65_507)) {
            try TeredoDatagram(validating: bytes)
        }
    }

    @Test("A bubble needs next header 59 and no payload (RFC 4380 section 2.8)")
    func bubbleDefinition() throws {
        var bytes = Samples.bubble
        bytes[5] = 1
        bytes.append(0)
        #expect(try !TeredoDatagram(validating: bytes).header.isBubble)
        bytes[5] = 0
        #expect(try TeredoDatagram(validating: bytes).header.isBubble)
        bytes[6] = 58
        #expect(try !TeredoDatagram(validating: bytes).header.isBubble)
    }

    @Test("The header keeps traffic class and flow label")
    func header() throws {
        var bytes = Samples.echoRequest
        bytes.replaceSubrange(0..<4, with: hex("6a bc de f1"))
        let header = try IPv6Header(validating: bytes)
        #expect(header.trafficClassAndFlowLabel == 0x0ABC_DEF1)
        #expect(header.payloadLength == 24)
        #expect(header.packetLength == 64)
        #expect(encoded(header.encode) == Array(bytes[..<40]))
    }
}
