import TeredoLinux
import TeredoWire
import Testing

@Suite struct NameResolverTests {
    @Test("The IPv6 addresses of a name are those of the system's resolver, in the order of their octets")
    func ipv6() throws {
        // A literal takes the same way through the C library as a name, and needs no name service.
        let addresses = try NameResolver.ipv6Addresses(of: "2001:0:c000:201:2cad:efff:39cc:9bf8")
        #expect(addresses.map(\.description) == ["2001:0:c000:201:2cad:efff:39cc:9bf8"])
    }

    @Test("A name that has none is told from a name service that is silent")
    func none() {
        let error = #expect(throws: NameResolver.Failure.self) { try NameResolver.ipv6Addresses(of: "192.0.2.1") }
        #expect(error == .noAddress)
    }
}
