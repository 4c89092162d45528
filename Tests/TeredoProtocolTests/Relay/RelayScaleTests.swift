import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

@Suite struct RelayScaleTests {
    typealias Harness = RelayHarness

    static func client(_ number: Int) -> TeredoAddress {
        Packets.peer(IPv4Address(rawValue: 0x0900_0000 + UInt32(number)), port: 4096)
    }

    /// A relay with so many clients that each got a packet and answered the bubble before it.
    static func harness(clients: Int) -> Harness {
        var harness = Harness {
            $0.peerLimit = clients * 2
            $0.newPeersPerSecond = clients
        }
        for number in 0..<clients {
            harness.transmit(Harness.packet(to: client(number).ipv6))
            harness.answer(client(number))
            harness.forget()
        }
        return harness
    }

    @Test("X1: settled clients cost at most 96 octets each, and are still served")
    func memory() {
        var harness = Self.harness(clients: 20_000)
        let table = harness.relay.contacts.peers
        #expect(table.trustedCount == 20_000)
        #expect(table.indices.allSatisfy { !table[$0].hasDetails })
        #expect(table.octets <= 96 * table.count)
        #expect(
            harness.transmit(Harness.packet(to: Self.client(77).ipv6)) == .forward(to: Self.client(77).mappedEndpoint)
        )
        let batch = [Self.client(3).ipv6, Self.client(20_001).ipv6, Self.client(4).ipv6]
        #expect(harness.relay.prepare(for: batch.span) == 2)
    }

    @Test("SEC-31: clients that are not used for 300 s go five hundred at a time, so that packets need not wait")
    func expiry() {
        var harness = Self.harness(clients: 1300)
        harness.now = harness.now + .seconds(299)
        harness.relay.handleTimeout(now: harness.now)
        #expect(harness.relay.peerCount == 1300)
        harness.now = harness.now + .seconds(31)
        var counts: [Int] = []
        while harness.relay.peerCount > 0, counts.count < 10 {
            harness.relay.handleTimeout(now: harness.now)
            counts.append(harness.relay.peerCount)
            harness.now = harness.relay.nextTimeout ?? harness.now
        }
        #expect(counts == [788, 276, 0])
        #expect(harness.relay.nextTimeout == nil)
    }

    @Test("A relay with idle clients has something to do every 30 s, whatever their number")
    func idle() {
        var harness = Self.harness(clients: 1000)
        harness.relay.handleTimeout(now: harness.now + .seconds(8))
        var wakeUps = 0
        while let next = harness.relay.nextTimeout, next < Harness.start + .seconds(300), wakeUps < 100 {
            harness.relay.handleTimeout(now: next)
            wakeUps += 1
        }
        #expect((9...11).contains(wakeUps))
    }

    @Test("Copies of a relay are independent")
    func copies() {
        var first = Self.harness(clients: 10)
        var second = first
        second.now = second.now + .seconds(31)
        #expect(second.transmit(Harness.packet(to: Self.client(11).ipv6)) == .consumed)
        #expect(second.transmit(Harness.packet(to: Self.client(1).ipv6)) == .consumed)
        #expect(first.relay.peerCount == 10 && second.relay.peerCount == 11)
        #expect(first.relay.queuedOctets == 0)
        #expect(first.transmit(Harness.packet(to: Self.client(1).ipv6)) == .forward(to: Self.client(1).mappedEndpoint))
    }
}
