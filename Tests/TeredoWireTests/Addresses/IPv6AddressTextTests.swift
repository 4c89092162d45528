import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct IPv6AddressTextTests {
    @Test(
        "Canonical text (RFC 5952)",
        arguments: [
            ("::", "::"), ("0:0:0:0:0:0:0:0", "::"), ("::1", "::1"), ("1::", "1::"), ("0:0:0:0:0:0:0:1", "::1"),
            ("2001:db8:0:0:0:0:0:1", "2001:db8::1"), ("2001:0DB8::0001", "2001:db8::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("2001:db8:aaaa:bbbb:cccc:dddd:eeee:AAAA", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"),
            ("1:0:0:0:0:0:0:0", "1::"), ("0:0:1:0:0:0:0:0", "0:0:1::"), ("1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"),
            ("0:2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("1:2:3::5:6:7:8", "1:2:3:0:5:6:7:8"),
            ("0:0:3:4:5:6:0:0", "::3:4:5:6:0:0"), ("fe80::ffff:ffff:ffff", "fe80::ffff:ffff:ffff"),
            ("2001:0000:ce49:7601:e866:efff:62c3:fffe", "2001:0:ce49:7601:e866:efff:62c3:fffe"),
            ("::13.1.68.3", "::d01:4403"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
            ("::FFFF:c000:201", "::ffff:192.0.2.1"),
            ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
            ("1:2:3:4:5::1.2.3.4", "1:2:3:4:5:0:102:304"), ("ff02::2", "ff02::2"),
        ]
    )
    func canonicalText(input: String, expected: String) {
        #expect(IPv6Address(input)?.description == expected)
    }

    @Test(
        "Text that is no address",
        arguments: [
            "", ":", ":::", "1", "1:2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "::1::", ":1::", "::1:",
            "1:::2",
            "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "12345::", "g::", "1:2:3:4:5:6:7:",
            ":2:3:4:5:6:7:8", "::1.2.3", "::1.2.3.4.5", "::256.1.1.1", "1.2.3.4", "1.2.3.4::", "::1.2.3.4:5",
            "1:2:3:4:5:6:7:1.2.3.4", "1::2:3:4:5:6:7:1.2.3.4", "::01.2.3.4", "fe80::1%eth0", "[::1]", "::1/128", " ::1",
            "::1 ", "::1\n", "::+1", "::-1", "::0x1", "１::", "::١", "2001:0:ce49:7601:e866:efff:62c3:fffe:",
            "00000::", "::00000", "0000:0000:0000:0000:0000:0000:0000:0000:0000",
        ]
    )
    func rejects(text: String) {
        #expect(IPv6Address(text) == nil)
    }

    @Test("Every address survives its own text")
    func roundTrip() {
        var generator = SplitMix64(seed: 5952)
        for _ in 0..<10_000 {
            let address = AddressGenerator.address(using: &generator)
            #expect(IPv6Address(address.description) == address)
        }
    }
}

/// Random addresses with many zero groups, where text forms differ.
enum AddressGenerator {
    static func address(using generator: inout SplitMix64) -> IPv6Address {
        let zeros = generator.next() & generator.next()
        var value: UInt128 = 0
        for group in 0..<8 {
            let word = generator.next() >> (48 + 4 * (generator.next() & 3))
            value = value << 16 | UInt128(zeros >> UInt64(group) & 1 == 1 ? 0 : word)
        }
        return IPv6Address(rawValue: value)
    }
}
