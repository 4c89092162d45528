import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct IPv6AddressTests {
    @Test(
        "V7: multicast, unspecified, loopback and mapped addresses are no source",
        arguments: [
            ("::", false), ("::1", false), ("::ffff:192.0.2.1", false), ("ff02::1", false), ("ff00::", false),
            ("ffff::1", false), ("::2", true), ("::1:ffff:192.0.2.1", true), ("feff::1", true), ("2001:db8::1", true),
            ("fe80::1", true), ("2001:0:ce49:7601:e866:efff:62c3:fffe", true),
        ]
    )
    func validSource(text: String, expected: Bool) {
        #expect(ipv6(text).isValidSource == expected)
    }

    @Test(
        "D4: only global scope may be forwarded to",
        arguments: [
            ("ff0e::1", false), ("fe80::1", false), ("febf:ffff::1", false), ("fec0::1", false), ("feff::1", false),
            ("fc00::1", false), ("fdff::1", false), ("::", false), ("::1", false), ("::192.0.2.1", false),
            ("::ffff:192.0.2.1", false), ("fbff::1", true), ("fe00::1", true), ("2001:db8::1", true), ("2002::1", true),
            ("2001:0:ce49:7601::1", true), ("0:0:0:0:0:1::", true), ("64:ff9b::1", true),
        ]
    )
    func globalScope(text: String, expected: Bool) {
        #expect(ipv6(text).isGlobalScope == expected)
    }

    @Test("The IPv4 address inside 6to4 and ISATAP addresses")
    func embedded() {
        #expect(ipv6("2002:c000:201::1").sixToFourIPv4 == ipv4("192.0.2.1"))
        #expect(ipv6("2003:c000:201::1").sixToFourIPv4 == nil)
        #expect(ipv6("2001:db8::5efe:192.0.2.1").isatapIPv4 == ipv4("192.0.2.1"))
        #expect(ipv6("2001:db8::200:5efe:192.0.2.1").isatapIPv4 == ipv4("192.0.2.1"))
        #expect(ipv6("2001:db8::100:5efe:192.0.2.1").isatapIPv4 == nil)
    }

    @Test("Halves, order and constants")
    func properties() {
        let address = IPv6Address(high: 0x2001_0000_CE49_7601, low: 0xE866_EFFF_62C3_FFFE)
        #expect(address == Samples.addressA)
        #expect(address.high == 0x2001_0000_CE49_7601)
        #expect(address.low == 0xE866_EFFF_62C3_FFFE)
        #expect(address.isTeredo)
        #expect(Samples.addressB < Samples.addressA)
        #expect(IPv6Address.allNodes.description == "ff02::1")
        #expect(IPv6Address.allRouters.description == "ff02::2")
        #expect(ipv6("fe80::1").isLinkLocal && !ipv6("fec0::1").isLinkLocal)
    }
}
