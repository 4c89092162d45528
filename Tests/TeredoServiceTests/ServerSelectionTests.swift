import TeredoProtocol
import TeredoService
import TeredoWire
import Testing

@Suite("Server selection")
struct ServerSelectionTests {
    private let first = IPv4Address(192, 0, 2, 1)
    private let second = IPv4Address(192, 0, 2, 2)
    private let third = IPv4Address(198, 51, 100, 1)

    @Test("one address is the primary, and the next one the secondary")
    func single() {
        let selection = ServerSelection(configuredSecondary: nil)
        #expect(selection.addresses(from: [third]) == ServerAddresses(primary: third, secondary: third.successor))
    }

    @Test("two addresses of a name are both used, in an order that does not depend on the answer's")
    func pair() {
        let selection = ServerSelection(configuredSecondary: nil)
        let expected = ServerAddresses(primary: second, secondary: third)
        #expect(selection.addresses(from: [third, second]) == expected)
        #expect(selection.addresses(from: [second, third]) == expected)
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

    @Test("after a failure the next address is tried, and the first again after the last")
    func rotates() {
        var selection = ServerSelection(configuredSecondary: nil)
        selection.recordFailure()
        #expect(selection.addresses(from: [first, third]) == ServerAddresses(primary: third, secondary: first))
        selection.recordFailure()
        #expect(selection.addresses(from: [first, third])?.primary == first)
    }

    @Test("an address that worked is kept through short outages, and given up after long ones")
    func keepsWhatWorked() {
        var selection = ServerSelection(configuredSecondary: nil)
        selection.recordFailure()
        selection.recordSuccess(of: third)
        for _ in 0..<4 {
            selection.recordFailure()
            #expect(selection.addresses(from: [first, third])?.primary == third)
        }
        selection.recordFailure()
        #expect(selection.addresses(from: [first, third])?.primary == first)
    }

    @Test("an address that worked and left the name is not used any more")
    func forgetsWhatLeft() {
        var selection = ServerSelection(configuredSecondary: nil)
        selection.recordSuccess(of: third)
        #expect(selection.addresses(from: [first])?.primary == first)
    }
}
