import TeredoProtocol
import TeredoService
import TeredoSettings
import TeredoWire
import Testing

@Suite("Servers of a client")
struct ServerDirectoryTests {
    private let first = IPv4Address(192, 0, 2, 1)
    private let third = IPv4Address(198, 51, 100, 1)

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
