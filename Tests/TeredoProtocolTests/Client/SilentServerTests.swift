import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// A server that does not answer a client which peers are heard at: its limits may be used up by others behind the same address.
@Suite struct SilentServerTests {
    static let peer = Packets.peer()

    /// Lets a peer send every second, while no server answers.
    private static func hear(_ harness: inout ClientHarness, from source: UDPEndpoint, for seconds: Int) {
        for _ in 0..<seconds {
            harness.advance(.seconds(1))
            harness.receiveData(peer, from: source)
        }
    }

    private static func withdrawals(_ harness: ClientHarness) -> Int {
        harness.events.count { if case .addressWithdrawn = $0 { true } else { false } }
    }

    private static func keeps(_ harness: ClientHarness) -> Int {
        harness.events.count {
            if case .statusChanged(.qualified, reason: .keptByPeers) = $0 { true } else { false }
        }
    }

    @Test(
        "SEC-39, section 5.2.5: an address that peers are heard at stays while the server is silent, and goes with the peers"
    )
    func heardPeers() {
        var harness = ClientHarness.qualified()
        let own = harness.own
        harness.receiveDirect(Self.peer)
        Self.hear(&harness, from: Self.peer.mappedEndpoint, for: 600)
        #expect(harness.own == own)
        #expect(Self.withdrawals(harness) == 0)
        #expect(Self.keeps(harness) == 1, "said once, whatever it takes")
        // Nobody is heard any more: the three solicitations that come next decide.
        harness.advance(.seconds(60))
        #expect(harness.client.address == nil)
        #expect(Self.withdrawals(harness) == 1)
    }

    @Test("SEC-39: a server that is silent is asked three times, 4 s apart, and again when a refresh would be due")
    func pace() throws {
        var harness = ClientHarness.qualified()
        harness.receiveDirect(Self.peer)
        harness.forget()
        Self.hear(&harness, from: Self.peer.mappedEndpoint, for: 300)
        let times = harness.solicitations.filter { $0.to == harness.server }.map(\.at)
        try #require(times.count >= 12)
        let pauses = zip(times.dropFirst(), times).map { $0 - $1 }
        #expect(pauses.allSatisfy { $0 >= .seconds(4) })
        for first in stride(from: 0, to: pauses.count - 3, by: 3) {
            #expect(pauses[first] == .seconds(4) && pauses[first + 1] == .seconds(4))
            #expect(pauses[first + 2] >= .seconds(22))
        }
    }

    @Test("Section 5.2.5: the server that answers again goes on as before, and a mapping that changed ends the address")
    func answersAgain() throws {
        var harness = ClientHarness.qualified()
        let own = harness.own
        harness.receiveDirect(Self.peer)
        Self.hear(&harness, from: Self.peer.mappedEndpoint, for: 100)
        harness.forget()
        while harness.solicitations.isEmpty { Self.hear(&harness, from: Self.peer.mappedEndpoint, for: 1) }
        harness.answer()
        #expect(harness.own == own)
        harness.forget()
        while harness.solicitations.isEmpty { Self.hear(&harness, from: Self.peer.mappedEndpoint, for: 1) }
        harness.answer(mapped: endpoint("198.51.100.99:7"))
        #expect(harness.own != own)
    }

    @Test("What a peer behind the same NAT sends shows nothing about the mapping: the address goes")
    func neighbor() {
        let neighbor = Packets.peer(ClientHarness.mapped.address, port: 7777)
        var harness = ClientHarness.qualified()
        harness.receiveDirect(neighbor)
        for _ in 0..<120 {
            harness.advance(.seconds(1))
            harness.receiveData(neighbor, from: neighbor.mappedEndpoint)
        }
        #expect(Self.withdrawals(harness) == 1)
    }

    @Test("Behind a symmetric NAT peers show nothing about the mapping towards the server: the address goes")
    func symmetric() {
        var harness = ClientHarness.behind(.random)
        harness.meet(Self.peer, at: Self.peer.mappedEndpoint)
        Self.hear(&harness, from: Self.peer.mappedEndpoint, for: 120)
        #expect(Self.withdrawals(harness) == 1)
    }
}
