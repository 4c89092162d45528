import TeredoProtocol
import TeredoSettings
import TeredoWire
import Testing

@Suite("Servers behind a name")
struct ServerSelectionTests {
    private let first = IPv4Address(192, 0, 2, 1)
    private let second = IPv4Address(192, 0, 2, 2)
    private let third = IPv4Address(198, 51, 100, 1)

    @Test("one address is the primary, and the next one the secondary")
    func single() {
        let selection = ServerSelection(configuredSecondary: nil)
        #expect(selection.servers(from: [third]) == [ServerAddresses(primary: third, secondary: third.successor)])
        #expect(selection.addresses(from: [third])?.primary == third)
    }

    @Test("two addresses of a name are both used, in an order that does not depend on the answer's")
    func pair() {
        let selection = ServerSelection(configuredSecondary: nil)
        let expected = [
            ServerAddresses(primary: second, secondary: third), ServerAddresses(primary: third, secondary: second),
        ]
        #expect(selection.servers(from: [third, second]) == expected)
        #expect(selection.servers(from: [second, third]) == expected)
    }

    @Test("more addresses are as many servers, each with the next address")
    func several() {
        let servers = ServerSelection(configuredSecondary: nil).servers(from: [third, first, second])
        #expect(servers.map(\.primary) == [first, second, third])
        #expect(servers.map(\.secondary) == [first.successor, second.successor, third.successor])
    }

    @Test("a configured secondary address wins")
    func configured() {
        let selection = ServerSelection(configuredSecondary: third)
        #expect(selection.addresses(from: [first])?.secondary == third)
        #expect(selection.addresses(from: [first, second])?.secondary == third)
    }

    @Test("no address is no server")
    func none() {
        #expect(ServerSelection(configuredSecondary: nil).addresses(from: []) == nil)
    }
}

@Suite("What the name service says about a server")
struct ServerNameAnswerTests {
    private func address(_ text: String) -> IPv4Address { IPv4Address(text) ?? .broadcast }

    @Test(
        "SEC-34: an address that cannot be a server's is refused with what it is",
        arguments: [
            ("0.0.0.0", "\"this network\" (0.0.0.0/8)"), ("127.0.0.1", "loopback (127.0.0.0/8)"),
            ("192.168.1.1", "private (192.168.0.0/16)"), ("255.255.255.255", "the broadcast address"),
            ("224.0.0.253", "multicast (224.0.0.0/4)"), ("169.254.1.1", "link-local (169.254.0.0/16)"),
            ("100.64.0.1", "shared address space of carrier-grade NATs (100.64.0.0/10)"),
            ("198.51.100.255", "an address of this host or its links"),
            ("198.51.100.7", "an address of this host or its links"),
        ]
    )
    func refused(text: String, kind: String) {
        var filter = GlobalUnicastFilter()
        filter.ownAddresses = [address("198.51.100.7")]
        filter.attachedSubnets = [IPv4Prefix(address("198.51.100.0"), length: 24)]
        let answer = ServerNameAnswer([address(text), address("192.0.2.1")], filter: filter)
        #expect(answer.usable == [address("192.0.2.1")])
        #expect(answer.objection == "\(text), which is \(kind)")
        #expect(ServerNameAnswer([address(text)], filter: filter).usable.isEmpty)
    }

    @Test("a private address is usable where the operator says that it counts as global")
    func internalPrefix() {
        let filter = GlobalUnicastFilter(globalPrefixes: [IPv4Prefix(address("10.0.0.0"), length: 8)])
        #expect(ServerNameAnswer([address("10.0.0.5")], filter: filter).usable == [address("10.0.0.5")])
    }

    @Test("of many addresses the 16 lowest are used, whatever their order")
    func many() {
        let addresses = (0..<40).map { IPv4Address(rawValue: address("192.0.2.1").rawValue + $0) }
        let answer = ServerNameAnswer(addresses.reversed() + addresses, filter: GlobalUnicastFilter())
        #expect(answer.usable == Array(addresses.prefix(16)))
        #expect(answer.objection == nil)
    }
}
