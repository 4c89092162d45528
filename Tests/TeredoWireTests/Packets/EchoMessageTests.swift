import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct EchoMessageTests {
    static let request = EchoMessage(
        kind: .request,
        source: Samples.addressA,
        destination: ipv6("2001:db8::1"),
        identifier: 0x1234,
        sequenceNumber: 1,
        data: hex("00112233445566778899aabbccddeeff")
    )

    static func error(_ packet: [UInt8]) -> WireError? {
        do throws(WireError) {
            _ = try EchoMessage(validating: packet)
            return nil
        } catch {
            return error
        }
    }

    @Test("The worked example with checksum E404 (RFC 4380 section 5.2.9)")
    func workedExample() throws {
        let bytes = encoded { Self.request.encode(into: &$0) }
        #expect(bytes == Samples.echoRequest)
        #expect(bytes[42] == 0xE4 && bytes[43] == 0x04)
        #expect(Self.request.length == 64)
        #expect(try EchoMessage(validating: Samples.echoRequest) == Self.request)
    }

    @Test("A reply swaps the addresses and keeps everything else")
    func reply() throws {
        let reply = Self.request.reply
        #expect(reply.kind == .reply)
        #expect(reply.source == Self.request.destination)
        #expect(reply.destination == Self.request.source)
        #expect(reply.identifier == 0x1234 && reply.sequenceNumber == 1 && reply.data == Self.request.data)
        let bytes = encoded { reply.encode(hopLimit: 64, into: &$0) }
        #expect(bytes[7] == 64 && bytes[40] == 129)
        #expect(try EchoMessage(validating: bytes) == reply)
    }

    @Test("V12: another type, code, next header or checksum is refused")
    func refusals() {
        func changed(_ offset: Int, _ value: UInt8) -> [UInt8] {
            var packet = Samples.echoRequest
            packet[offset] = value
            return ReferenceChecksum.repaired(packet)
        }
        #expect(Self.error(changed(40, 127)) == .wrongType)
        #expect(Self.error(changed(40, 130)) == .wrongType)
        #expect(Self.error(changed(41, 1)) == .invalidField(.code))
        #expect(Self.error(changed(6, 17)) == .wrongType)
        #expect(Self.error(changed(63, 0)) == nil)
        var packet = Samples.echoRequest
        packet[63] = 0
        #expect(Self.error(packet) == .wrongChecksum)
    }

    @Test("Every truncation is refused, empty data is not")
    func lengths() {
        for count in 0..<64 {
            let cut = Array(Samples.echoRequest[..<count])
            #expect(Self.error(cut) != nil, "\(count) octets")
        }
        #expect(Self.error(ReferenceChecksum.repaired(Array(Samples.echoRequest[..<48]))) == nil)
        // A header alone is too short for any message, and one octet more is one of a message.
        #expect(Self.error(Array(Samples.echoRequest[..<40])) == .truncated(needed: 41, available: 40))
        var oneOctet = Array(Samples.echoRequest[..<41])
        oneOctet.replaceSubrange(4..<6, with: [0, 1])
        #expect(Self.error(oneOctet) == .truncated(needed: 48, available: 41))
        #expect(
            Self.error(ReferenceChecksum.repaired(Array(Samples.echoRequest[..<47])))
                == .truncated(needed: 48, available: 47)
        )
    }

    @Test("Octets behind the packet are not data")
    func trailing() throws {
        let bytes = Samples.echoRequest + Samples.nonceTrailer
        #expect(try EchoMessage(validating: bytes).data.count == 16)
    }

    @Test("V12, SEC-62: an echo behind extension headers or in an atomic fragment is one, a fragment is none")
    func extensionHeaders() throws {
        let message = Samples.echoRequest
        let plain = try EchoMessage(validating: message)
        func inserted(_ next: UInt8, _ header: String) -> [UInt8] {
            var packet = Array(message[..<40]) + hex(header) + message[40...]
            packet[6] = next
            packet[5] += 8
            return packet
        }
        for (next, header) in [(60, "3a 00 01 04 00000000"), (44, "3a 00 0000 00000007")] as [(UInt8, String)] {
            #expect(try EchoMessage(validating: inserted(next, header)) == plain)
        }
        #expect(Self.error(inserted(44, "3a 00 0001 00000007")) == .wrongType)
        #expect(Self.error(inserted(44, "3a 00 0008 00000007")) == .wrongType)
        #expect(Self.error(inserted(60, "11 00 01 04 00000000")) == .wrongType)
    }
}
