import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct TeredoBubbleTests {
    @Test("The worked bubble and its delivered form of 54 octets (RFC 4380 section 2.8)")
    func workedExample() {
        let bubble = TeredoBubble(source: Samples.addressA, destination: Samples.addressB, hopLimit: 0)
        #expect(encoded(bubble.encode) == Samples.bubble)
        let delivered = encoded { output in
            OriginIndication(Samples.mappedA).encode(into: &output)
            bubble.encode(into: &output)
            TrailerList([.nonce(0x1122_3344)]).encode(into: &output)
        }
        #expect(delivered == Samples.deliveredBubble)
        #expect(TeredoBubble.length == 40)
    }

    @Test("The hop limit is 255 unless another is asked for")
    func hopLimit() throws {
        let bytes = encoded(TeredoBubble(source: Samples.addressA, destination: .allNodes).encode)
        let header = try IPv6Header(validating: bytes)
        #expect(header.hopLimit == 255)
        #expect(header.isBubble)
        #expect(header.trafficClassAndFlowLabel == 0)
    }
}
