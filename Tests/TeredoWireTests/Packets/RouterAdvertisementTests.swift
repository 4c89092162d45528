import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct RouterAdvertisementTests {
    static let prefixOption = Array(Samples.advertisementPacket[56..<88])
    static let mtuOption = Array(Samples.advertisementPacket[88...])
    static let withoutOptions = Array(Samples.advertisementPacket[..<56])

    static func error(_ packet: [UInt8]) -> WireError? {
        do throws(WireError) {
            _ = try RouterAdvertisement(validating: packet)
            return nil
        } catch {
            return error
        }
    }

    static func changed(_ change: (inout [UInt8]) -> Void) -> [UInt8] {
        var packet = Samples.advertisementPacket
        change(&packet)
        return ReferenceChecksum.repaired(packet)
    }

    static func with(_ options: [UInt8]...) -> [UInt8] {
        ReferenceChecksum.repaired(withoutOptions + options.joined())
    }

    static func mtu(_ value: UInt32) -> [UInt8] { encoded { $0.append(bigEndian: 0x0501_0000 << 32 | UInt64(value)) } }

    @Test("The worked example of 117 octets (RFC 4380 section 5.2.1)")
    func workedExample() throws {
        let advertisement = RouterAdvertisement(
            source: TeredoLinkLocal.server(Samples.server),
            destination: Samples.clientLinkLocal,
            server: Samples.server
        )
        let bytes = encoded { output in
            AuthenticationEncapsulation(nonce: Samples.nonce).encode(into: &output)
            OriginIndication(Samples.mappedB).encode(into: &output)
            advertisement.encode(into: &output)
        }
        #expect(bytes == Samples.advertisement)
        #expect(try RouterAdvertisement(validating: Samples.advertisementPacket) == advertisement)
        #expect(RouterAdvertisement.length == 96)
        #expect(advertisement.mtu == 1280)
    }

    @Test("Without an MTU option none is read and none is written")
    func absentMTU() throws {
        let parsed = try RouterAdvertisement(validating: Self.with(Self.prefixOption))
        #expect(parsed.mtu == nil)
        #expect(encoded(parsed.encode) == Self.with(Self.prefixOption))
    }

    @Test(
        "Hop limits 254 and 255 are accepted, others are not",
        arguments: [(255, true), (254, true), (253, false), (0, false)]
    )
    func hopLimit(value: Int, accepted: Bool) {
        #expect(Self.error(Self.changed { $0[7] = UInt8(value) }) == (accepted ? nil : .invalidField(.hopLimit)))
    }

    @Test("Source and destination must be link-local", arguments: ["2001:db8::1", "::", "ff02::1"])
    func addresses(text: String) {
        let octets = encoded { $0.append(ipv6(text)) }
        #expect(Self.error(Self.changed { $0.replaceSubrange(8..<24, with: octets) }) == .invalidField(.source))
        #expect(Self.error(Self.changed { $0.replaceSubrange(24..<40, with: octets) }) == .invalidField(.destination))
    }

    @Test("Type, code, next header and checksum")
    func message() {
        #expect(Self.error(Self.changed { $0[40] = 133 }) == .wrongType)
        #expect(Self.error(Self.changed { $0[6] = 17 }) == .wrongType)
        #expect(Self.error(Self.changed { $0[41] = 1 }) == .invalidField(.code))
        var packet = Samples.advertisementPacket
        packet[42] ^= 0x80
        #expect(Self.error(packet) == .wrongChecksum)
    }

    @Test("Router fields, prefix flags and lifetimes are ignored")
    func ignoredFields() {
        #expect(
            Self.error(Self.changed { $0.replaceSubrange(44..<56, with: hex("40c0ffff 00112233 44556677")) }) == nil
        )
        #expect(
            Self.error(Self.changed { $0.replaceSubrange(59..<72, with: [UInt8](repeating: 0x55, count: 13)) }) == nil
        )
    }

    @Test("SEC-06: no prefix and two prefixes are refused")
    func prefixCount() {
        #expect(Self.error(Self.with()) == .invalidField(.prefixCount))
        #expect(Self.error(Self.with(Self.mtuOption)) == .invalidField(.prefixCount))
        #expect(Self.error(Self.with(Self.prefixOption, Self.prefixOption)) == .invalidField(.prefixCount))
        #expect(
            Self.error(Self.with(Self.prefixOption, Self.mtuOption, Self.prefixOption)) == .invalidField(.prefixCount)
        )
    }

    @Test("SEC-06: a prefix length other than 64 is refused", arguments: [0, 32, 63, 65, 96, 128, 255])
    func prefixLength(value: Int) {
        #expect(Self.error(Self.changed { $0[58] = UInt8(value) }) == .invalidField(.prefix))
    }

    @Test(
        "SEC-06: a prefix outside the service prefix is refused",
        arguments: ["20010001", "20020000", "20010db8", "3ffe831e", "fe800000"]
    )
    func foreignPrefix(prefix: String) {
        #expect(Self.error(Self.changed { $0.replaceSubrange(72..<76, with: hex(prefix)) }) == .invalidField(.prefix))
    }

    @Test("The obsolete prefix is read as the service prefix (RFC 4380 section 2.6)")
    func obsoletePrefix() throws {
        let packet = Self.changed { $0.replaceSubrange(72..<76, with: hex("3ffe831f")) }
        #expect(try RouterAdvertisement(validating: packet).server == Samples.server)
    }

    @Test("The server is read out of the prefix, whatever it is")
    func server() throws {
        let packet = Self.changed { $0.replaceSubrange(76..<80, with: hex("cb007178")) }
        #expect(try RouterAdvertisement(validating: packet).server == ipv4("203.0.113.120"))
    }

    @Test("SEC-06: a prefix option of another length is refused", arguments: [1, 2, 3, 5])
    func prefixOptionLength(length: Int) {
        var option = Self.prefixOption
        option[1] = UInt8(length)
        let padding = max(0, length * 8 - option.count)
        let packet = Self.with(Array(option.prefix(length * 8)) + [UInt8](repeating: 0, count: padding))
        #expect(Self.error(packet) == .invalidField(.prefix))
    }

    @Test(
        "SEC-06: MTU 1280 to 65535 is accepted, everything else refused",
        arguments: [
            (1280, true), (1281, true), (1500, true), (65_535, true), (1279, false), (0, false), (65_536, false),
            (0xFFFF_FFFF, false),
        ]
    )
    func mtuBounds(value: UInt32, accepted: Bool) throws {
        let packet = Self.with(Self.prefixOption, Self.mtu(value))
        #expect(Self.error(packet) == (accepted ? nil : .invalidField(.mtu)))
        guard accepted else { return }
        #expect(try RouterAdvertisement(validating: packet).mtu == Int(value))
    }

    @Test("SEC-06: an MTU option of another length is refused")
    func mtuOptionLength() {
        let packet = Self.with(Self.prefixOption, hex("05 02 00 00 00 00 05 00 00 00 00 00 00 00 00 00"))
        #expect(Self.error(packet) == .invalidField(.mtu))
    }

    @Test("Unknown options are skipped")
    func unknownOptions() {
        #expect(
            Self.error(
                Self.with(hex("01 01 000000000000"), Self.prefixOption, hex("19 03") + [UInt8](repeating: 1, count: 22))
            ) == nil
        )
    }

    @Test(
        "SEC-06: options of length 0 or running past the end are refused",
        arguments: ["01 00 00 00 00 00 00 00", "05 02 00 00 00 00 05 00", "03", "03 04 40 40", "01 ff"]
    )
    func badOptions(option: String) {
        #expect(Self.error(Self.with(Self.prefixOption, hex(option))) == .invalidField(.option))
        #expect(Self.error(Self.with(hex(option), Self.prefixOption)) != nil)
    }

    @Test("Fewer than 16 octets of message are refused", arguments: [4, 8, 15])
    func short(count: Int) {
        let packet = ReferenceChecksum.repaired(Array(Samples.advertisementPacket[..<(40 + count)]))
        #expect(Self.error(packet) == .truncated(needed: 56, available: 40 + count))
    }
}
