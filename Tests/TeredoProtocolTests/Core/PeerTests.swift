import TeredoWire
import Testing

@testable import TeredoProtocol

@Suite struct PeerTests {
    static let now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
    static let endpoint = UDPEndpoint(IPv4Address(8, 0, 0, 1), 4096).permitted ?? .discoveryGroup

    /// A peer that was heard just now.
    static func peer() -> Peer {
        var peer = Peer(at: endpoint, now: now)
        peer.isTrusted = true
        peer.lastReception = now
        return peer
    }

    @Test("A peer fits into a cache line with its address and its place in the order of use")
    func size() {
        #expect(MemoryLayout<PeerSlot>.stride == 64)
        #expect(MemoryLayout<Peer>.size <= 40)
    }

    @Test("Setting a detail to what it is anyway makes no details; setting it to something else does")
    func defaults() {
        var peer = Self.peer()
        var budget = QueueBudget(limit: 100)
        peer.endExchange()
        peer.updateExchange { $0.rest() }
        peer.quietUntil = nil
        peer.neighbor = nil
        peer.answer = nil
        peer.neighbor?.doubt()
        peer.transit = nil
        peer.transit?.use()
        peer.pacing.answered()
        peer.traversal.endContact()
        peer.endContact()
        #expect(peer.outgoing.removeAll(budget: &budget).isEmpty && peer.incoming.removeAll(budget: &budget).isEmpty)
        #expect(!peer.hasDetails)
        let changes: [@Sendable (inout Peer) -> Void] = [
            { $0.updateExchange { $0.wait(until: Self.now) } }, { $0.updateExchange { $0.begin(now: Self.now) } },
            { $0.updateExchange { $0.countAttempt() } }, { $0.updateExchange { $0.sent(Self.request) } },
            { $0.quietUntil = Self.now }, { $0.answerTo(Self.endpoint, now: Self.now) },
            { $0.neighbor = PeerNeighborhood(at: Self.endpoint, now: Self.now) },
            { $0.answer = PeerAnswer(target: Self.endpoint, heard: Self.now, last: Self.now) },
            { $0.traversal.nonceReceived = 1 },
            { $0.transit = TransitPath(nonce: 1, through: .discoveryGroup, or: nil, deadline: Self.now) },
            { _ = $0.pacing.decide(lastTransmission: Self.now - .seconds(9), now: Self.now) },
            { $0.outgoing = Self.queue() }, { $0.incoming = Self.queue() },
        ]
        for (number, change) in changes.enumerated() {
            var changed = peer
            change(&changed)
            #expect(changed.hasDetails && !peer.hasDetails, "change \(number)")
        }
    }

    private static let request = PeerExchange.ConnectivityTest.Request(nonce: 1, sentAt: now)

    private static func queue() -> PacketQueue {
        var queue = PacketQueue()
        var budget = QueueBudget(limit: 10)
        _ = queue.append(
            QueuedPacket(bytes: [1], origin: nil, since: ProtocolInstant(nanoseconds: 0)),
            limits: QueueLimits(),
            budget: &budget
        )
        return queue
    }

    @Test("The facts of a peer need no details, and do not mix")
    func facts() {
        let facts: [WritableKeyPath<Peer, Bool>] = [
            \.isTrusted, \.knowsTrailers, \.isSymmetricPeer, \.receivesOnPrimary, \.receivesOnRandom, \.isUnconfirmed,
        ]
        for fact in facts {
            var peer = Peer(at: Self.endpoint, now: Self.now)
            peer[keyPath: fact] = true
            #expect(facts.filter { peer[keyPath: $0] } == [fact] && !peer.hasDetails)
            peer[keyPath: fact] = false
            #expect(facts.allSatisfy { !peer[keyPath: $0] })
        }
    }

    @Test("A copy of a peer is independent of it")
    func copies() {
        var first = Self.peer()
        first.updateExchange { $0.countAttempt() }
        var second = first
        second.updateExchange { $0.countAttempt() }
        second.traversal.nonceReceived = 7
        #expect(first.exchange?.attempts == 1 && first.traversal.nonceReceived == 0)
        first.releaseDetails()
        #expect(second.exchange?.attempts == 2 && second.traversal.nonceReceived == 7)
    }

    typealias Need = (what: String, set: @Sendable (inout Peer) -> Void, milliseconds: Int?)

    /// What keeps details, and for how long; `nil` is until it is over.
    static let needs: [Need] = [
        ("retry", { $0.updateExchange { $0.wait(until: now) } }, nil),
        ("exchange", { $0.updateExchange { $0.begin(now: now) } }, nil),
        ("test", { $0.updateExchange { $0.sent(request) } }, nil),
        ("transit", { $0.transit = TransitPath(nonce: 1, through: .discoveryGroup, or: nil, deadline: now) }, nil),
        ("queue", { $0.outgoing = queue() }, nil),
        ("held packets", { $0.incoming = queue() }, nil),
        ("random port", { $0.traversal.randomPort = PeerTraversal.RandomPort(slot: 1) }, nil),
        ("wrong nonces (SEC-13)", { _ = $0.traversal.nonces.accepts(1, now: now) }, nil),
        ("ignored nonces (SEC-13)", { for _ in 0..<16 { _ = $0.traversal.nonces.accepts(1, now: now) } }, 30_000),
        ("quiet time", { $0.quietUntil = now + .seconds(30) }, 30_000),
        ("neighbour", { $0.neighbor = PeerNeighborhood(at: endpoint, now: now) }, 600_000),
        ("answer", { $0.answer = PeerAnswer(target: endpoint, heard: now, last: now) }, 30_000),
        ("proof", { $0.traversal.provenAt = now }, 30_000),
        ("indirect bubble", { $0.traversal.lastIndirect = now }, 30_000),
        ("bubble (SEC-45)", { _ = $0.pacing.decide(lastTransmission: now - .seconds(9), now: now) }, 300_001),
        (
            "nonce of a peer behind a symmetric NAT",
            {
                $0.traversal.nonceReceived = 1
                $0.isSymmetricPeer = true
            }, 30_000
        ),
        ("port of the peer", { $0.traversal.peerRandomPort = 7 }, 30_000),
        ("nonce of a direct peer", { $0.traversal.nonceReceived = 1 }, 0),
    ]

    @Test("SEC-13, SEC-45: details stay as long as a limit depends on them, and not longer", arguments: needs.indices)
    func release(number: Int) {
        let need = Self.needs[number]
        var peer = Self.peer()
        need.set(&peer)
        let end = Self.now + .milliseconds(need.milliseconds ?? 3_600_000)
        if need.milliseconds != 0 {
            var kept = peer
            kept.releaseUnneededDetails(isBehindSymmetricNAT: false, now: end - .milliseconds(1))
            #expect(kept.hasDetails, "\(need.what)")
        }
        peer.releaseUnneededDetails(isBehindSymmetricNAT: false, now: end)
        #expect(peer.hasDetails == (need.milliseconds == nil), "\(need.what)")
    }

    @Test("Behind a symmetric NAT the nonces of a peer stay while it is in use")
    func symmetric() {
        var peer = Self.peer()
        peer.traversal.nonceReceived = 1
        peer.releaseUnneededDetails(isBehindSymmetricNAT: true, now: Self.now + .milliseconds(29_999))
        #expect(peer.traversal.nonceReceived == 1)
        peer.releaseUnneededDetails(isBehindSymmetricNAT: true, now: Self.now + .seconds(30))
        #expect(!peer.hasDetails)
    }
}
