import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct GlobalUnicastFilterTests {
    struct Block: CustomTestStringConvertible {
        let first: String
        let last: String
        let outside: [String]
        var testDescription: String { "\(first) to \(last)" }

        init(_ first: String, _ last: String, outside: String...) {
            self.first = first
            self.last = last
            self.outside = outside
        }
    }

    static let always = [
        Block("0.0.0.0", "0.255.255.255", outside: "1.0.0.0"),
        Block("10.0.0.0", "10.255.255.255", outside: "9.255.255.255", "11.0.0.0"),
        Block("127.0.0.0", "127.255.255.255", outside: "126.255.255.255", "128.0.0.0"),
        Block("169.254.0.0", "169.254.255.255", outside: "169.253.255.255", "169.255.0.0"),
        Block("172.16.0.0", "172.31.255.255", outside: "172.15.255.255", "172.32.0.0"),
        Block("192.88.99.0", "192.88.99.255", outside: "192.88.98.255", "192.88.100.0"),
        Block("192.168.0.0", "192.168.255.255", outside: "192.167.255.255", "192.169.0.0"),
        Block("224.0.0.0", "239.255.255.255", outside: "223.255.255.255", "240.0.0.0"),
        Block("255.255.255.255", "255.255.255.255", outside: "255.255.255.254"),
    ]

    static let sharedAndReserved = [
        Block("100.64.0.0", "100.127.255.255", outside: "100.63.255.255", "100.128.0.0"),
        Block("192.0.0.0", "192.0.0.255", outside: "191.255.255.255", "192.0.1.0"),
        Block("198.18.0.0", "198.19.255.255", outside: "198.17.255.255", "198.20.0.0"),
        Block("240.0.0.0", "255.255.255.254"),
    ]

    static let documentation = [
        Block("192.0.2.0", "192.0.2.255", outside: "192.0.1.255", "192.0.3.0"),
        Block("198.51.100.0", "198.51.100.255", outside: "198.51.99.255", "198.51.101.0"),
        Block("203.0.113.0", "203.0.113.255", outside: "203.0.112.255", "203.0.114.0"),
    ]

    static let open = GlobalUnicastFilter(refusesSharedAndReserved: false, refusesDocumentation: false)

    @Test("AP12 SEC-34: the blocks of RFC 4380 are refused by every filter", arguments: always)
    func refusedAlways(_ block: Block) {
        for address in [block.first, block.last] {
            #expect(!Self.open.isGlobalUnicast(ipv4(address)), "\(address)")
            #expect(!Self.open.mayBeSent(to: UDPEndpoint(ipv4(address), 3544)), "\(address)")
        }
        for address in block.outside {
            #expect(Self.open.isGlobalUnicast(ipv4(address)), "\(address)")
            #expect(Self.open.mayBeSent(to: UDPEndpoint(ipv4(address), 3544)), "\(address)")
        }
    }

    @Test("AP12: shared and reserved ranges have their own switch, on by default", arguments: sharedAndReserved)
    func refusedUnlessSwitchedOff(_ block: Block) {
        for address in [block.first, block.last] {
            #expect(!GlobalUnicastFilter().isGlobalUnicast(ipv4(address)), "\(address)")
            #expect(Self.open.isGlobalUnicast(ipv4(address)), "\(address)")
        }
        for address in block.outside { #expect(GlobalUnicastFilter().isGlobalUnicast(ipv4(address)), "\(address)") }
    }

    @Test("AP12: documentation ranges have their own switch, off by default", arguments: documentation)
    func refusedWhenSwitchedOn(_ block: Block) {
        let strict = GlobalUnicastFilter(refusesDocumentation: true)
        for address in [block.first, block.last] {
            #expect(GlobalUnicastFilter().isGlobalUnicast(ipv4(address)), "\(address)")
            #expect(!strict.isGlobalUnicast(ipv4(address)), "\(address)")
        }
        for address in block.outside { #expect(strict.isGlobalUnicast(ipv4(address)), "\(address)") }
    }

    @Test("AP12: directed broadcasts of attached subnets are refused, their hosts are not")
    func directedBroadcast() throws {
        let filter = GlobalUnicastFilter(
            attachedSubnets: [try #require(IPv4Prefix("8.8.8.0/24")), try #require(IPv4Prefix("9.9.9.4/30"))]
        )
        #expect(!filter.isGlobalUnicast(ipv4("8.8.8.255")))
        #expect(!filter.isGlobalUnicast(ipv4("9.9.9.7")))
        #expect(filter.isGlobalUnicast(ipv4("8.8.8.254")))
        #expect(filter.isGlobalUnicast(ipv4("9.9.9.3")))
        #expect(GlobalUnicastFilter().isGlobalUnicast(ipv4("8.8.8.255")))
    }

    @Test("AP12: a point-to-point subnet has no broadcast address")
    func pointToPoint() throws {
        let filter = GlobalUnicastFilter(
            attachedSubnets: [try #require(IPv4Prefix("8.8.8.8/31")), try #require(IPv4Prefix("9.9.9.9/32"))]
        )
        for address in ["8.8.8.8", "8.8.8.9", "9.9.9.9"] { #expect(filter.isGlobalUnicast(ipv4(address))) }
    }

    @Test("SEC-12: internal prefixes are refused although they look global")
    func internalPrefixes() throws {
        let filter = GlobalUnicastFilter(internalPrefixes: [try #require(IPv4Prefix("8.8.0.0/16"))])
        #expect(!filter.isGlobalUnicast(ipv4("8.8.8.8")))
        #expect(filter.isGlobalUnicast(ipv4("8.9.0.0")))
    }

    @Test("V14 SEC-50: nothing may be sent to port 0 or to an own address")
    func ownAddressAndPortZero() {
        let filter = GlobalUnicastFilter(ownAddresses: [ipv4("8.8.8.8")])
        #expect(!filter.mayBeSent(to: endpoint("8.8.8.8:3544")))
        #expect(!filter.mayBeSent(to: endpoint("8.8.4.4:0")))
        #expect(filter.mayBeSent(to: endpoint("8.8.4.4:1")))
        #expect(filter.isGlobalUnicast(ipv4("8.8.8.8")))
    }

    @Test(
        "SEC-23: an alternate endpoint may be private or global, but only unicast",
        arguments: [
            ("10.0.0.1:1", true), ("172.16.0.1:1", true), ("192.168.1.77:65535", true), ("169.254.1.1:1", true),
            ("100.64.0.1:1", true), ("8.8.8.8:53", true), ("1.0.0.0:1", true), ("126.255.255.255:1", true),
            ("128.0.0.0:1", true), ("223.255.255.255:1", true), ("0.0.0.0:1", false), ("0.255.255.255:1", false),
            ("127.0.0.0:1", false), ("127.255.255.255:1", false), ("224.0.0.0:1", false), ("239.255.255.255:1", false),
            ("240.0.0.0:1", false), ("255.255.255.255:1", false), ("192.168.1.77:0", false), ("192.168.1.5:1", false),
            ("192.168.1.255:1", false), ("192.168.2.255:1", true),
        ]
    )
    func alternates(text: String, isAccepted: Bool) throws {
        let filter = GlobalUnicastFilter(
            attachedSubnets: [try #require(IPv4Prefix("192.168.1.0/24"))],
            ownAddresses: [ipv4("192.168.1.5")]
        )
        #expect(filter.mayBeAlternate(endpoint(text)) == isAccepted)
    }

    @Test("SEC-34: a private prefix counts as global only where the operator says so, and nothing else does with it")
    func declaredGlobal() {
        var filter = GlobalUnicastFilter()
        #expect(!filter.isGlobalUnicast(ipv4("10.1.2.3")))
        filter.globalPrefixes = [IPv4Prefix(ipv4("10.1.0.0"), length: 16)]
        filter.attachedSubnets = [IPv4Prefix(ipv4("10.1.2.0"), length: 24)]
        filter.ownAddresses = [ipv4("10.1.2.9")]
        #expect(filter.isGlobalUnicast(ipv4("10.1.2.3")))
        #expect(filter.mayBeSent(to: endpoint("10.1.2.3:3544")))
        #expect(!filter.isGlobalUnicast(ipv4("10.1.2.255")), "directed broadcast")
        #expect(!filter.mayBeSent(to: endpoint("10.1.2.9:3544")), "own address")
        for other in ["10.0.255.255", "10.2.0.0", "192.168.1.1", "127.0.0.1", "224.0.0.1", "169.254.1.1"] {
            #expect(!filter.isGlobalUnicast(ipv4(other)), "\(other)")
        }
    }

    @Test(
        "SEC-34: what is never between hosts of a network cannot be declared global",
        arguments: ["0.1.2.3", "127.0.0.1", "169.254.1.1", "192.88.99.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"]
    )
    func undeclarable(text: String) {
        var filter = GlobalUnicastFilter()
        filter.globalPrefixes = [IPv4Prefix(ipv4("0.0.0.0"), length: 0)]
        #expect(!filter.isGlobalUnicast(ipv4(text)))
        #expect(filter.isGlobalUnicast(ipv4("10.0.0.1")) && filter.isGlobalUnicast(ipv4("100.64.0.1")))
    }
}
