import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

@Suite struct PacingMemoryTests {
    private static let start = ProtocolInstant(nanoseconds: 1_000_000_000_000)

    /// What is known of a peer that was sent so many bubbles from the start on, 2 s apart, and answered none.
    private static func pacing(_ bubbles: Int) -> BubblePacing {
        var pacing = BubblePacing()
        for number in 0..<bubbles {
            let now = start + .seconds(2 * number)
            #expect(pacing.decide(lastTransmission: start - .seconds(30), now: now) == .now)
        }
        return pacing
    }

    private static func memory() -> PacingMemory { PacingMemory(SipHash(key: 1, 2)) }

    @Test("SEC-45: the bubbles to a peer that had to go are known when it comes back, once, and as long as they count")
    func returning() {
        var memory = Self.memory()
        let peer = PeerTableTests.address(1)
        #expect(memory.take(peer, now: Self.start) == nil)
        memory.note(Self.pacing(3), of: peer, now: Self.start + .seconds(9))
        #expect(memory.take(PeerTableTests.address(2), now: Self.start + .seconds(9)) == nil)
        #expect(memory.take(peer, now: Self.start + .seconds(304))?.unanswered == 3)
        #expect(memory.take(peer, now: Self.start + .seconds(304)) == nil)
        memory.note(Self.pacing(3), of: peer, now: Self.start + .seconds(9))
        #expect(memory.take(peer, now: Self.start + .seconds(305)) == nil)
        memory.note(Self.pacing(3), of: peer, now: Self.start + .seconds(9))
        memory.removeAll()
        #expect(memory.take(peer, now: Self.start + .seconds(9)) == nil)
    }

    @Test("SEC-30, SEC-45: where there are too many, those that were sent the fewest bubbles are forgotten first")
    func flood() {
        var memory = Self.memory()
        let now = Self.start + .seconds(10)
        memory.note(Self.pacing(2), of: PeerTableTests.address(0), now: now)
        for number in 1...20_000 { memory.note(Self.pacing(1), of: PeerTableTests.address(number), now: now) }
        #expect(memory.take(PeerTableTests.address(0), now: now)?.unanswered == 2)
        let known = (1...20_000).filter { memory.take(PeerTableTests.address($0), now: now) != nil }
        // 512 groups of 8 at most, whatever comes, and the last ones among them.
        #expect((4000...4096).contains(known.count) && known.contains(20_000))
    }

    @Test("What counts no more makes room, however many bubbles it were")
    func outdated() {
        var memory = Self.memory()
        for number in 0..<20_000 {
            memory.note(Self.pacing(4), of: PeerTableTests.address(number), now: Self.start + .seconds(9))
        }
        let now = Self.start + .seconds(400)
        var late = BubblePacing()
        #expect(late.decide(lastTransmission: Self.start, now: now) == .now)
        memory.note(late, of: PeerTableTests.address(50_000), now: now)
        #expect(memory.take(PeerTableTests.address(50_000), now: now)?.unanswered == 1)
    }

    @Test(
        "SEC-45: a peer that had to go and comes back gets no bubble before its time, in either role",
        arguments: [BubblePacing.Rule.fourInWindow, .spaced]
    )
    func engine(rule: BubblePacing.Rule) {
        var random = RandomSource(SplitMixGenerator(seed: 1))
        let policy = ContactPolicy(endsInTime: true, pacing: rule, queueLimits: QueueLimits())
        var engine = ContactEngine(limit: 4, countsOctets: false, policy: policy, using: &random)
        var output = MachineOutput<ClientEvent>(random: RandomSource(SplitMixGenerator(seed: 2)), now: Self.start)
        let peer = PeerTableTests.address(1)
        func decide(at now: ProtocolInstant, isAnswered: Bool = false) -> BubblePacing.Decision {
            let index = engine.insert(peer, at: PeerTableTests.peer(1).destination, isStranger: true, now: now)
            let decision = engine.attempt(index, now: now)
            if isAnswered { engine[index].pacing.answered() }
            engine.remove(index, &output, now: now)
            return decision
        }
        for second in 0..<4 {
            #expect(decide(at: Self.start + .seconds(2 * second)) == .now)
            #expect(decide(at: Self.start + .milliseconds(2000 * second + 1999)) != .now)
        }
        let pause = rule == .spaced ? 10 : 294
        #expect(decide(at: Self.start + .milliseconds(6000 + pause * 1000 - 1)) == .never)
        engine.forgetDeparted()
        #expect(decide(at: Self.start + .seconds(10), isAnswered: true) == .now)
        #expect(decide(at: Self.start + .seconds(11)) == .now)
    }
}
