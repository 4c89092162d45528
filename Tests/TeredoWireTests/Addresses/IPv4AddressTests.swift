import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct IPv4AddressTests {
    @Test(
        "Dotted decimal text",
        arguments: [
            ("0.0.0.0", 0), ("255.255.255.255", 0xFFFF_FFFF), ("192.0.2.1", 0xC000_0201), ("1.2.3.4", 0x0102_0304),
            ("10.20.30.99", 0x0A14_1E63),
        ]
    )
    func text(text: String, rawValue: UInt32) {
        #expect(IPv4Address(text)?.rawValue == rawValue)
        #expect(IPv4Address(rawValue: rawValue).description == text)
    }

    @Test(
        "Text that is no address",
        arguments: [
            "", ".", "1", "1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.999", "01.2.3.4",
            "1.2.3.04", "00.0.0.0", "1.2.3.-4", "+1.2.3.4", "1.2.3.0x4", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4\n",
            "a.b.c.d", "1.2.3.1000", "١.2.3.4", "1.2.3.4/8", "1,2,3,4",
        ]
    )
    func rejects(text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test("Constants, order and classes")
    func properties() {
        #expect(IPv4Address.teredoDiscovery.rawValue == 0xE000_00FD)
        #expect(IPv4Address.teredoDiscovery.isMulticast)
        #expect(IPv4Address.broadcast.description == "255.255.255.255")
        #expect(!ipv4("223.255.255.255").isMulticast)
        #expect(ipv4("239.255.255.255").isMulticast)
        #expect(!ipv4("240.0.0.0").isMulticast)
        #expect(ipv4("9.255.255.255") < ipv4("10.0.0.0"))
        #expect(ipv4("206.73.118.1").successor == ipv4("206.73.118.2"))
        #expect(IPv4Address.broadcast.successor == .unspecified)
    }
}

@Suite struct IPv4PrefixTests {
    @Test("Text, membership and broadcast address")
    func values() throws {
        let prefix = try #require(IPv4Prefix("192.168.77.5/16"))
        #expect(prefix.description == "192.168.0.0/16")
        #expect(prefix.contains(ipv4("192.168.255.255")))
        #expect(!prefix.contains(ipv4("192.169.0.0")))
        #expect(prefix.directedBroadcast == ipv4("192.168.255.255"))
        #expect(IPv4Prefix("192.0.2.1")?.description == "192.0.2.1/32")
        #expect(IPv4Prefix("192.0.2.1/32")?.directedBroadcast == nil)
        #expect(IPv4Prefix("192.0.2.1/31")?.directedBroadcast == nil)
        #expect(IPv4Prefix("192.0.2.1/30")?.directedBroadcast == ipv4("192.0.2.3"))
        #expect(IPv4Prefix("1.2.3.4/0")?.contains(.broadcast) == true)
        #expect(IPv4Prefix("1.2.3.4/0")?.description == "0.0.0.0/0")
    }

    @Test(
        "Text that is no prefix",
        arguments: [
            "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0/8",
            "10.0.0.0/8/8",
            "/8", "10.0.0.0/a", "10.0.0.0 /8", "10.0.0.0/99999999999999999999",
        ]
    )
    func rejects(text: String) {
        #expect(IPv4Prefix(text) == nil)
    }
}

@Suite struct UDPEndpointTests {
    @Test("Text", arguments: ["192.0.2.1:4096", "0.0.0.0:0", "255.255.255.255:65535"])
    func text(text: String) {
        #expect(UDPEndpoint(text)?.description == text)
    }

    @Test(
        "Text that is no endpoint",
        arguments: [
            "", ":", "192.0.2.1", "192.0.2.1:", ":4096", "192.0.2.1:65536", "192.0.2.1:-1", "192.0.2.1:+1",
            "192.0.2.1:01", "192.0.2.1:4096:1", "192.0.2.1: 4096", "192.0.2.1:a", "192.0.2.1.:1", "[::1]:1",
        ]
    )
    func rejects(text: String) {
        #expect(UDPEndpoint(text) == nil)
    }
}
