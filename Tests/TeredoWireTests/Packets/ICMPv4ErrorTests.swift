import TeredoWire
import Testing

@Suite("ICMPv4 errors, and what they quote")
struct ICMPv4ErrorTests {
    @Test(
        "RFC 792, RFC 1122, RFC 1812: the meaning of type and code",
        arguments: [
            (3, 0, ICMPv4Error.Kind.hostUnreachable), (3, 1, .hostUnreachable), (3, 2, .portUnreachable),
            (3, 3, .portUnreachable), (3, 4, .fragmentationNeeded(mtu: 1300)), (3, 5, .hostUnreachable),
            (3, 9, .prohibited), (3, 10, .prohibited), (3, 13, .prohibited), (11, 0, .timeExceeded),
            (11, 1, .timeExceeded), (4, 0, .other), (12, 0, .other),
        ]
    )
    func meaning(type: UInt8, code: UInt8, kind: ICMPv4Error.Kind) {
        let place = UDPEndpoint(IPv4Address(192, 0, 2, 1), 3544)
        let error = ICMPv4Error(type: type, code: code, mtu: 1300, by: place.address, about: place)
        #expect(error.kind == kind)
        #expect(error.kind.isUnreachable == (type == 3 && code != 4))
    }

    private static let source = IPv6Address(high: 0x2001_0000 << 32, low: 1)
    private static let destination = IPv6Address(high: 0x2001_0000 << 32, low: 2)

    @Test("SEC-37: of a bubble as much is known as is quoted, and no length traps")
    func bubble() {
        let bubble = [UInt8](capacity: TeredoBubble.length) {
            TeredoBubble(source: Self.source, destination: Self.destination).encode(into: &$0)
        }
        for length in 0...bubble.count {
            let quote = QuotedDatagram(bubble.span.extracting(0..<length))
            #expect(quote.isBubble == (length == 40))
            #expect(quote.destination == (length == 40 ? Self.destination : nil))
            #expect(quote.isEmpty == (length < 40))
        }
    }

    @Test("SEC-37: the nonce of a solicitation is known as soon as it is quoted whole")
    func solicitation() {
        var authentication = AuthenticationEncapsulation(nonce: 0x0102_0304_0506_0708)
        authentication.clientIdentifier = [1, 2, 3]
        authentication.authenticationValue = [UInt8](repeating: 9, count: 20)
        let octets = [UInt8](capacity: authentication.length + 40) {
            authentication.encode(into: &$0)
            IPv6Header(
                payloadLength: 0,
                nextHeader: 58,
                hopLimit: 255,
                source: Self.source,
                destination: Self.destination
            )
            .encode(into: &$0)
        }
        let end = 4 + 23 + 8
        for length in 0...octets.count {
            let quote = QuotedDatagram(octets.span.extracting(0..<length))
            #expect(quote.authenticationNonce == (length >= end ? 0x0102_0304_0506_0708 : nil))
            #expect(quote.source == (length == octets.count ? Self.source : nil))
        }
    }
}
