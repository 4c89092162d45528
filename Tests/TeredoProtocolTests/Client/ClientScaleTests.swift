import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

@Suite struct ClientScaleTests {
    static func peer(_ number: Int) -> TeredoAddress {
        Packets.peer(IPv4Address(rawValue: 0x0900_0000 + UInt32(number)), port: 4096)
    }

    /// A client with so many peers that were reached directly.
    static func harness(peers: Int) -> ClientHarness {
        var harness = ClientHarness.qualified { $0.peerLimit = peers }
        for number in 0..<peers {
            let peer = peer(number)
            _ = harness.client.handlePacket(
                Packets.udp(from: harness.own, to: peer.ipv6).span,
                now: harness.now
            )
            harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
            harness.forget()
        }
        return harness
    }

    @Test("T1: 10,000 direct peers cost at most 96 octets each once nothing goes on with them")
    func memory() {
        var harness = Self.harness(peers: 10_000)
        #expect(harness.client.contacts.peers.trustedCount == 10_000)
        // Three refreshes of the mapping, each of which goes over some of the peers.
        for _ in 0..<4 {
            harness.advance(.seconds(30))
            harness.answer(from: ClientHarness.primary)
        }
        let table = harness.client.contacts.peers
        #expect(table.count == 10_000)
        #expect(table.indices.allSatisfy { !table[$0].hasDetails })
        #expect(table.octets <= 96 * table.count)
    }

    @Test("A client whose peers lost their details reaches them again")
    func again() {
        var harness = Self.harness(peers: 20)
        for _ in 0..<3 {
            harness.advance(.seconds(30))
            harness.answer(from: ClientHarness.primary)
        }
        let peer = Self.peer(7)
        #expect(
            harness.client.contacts.peers.find(peer.ipv6).map { harness.client.contacts.peers[$0].hasDetails } == false
        )
        harness.forget()
        #expect(harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6)) == .consumed)
        #expect(!harness.bubbles.isEmpty)
        harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        #expect(harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6)) == .forward(to: peer.mappedEndpoint))
    }
}
