import TeredoTestSupport
import TeredoWire
import Testing

/// What an IPv4 address is called that is not for use between hosts on the Internet.
@Suite struct IPv4AddressKindTests {
    @Test(
        "RFC 6890: each special range has its name, from its first address to its last",
        arguments: [
            ("0.0.0.0", "0.255.255.255", "\"this network\" (0.0.0.0/8)"),
            ("10.0.0.0", "10.255.255.255", "private (10.0.0.0/8)"),
            ("100.64.0.0", "100.127.255.255", "shared address space of carrier-grade NATs (100.64.0.0/10)"),
            ("127.0.0.0", "127.255.255.255", "loopback (127.0.0.0/8)"),
            ("169.254.0.0", "169.254.255.255", "link-local (169.254.0.0/16)"),
            ("172.16.0.0", "172.31.255.255", "private (172.16.0.0/12)"),
            ("192.0.0.0", "192.0.0.255", "for IETF protocols (192.0.0.0/24)"),
            ("192.0.2.0", "192.0.2.255", "for documentation (192.0.2.0/24)"),
            ("192.88.99.0", "192.88.99.255", "the former 6to4 anycast range (192.88.99.0/24)"),
            ("192.168.0.0", "192.168.255.255", "private (192.168.0.0/16)"),
            ("198.18.0.0", "198.19.255.255", "for benchmarks (198.18.0.0/15)"),
            ("198.51.100.0", "198.51.100.255", "for documentation (198.51.100.0/24)"),
            ("203.0.113.0", "203.0.113.255", "for documentation (203.0.113.0/24)"),
            ("224.0.0.0", "239.255.255.255", "multicast (224.0.0.0/4)"),
            ("240.0.0.0", "255.255.255.254", "reserved (240.0.0.0/4)"),
        ]
    )
    func ranges(first: String, last: String, name: String) throws {
        for text in [first, last] {
            let address = try #require(IPv4Address(text))
            let kind = try #require(IPv4AddressKind(address))
            #expect(kind.description == name)
            #expect(kind.isUsableInTests == name.hasPrefix("for documentation"))
        }
    }

    @Test("The broadcast address is no reserved one, and ordinary addresses are of no kind")
    func others() throws {
        #expect(IPv4AddressKind(.broadcast)?.description == "the broadcast address")
        for text in [
            "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
        ] {
            let address = try #require(IPv4Address(text))
            #expect(IPv4AddressKind(address) == nil, "\(text)")
        }
    }
}
