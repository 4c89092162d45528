import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct InternetChecksumTests {
    @Test("Equals the plain word-by-word sum for every length")
    func equalsReference() {
        var generator = SplitMix64(seed: 1071)
        for length in 0..<600 {
            let bytes = length.isMultiple(of: 7) ? [UInt8](repeating: 0xFF, count: length) : generator.bytes(length)
            var checksum = InternetChecksum()
            checksum.add(bytes.span)
            #expect(checksum.value == ReferenceChecksum.of(bytes), "length \(length)")
        }
    }

    @Test("The example of RFC 1071 section 3 sums to DDF2")
    func rfc1071() {
        let bytes = hex("0001 f203 f4f5 f6f7")
        var checksum = InternetChecksum()
        checksum.add(bytes.span)
        #expect(checksum.value == ~0xDDF2)
    }

    @Test("65535 octets of ones do not overflow")
    func longest() {
        let bytes = [UInt8](repeating: 0xFF, count: 65_535)
        var checksum = InternetChecksum()
        checksum.add(bytes.span)
        #expect(checksum.value == ReferenceChecksum.of(bytes))
    }

    @Test("V12: a right ICMPv6 checksum gives 0, any flipped bit does not")
    func icmpv6() {
        let message = Array(Samples.echoRequest[40...])
        func check(_ message: [UInt8]) -> UInt16 {
            InternetChecksum.icmpv6(message.span, source: Samples.addressA, destination: ipv6("2001:db8::1"))
        }
        #expect(check(message) == 0)
        for bit in 0..<message.count * 8 {
            var flipped = message
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(check(flipped) != 0, "bit \(bit)")
        }
        #expect(ReferenceChecksum.icmpv6(Samples.echoRequest) == 0xE404)
    }
}
