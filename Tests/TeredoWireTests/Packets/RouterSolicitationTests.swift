import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct RouterSolicitationTests {
    static func error(_ packet: [UInt8]) -> WireError? {
        do throws(WireError) {
            _ = try RouterSolicitation(validating: packet)
            return nil
        } catch {
            return error
        }
    }

    /// The sample with changed octets and a checksum that fits them.
    static func changed(_ change: (inout [UInt8]) -> Void) -> [UInt8] {
        var packet = Samples.solicitationPacket
        change(&packet)
        return ReferenceChecksum.repaired(packet)
    }

    @Test("The worked example of 61 octets (RFC 4380 section 5.2.1)")
    func workedExample() throws {
        let solicitation = RouterSolicitation(source: TeredoLinkLocal.client(coneBit: false))
        let bytes = encoded { output in
            AuthenticationEncapsulation(nonce: Samples.nonce).encode(into: &output)
            solicitation.encode(into: &output)
        }
        #expect(bytes == Samples.solicitation)
        #expect(try RouterSolicitation(validating: Samples.solicitationPacket) == solicitation)
        #expect(RouterSolicitation.length == 48)
    }

    @Test("The source must be link-local", arguments: ["::", "2001:db8::1", "fec0::1", "ff02::1", "fe7f:ffff::1"])
    func source(text: String) {
        let packet = Self.changed { $0.replaceSubrange(8..<24, with: encoded { $0.append(ipv6(text)) }) }
        #expect(Self.error(packet) == .invalidField(.source))
    }

    @Test("Any identifier within fe80::/10 is accepted", arguments: ["fe80::1", "febf:ffff::1", "fe80::8000:0:0:0"])
    func anySource(text: String) throws {
        let packet = Self.changed { $0.replaceSubrange(8..<24, with: encoded { $0.append(ipv6(text)) }) }
        #expect(try RouterSolicitation(validating: packet).source == ipv6(text))
    }

    @Test("The destination must be ff02::2", arguments: ["ff02::1", "ff05::2", "fe80::8000:f227:31b6:89fe"])
    func destination(text: String) {
        let packet = Self.changed { $0.replaceSubrange(24..<40, with: encoded { $0.append(ipv6(text)) }) }
        #expect(Self.error(packet) == .invalidField(.destination))
    }

    @Test("The hop limit must be 255", arguments: [0, 1, 64, 254])
    func hopLimit(value: Int) {
        #expect(Self.error(Self.changed { $0[7] = UInt8(value) }) == .invalidField(.hopLimit))
    }

    @Test("The code must be 0")
    func code() {
        #expect(Self.error(Self.changed { $0[41] = 1 }) == .invalidField(.code))
    }

    @Test("Another type or next header is no solicitation", arguments: [0, 128, 134, 135, 255])
    func type(value: Int) {
        #expect(Self.error(Self.changed { $0[40] = UInt8(value) }) == .wrongType)
        #expect(Self.error(Self.changed { $0[6] = UInt8(value) == 0 ? 59 : UInt8(value) }) == .wrongType)
    }

    @Test("V12: a wrong checksum is refused")
    func checksum() {
        var packet = Samples.solicitationPacket
        packet[43] ^= 1
        #expect(Self.error(packet) == .wrongChecksum)
    }

    @Test("The reserved field is ignored, traffic class and flow label too")
    func reserved() {
        #expect(Self.error(Self.changed { $0.replaceSubrange(44..<48, with: hex("deadbeef")) }) == nil)
        #expect(Self.error(Self.changed { $0.replaceSubrange(0..<4, with: hex("6ff12345")) }) == nil)
    }

    @Test(
        "Well-formed options of any type are tolerated",
        arguments: [
            "01 01 00 00 00 00 00 00", "ff 02 000000000000 0000000000000000", "0101000000000000 0e01000000000000",
        ]
    )
    func options(option: String) {
        #expect(Self.error(Self.changed { $0 += hex(option) }) == nil)
    }

    @Test(
        "SEC-06: options of length 0 or running past the end are refused",
        arguments: ["01 00 00 00 00 00 00 00", "01 02 00 00 00 00 00 00", "01", "0101000000000000 01", "01 ff"]
    )
    func badOptions(option: String) {
        #expect(Self.error(Self.changed { $0 += hex(option) }) == .invalidField(.option))
    }

    @Test("Fewer than 8 octets of message are refused", arguments: 4..<8)
    func short(count: Int) {
        let packet = ReferenceChecksum.repaired(Array(Samples.solicitationPacket[..<(40 + count)]))
        #expect(Self.error(packet) == .truncated(needed: 48, available: 40 + count))
    }

    @Test("Octets behind the packet are not part of it")
    func trailing() {
        #expect(Self.error(Samples.solicitationPacket + hex("0100")) == nil)
    }
}
