import TeredoWire
import Testing

@testable import TeredoProtocol

@Suite struct PeerExchangeTests {
    private static let now = ProtocolInstant(nanoseconds: 1_000_000_000_000)

    @Test("An exchange is over in 8 s from its first bubble, and what begins it again does not make it longer")
    func overdue() {
        var exchange = PeerExchange()
        #expect(exchange.isOver && !exchange.isOverdue(now: Self.now + .seconds(100)))
        exchange.begin(now: Self.now)
        exchange.begin(now: Self.now + .seconds(5))
        #expect(!exchange.isOverdue(now: Self.now + .milliseconds(7999)))
        #expect(exchange.isOverdue(now: Self.now + .seconds(8)))
    }

    @Test("A peer remembers an exchange while something of it is left, and nothing of one that only rested")
    func rest() {
        var peer = PeerTableTests.peer(1)
        peer.updateExchange { $0.wait(until: Self.now) }
        #expect(peer.retryDeadline == Self.now)
        peer.updateExchange { $0.rest() }
        #expect(peer.exchange == nil)
        peer.updateExchange { $0.countAttempt() }
        peer.updateExchange { $0.wait(until: Self.now) }
        peer.updateExchange { $0.rest() }
        #expect(peer.exchange?.attempts == 1 && peer.retryDeadline == nil)
        peer.endExchange()
        #expect(peer.exchange == nil)
    }
}

/// What client and relay differ in when they contact a peer.
@Suite struct ContactPolicyTests {
    private static let now = ProtocolInstant(nanoseconds: 1_000_000_000_000)

    /// The engine of a role and a peer that something was sent to half a second ago, so that its bubble has to wait.
    private static func waiting(endsInTime: Bool) -> (ContactEngine, PeerTable.Index) {
        var random = RandomSource(SplitMixGenerator(seed: 1))
        let policy = ContactPolicy(endsInTime: endsInTime, pacing: .fourInWindow, queueLimits: QueueLimits())
        var engine = ContactEngine(limit: 4, countsOctets: false, policy: policy, using: &random)
        let peer = PeerTableTests.address(1)
        let index = engine.insert(peer, at: PeerTableTests.peer(1).destination, isStranger: false, now: now)
        engine[index].lastTransmission = now - .milliseconds(500)
        return (engine, index)
    }

    @Test("A bubble that has to wait goes as soon as it may where exchanges end in time, and else 2 s later")
    func later() {
        for (endsInTime, wait) in [(true, 1500), (false, 2000)] {
            var (engine, index) = Self.waiting(endsInTime: endsInTime)
            #expect(engine.attempt(index, now: Self.now) == .later)
            engine.awaitAnswer(index, now: Self.now)
            #expect(engine.retryDeadline == Self.now + .milliseconds(wait))
            #expect(engine[index].exchange?.attempts == 0)
        }
    }

    @Test("A peer is given up after four bubbles, or after 8 s where exchanges end in time")
    func spent() {
        for endsInTime in [true, false] {
            var (engine, index) = Self.waiting(endsInTime: endsInTime)
            _ = engine.attempt(index, now: Self.now)
            #expect(engine.isSpent(index, now: Self.now + .seconds(8)) == endsInTime)
        }
        var (engine, index) = Self.waiting(endsInTime: false)
        for number in 1...4 {
            #expect(!engine.isSpent(index, now: Self.now))
            #expect(engine.attempt(index, now: Self.now + .seconds(2 * number)) == .now)
        }
        #expect(engine.isSpent(index, now: Self.now))
    }

    @Test("SEC-38: no answer can come any more when the server refused twice, or once and the peer's endpoint too")
    func hopeless() {
        for (byServer, isDirect, isHopeless) in [
            (0, false, false), (0, true, false), (1, false, false), (1, true, true), (2, false, true), (3, true, true),
        ] {
            var exchange = PeerExchange()
            for _ in 0..<byServer { exchange.noteServerRefusal() }
            if isDirect { exchange.noteDirectRefusal() }
            #expect(exchange.isHopeless == isHopeless, "\(byServer) \(isDirect)")
        }
    }
}
