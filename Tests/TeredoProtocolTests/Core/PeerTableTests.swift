import TeredoWire
import Testing

@testable import TeredoProtocol

/// The peer table is internal: what it promises is tested from inside.
@Suite struct PeerTableTests {
    private static let now = ProtocolInstant(nanoseconds: 1_000_000_000_000)

    private func peer(_ port: UInt16, isTrusted: Bool = false) -> Peer {
        var peer = Peer(endpoint: UDPEndpoint(IPv4Address(192, 0, 2, 1), port), now: Self.now)
        peer.isTrusted = isTrusted
        return peer
    }

    private func address(_ number: UInt64) -> IPv6Address { IPv6Address(high: 0x2001_0000 << 32, low: number) }

    @Test("50,000 random insertions, look-ups and removals agree with a dictionary")
    func reference() {
        var generator = TestGenerator(seed: 11)
        var table = PeerTable(limit: 1 << 16, using: &generator)
        var reference: [IPv6Address: UInt16] = [:]
        for _ in 0..<50_000 {
            let key = address(UInt64.random(in: 0..<3000, using: &generator))
            let port = UInt16.random(in: 1...65_535, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                if let index = table.find(key) {
                    table[index].endpoint = UDPEndpoint(.broadcast, port)
                    table[index].isTrusted.toggle()
                    table.touch(index)
                } else {
                    _ = table.insert(peer(port), for: key)
                    let index = table.find(key)
                    if let index { table[index].endpoint = UDPEndpoint(.broadcast, port) }
                }
                reference[key] = port
            case 1:
                if let index = table.find(key) { table.remove(index) }
                reference[key] = nil
            default:
                #expect(table.find(key).map { table[$0].endpoint.port } == reference[key])
            }
        }
        #expect(table.count == reference.count)
        #expect(table.count == table.trustedCount + table.untrustedCount)
        #expect(Set(table.indices.map { table.address(of: $0) }) == Set(reference.keys))
    }

    @Test("SEC-30: untrusted entries go first, the least recently used of them; active trusted ones never go")
    func eviction() throws {
        var generator = TestGenerator(seed: 12)
        var table = PeerTable(limit: 4, using: &generator)
        let trusted = table.insert(peer(1, isTrusted: true), for: address(1))
        let first = table.insert(peer(2), for: address(2))
        _ = table.insert(peer(3), for: address(3))
        _ = table.insert(peer(4), for: address(4))
        #expect(table.isFull)
        table.touch(first)
        #expect(table.candidateForEviction(now: Self.now).map { table.address(of: $0) } == address(3))
        for number in 2...4 as ClosedRange<UInt64> {
            if let index = table.find(address(number)) { table.remove(index) }
        }
        table[trusted].lastReception = Self.now
        #expect(table.candidateForEviction(now: Self.now + .seconds(29)) == nil)
        #expect(table.candidateForEviction(now: Self.now + .seconds(31)) == trusted)
    }

    @Test("A ticket finds its entry until it is removed, also when the slot is used again")
    func tickets() {
        var generator = TestGenerator(seed: 13)
        var table = PeerTable(limit: 4, using: &generator)
        let index = table.insert(peer(1), for: address(1))
        let ticket = table.ticket(for: index)
        #expect(table.find(ticket) == index)
        table.remove(index)
        #expect(table.find(ticket) == nil)
        _ = table.insert(peer(2), for: address(2))
        #expect(table.find(ticket) == nil)
    }
}

@Suite struct PacingTests {
    private static let start = ProtocolInstant(nanoseconds: 1_000_000_000_000)

    @Test("SEC-45: whatever is asked, no two decisions within 2 s and no five within 300 s, over 600 s")
    func bounds() {
        var generator = TestGenerator(seed: 14)
        for _ in 0..<20 {
            var pacing = BubblePacing()
            var sent: [ProtocolInstant] = []
            var now = Self.start
            while now - Self.start < .seconds(600) {
                now = now + .milliseconds(Int.random(in: 1...900, using: &generator))
                let last = sent.last ?? Self.start - .seconds(30)
                if pacing.decide(lastTransmission: last, now: now) == .now { sent.append(now) }
            }
            let gaps = zip(sent.dropFirst(), sent).map { $0 - $1 }
            #expect(gaps.allSatisfy { $0 >= .seconds(2) })
            for index in sent.indices.dropFirst(4) { #expect(sent[index] - sent[index - 4] > .seconds(300)) }
            #expect((8...9).contains(sent.count))
        }
    }

    @Test("A direct response resets the count")
    func answered() {
        var pacing = BubblePacing()
        for number in 0..<20 {
            let now = Self.start + .seconds(2 * number)
            #expect(pacing.decide(lastTransmission: now - .seconds(2), now: now) == .now)
            pacing.answered()
        }
    }

    @Test("A token bucket gives its burst at once and its rate afterwards, whatever the steps of time")
    func bucket() {
        var bucket = TokenBucket(rate: 10, burst: 5, now: Self.start)
        #expect((0..<100).count { _ in bucket.take(now: Self.start) } == 5)
        var taken = 0
        for step in 1...10_000 where bucket.take(now: Self.start + .milliseconds(step)) { taken += 1 }
        #expect(taken == 100)
        #expect((0..<100).count { _ in bucket.take(now: Self.start + .seconds(86_400 * 365)) } == 5)
    }

    @Test("SEC-32: a queue holds its limits and gives every octet back")
    func queue() {
        var budget = QueueBudget(limit: 1000)
        let limits = QueueLimits(packetsPerPeer: 3, octetsPerPeer: 500, totalOctets: 1000)
        var queues = [PacketQueue(), PacketQueue(), PacketQueue()]
        func packet(_ length: Int) -> QueuedPacket {
            QueuedPacket(bytes: [UInt8](repeating: 1, count: length), origin: nil)
        }
        for index in queues.indices {
            for _ in 0..<3 { _ = queues[index].append(packet(200), limits: limits, budget: &budget) }
        }
        #expect(queues.map(\.octets) == [400, 400, 200])
        #expect(budget.used == 1000)
        #expect(queues[0].removeAll(budget: &budget).count == 2)
        #expect(budget.used == 600 && queues[0].isEmpty)
    }
}
