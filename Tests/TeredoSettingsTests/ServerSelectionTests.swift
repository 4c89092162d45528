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
