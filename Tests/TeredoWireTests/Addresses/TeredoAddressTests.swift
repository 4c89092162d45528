import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct TeredoAddressTests {
    struct Example: CustomTestStringConvertible {
        let testDescription: String
        let server: String
        let mapped: String
        let flags: UInt16
        let text: String
        let bytes: String

        init(_ name: String, _ server: String, _ mapped: String, _ flags: UInt16, _ text: String, _ bytes: String) {
            testDescription = name
            self.server = server
            self.mapped = mapped
            self.flags = flags
            self.text = text
            self.bytes = bytes
        }
    }

    static let examples = [
        Example(
            "Microsoft A",
            "206.73.118.1",
            "157.60.0.1:4096",
            0xE866,
            "2001:0:ce49:7601:e866:efff:62c3:fffe",
            "20010000 ce497601 e866efff 62c3fffe"
        ),
        Example(
            "Microsoft B",
            "206.73.118.1",
            "131.107.0.1:8192",
            0x2CAD,
            "2001:0:ce49:7601:2cad:dfff:7c94:fffe",
            "20010000 ce497601 2caddfff 7c94fffe"
        ),
        Example(
            "A with the flags of RFC 4380",
            "206.73.118.1",
            "157.60.0.1:4096",
            0x8000,
            "2001:0:ce49:7601:8000:efff:62c3:fffe",
            "20010000 ce497601 8000efff 62c3fffe"
        ),
        Example(
            "B with the flags of RFC 4380",
            "206.73.118.1",
            "131.107.0.1:8192",
            0,
            "2001:0:ce49:7601:0:dfff:7c94:fffe",
            "20010000 ce497601 0000dfff 7c94fffe"
        ),
        Example(
            "RFC 6081 figure 2 A",
            "203.0.113.120",
            "192.0.2.1:4096",
            0,
            "2001:0:cb00:7178:0:efff:3fff:fdfe",
            "20010000 cb007178 0000efff 3ffffdfe"
        ),
        Example(
            "RFC 6081 figure 2 B",
            "198.51.100.118",
            "192.0.2.10:8192",
            0,
            "2001:0:c633:6476:0:dfff:3fff:fdf5",
            "20010000 c6336476 0000dfff 3ffffdf5"
        ),
        Example(
            "RFC 6081 figure 3 A",
            "203.0.113.120",
            "198.51.100.118:4095",
            0,
            "2001:0:cb00:7178:0:f000:39cc:9b89",
            "20010000 cb007178 0000f000 39cc9b89"
        ),
    ]

    @Test("Worked addresses as parts, text and octets (RFC 4380 section 4)", arguments: examples)
    func workedExample(_ example: Example) throws {
        let address = TeredoAddress(
            server: ipv4(example.server),
            flags: TeredoFlags(rawValue: example.flags),
            mappedEndpoint: endpoint(example.mapped)
        )
        #expect(address.description == example.text)
        #expect(encoded { $0.append(address.ipv6) } == hex(example.bytes))
        #expect(TeredoAddress(example.text) == address)
        let wire = hex(example.bytes).span.ipv6Address(at: 0)
        #expect(TeredoAddress(wire) == address)
    }

    @Test(
        "Port 5000 is obfuscated as EC77 and 3544 as F227 (RFC 4380 section 4)",
        arguments: [(5000, 0xEC77), (3544, 0xF227)]
    )
    func obfuscatedPort(port: Int, wire: Int) {
        let address = TeredoAddress(
            server: .unspecified,
            flags: TeredoFlags(rawValue: 0),
            mappedEndpoint: UDPEndpoint(.unspecified, UInt16(port))
        )
        #expect(address.ipv6.low >> 32 & 0xFFFF == UInt64(wire))
    }

    @Test(
        "Only 2001::/32 is Teredo",
        arguments: [
            "2001:1::1", "2001:0001:ce49:7601::", "2000:ffff::1", "3ffe:831f:ce49:7601::1", "2002::1", "::", "x",
        ]
    )
    func outsideThePrefix(text: String) {
        #expect(TeredoAddress(text) == nil)
    }

    @Test("Addresses that differ only in flags are two addresses")
    func flagsCount() {
        let one = TeredoAddress(Samples.addressA)
        let other = TeredoAddress(ipv6("2001:0:ce49:7601:8000:efff:62c3:fffe"))
        #expect(one != other)
        #expect(one?.mappedEndpoint == other?.mappedEndpoint)
        #expect(one?.flags.reservedBit == true, "Microsoft's own example has the reserved bit set")
    }

    @Test("Every 128-bit value in the prefix survives taking apart and putting together")
    func roundTrip() {
        var generator = SplitMix64(seed: 1)
        for _ in 0..<10_000 {
            let high = 0x2001_0000 << 32 | generator.next() >> 32
            let address = IPv6Address(high: high, low: generator.next())
            #expect(TeredoAddress(address)?.ipv6 == address)
        }
    }
}
