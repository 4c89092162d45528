import TeredoProtocol
import TeredoService
import TeredoWire
import Testing

@Suite("Servers of a client")
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

    @Test("names are looked up once at a time, and their servers stand where the names do")
    func directory() {
        var directory = ServerDirectory(
            [.name("a.example"), .address(first), .name("b.example")],
            configuredSecondary: nil
        )
        #expect(directory.beginLookUps() == ["a.example", "b.example"])
        #expect(directory.beginLookUps().isEmpty)
        #expect(directory.servers.map(\.primary) == [first] && !directory.isComplete)
        directory.record([third], of: "a.example")
        directory.record([], of: "b.example")
        #expect(directory.servers.map(\.primary) == [third, first])
        #expect(directory.isComplete && directory.hasUnresolvedNames)
    }

    @Test("a name that does not resolve any more keeps its addresses, one with others has those")
    func staleNames() {
        var directory = ServerDirectory([.name("a.example")], configuredSecondary: nil)
        for (answer, expected) in [([first], first), ([], first), ([third], third)] {
            _ = directory.beginLookUps()
            directory.record(answer, of: "a.example")
            #expect(directory.servers.map(\.primary) == [expected])
        }
        #expect(!directory.hasUnresolvedNames)
    }
}
