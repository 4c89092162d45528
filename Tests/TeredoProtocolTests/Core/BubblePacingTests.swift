import TeredoWire
import Testing

@testable import TeredoProtocol

@Suite struct BubblePacingTests {
    static let start = ProtocolInstant(nanoseconds: 1_000_000_000_000)

    /// The seconds at which bubbles leave when one is asked for in every `step` over `duration`.
    static func bubbles(step: Duration, duration: Duration) -> [Duration] {
        var pacing = BubblePacing()
        var lastTransmission = start - .seconds(30)
        var sent: [Duration] = []
        var now = start
        while now - start <= duration {
            if pacing.decide(lastTransmission: lastTransmission, now: now) == .now {
                lastTransmission = now
                sent.append(now - start)
            }
            now = now + step
        }
        return sent
    }

    @Test("SEC-45: asked every 100 ms for 600 s, bubbles leave 2 s apart and four in any 300 s")
    func longRun() {
        let sent = Self.bubbles(step: .milliseconds(100), duration: .seconds(600))
        #expect(sent.prefix(4) == [.seconds(0), .seconds(2), .seconds(4), .seconds(6)])
        #expect(sent.count == 8)
        for (earlier, later) in zip(sent, sent.dropFirst()) { #expect(later - earlier >= .seconds(2)) }
        for (earlier, later) in zip(sent, sent.dropFirst(4)) { #expect(later - earlier > .seconds(300)) }
    }

    @Test("SEC-45: asked once in a minute, bubbles still number four in any 300 s")
    func slowly() {
        let sent = Self.bubbles(step: .seconds(60), duration: .seconds(600))
        #expect(sent.count > 6)
        for (earlier, later) in zip(sent, sent.dropFirst(4)) { #expect(later - earlier > .seconds(300)) }
    }

    @Test("Less than 2 s after a transmission a bubble waits and is not on record")
    func later() {
        var pacing = BubblePacing()
        #expect(pacing.decide(lastTransmission: Self.start, now: Self.start + .milliseconds(1999)) == .later)
        #expect(pacing.unanswered == 0)
        #expect(pacing.decide(lastTransmission: Self.start, now: Self.start + .seconds(2)) == .now)
        #expect(pacing.unanswered == 1)
    }

    @Test("SEC-45: the last bubble keeps its distance to the next one, also where it counts as no transmission")
    func afterQuestion() {
        var pacing = BubblePacing()
        let longAgo = Self.start - .seconds(60)
        #expect(pacing.decide(lastTransmission: longAgo, now: Self.start) == .now)
        #expect(pacing.decide(lastTransmission: longAgo, now: Self.start + .milliseconds(1999)) == .later)
        #expect(pacing.decide(lastTransmission: longAgo, now: Self.start + .seconds(2)) == .now)
    }

    @Test("A direct answer clears the record")
    func answered() {
        var pacing = BubblePacing()
        for second in [0, 2, 4, 6] {
            let now = Self.start + .seconds(second)
            #expect(pacing.decide(lastTransmission: now - .seconds(2), now: now) == .now)
        }
        let now = Self.start + .seconds(8)
        #expect(pacing.isExhausted(now: now))
        #expect(pacing.decide(lastTransmission: Self.start, now: now) == .never)
        pacing.answered()
        #expect(!pacing.isExhausted(now: now) && pacing.unanswered == 0)
        #expect(pacing.decide(lastTransmission: Self.start, now: now) == .now)
    }

    @Test("SEC-45: where bubbles are spaced, pauses of 10, 20 and 30 s follow the first four, until a sign of life")
    func spaced() {
        var pacing = BubblePacing()
        var sent: [Int] = []
        for second in 0..<200 {
            let now = Self.start + .seconds(second)
            let last = sent.last.map { Self.start + .seconds($0) } ?? now - .seconds(30)
            if pacing.decide(lastTransmission: last, by: .spaced, now: now) == .now { sent.append(second) }
        }
        #expect(sent == [0, 2, 4, 6, 16, 36, 66, 96, 126, 156, 186])
        let now = Self.start + .seconds(200)
        #expect(pacing.isExhausted(by: .spaced, now: now))
        pacing.noteSignOfLife()
        #expect(!pacing.isExhausted(by: .spaced, now: now) && pacing.isExhausted(now: now))
        #expect(pacing.decide(lastTransmission: now - .seconds(14), by: .spaced, now: now) == .now)
        #expect(pacing.isExhausted(by: .spaced, now: now + .milliseconds(19_999)))
        #expect(!pacing.isExhausted(by: .spaced, now: now + .seconds(20)))
    }
}
