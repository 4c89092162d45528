import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

@Suite struct AnswerLimiterTests {
    @Test("SEC-30, SEC-44: at most 64 answers wait for their turn, each once, and none for long")
    func pending() {
        let now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
        var random = RandomSource(SplitMix64(seed: 3))
        var peers = PeerTable(limit: 200, using: &random)
        let tickets = (0..<100).map { number in
            let address = Packets.peer(port: 5000 + UInt16(number)).ipv6
            let index = peers.insert(Peer(at: nil, now: now), for: address)
            return peers.ticket(for: index)
        }
        var limiter = AnswerLimiter(peers.hash, now: now)
        let due = now + .milliseconds(200)
        let isLate = !limiter.postpone(tickets[0], until: now + .milliseconds(251), now: now)
        #expect(isLate)
        let accepted = tickets.map { limiter.postpone($0, until: due, now: now) }
        #expect(accepted.count { $0 } == 64)
        _ = limiter.pop(now: due)
        let isTwice = !limiter.postpone(tickets[1], until: due, now: now)
        #expect(isTwice)
        #expect(limiter.pop(now: now) == nil)
        var popped = 0
        while limiter.pop(now: due) != nil { popped += 1 }
        #expect(popped == 63 && limiter.deadline == nil)
    }
}
