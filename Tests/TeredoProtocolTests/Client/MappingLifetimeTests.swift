import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// What losses of the mapping mean for the refresh interval, beside RFC 4380 section 5.2.7.
@Suite struct MappingLifetimeTests {
    private static let set = Duration.seconds(30)
    private static let start = ProtocolInstant(nanoseconds: 1_000_000_000_000)

    @Test("A loss within twice the interval halves what it lasted, down to 4 s (SEC-39), and nothing shorter is tried")
    func shortening() {
        var lifetime = MappingLifetime()
        #expect(lifetime.recordLoss(after: .seconds(60), of: Self.set, now: Self.start) == .ignored)
        #expect(lifetime.interval(of: Self.set) == Self.set && !lifetime.isShort && lifetime.lostWithin == nil)
        #expect(lifetime.recordLoss(after: .seconds(20), of: Self.set, now: Self.start) == .shortened)
        #expect(lifetime.interval(of: Self.set) == .seconds(10) && lifetime.isShort)
        #expect(lifetime.recordLoss(after: .seconds(7), of: Self.set, now: Self.start) == .shortened)
        #expect(lifetime.interval(of: Self.set) == .seconds(4) && lifetime.lostWithin == .seconds(7))
        #expect(lifetime.recordLoss(after: .seconds(3), of: Self.set, now: Self.start) == .unkeepable)
        #expect(lifetime.interval(of: Self.set) == Self.set && lifetime.isUnkeepable && !lifetime.isShort)
        #expect(lifetime.recordLoss(after: .seconds(3), of: Self.set, now: Self.start) == .ignored)
    }

    @Test("Another address alone is a new connection, unless the mapping changed within 300 s or is known to be short")
    func renumbering() {
        var lifetime = MappingLifetime()
        func loss(at seconds: Int, after age: Int = 20) -> MappingLifetime.Loss {
            let now = Self.start + .seconds(seconds)
            return lifetime.recordLoss(after: .seconds(age), isRenumbered: true, of: Self.set, now: now)
        }
        #expect(loss(at: 0) == .ignored)
        #expect(loss(at: 301) == .ignored)
        #expect(loss(at: 601) == .shortened)
        #expect(loss(at: 2000, after: 12) == .shortened)
    }

    @Test(
        "A trial that fails is repeated after twice the time, ten minutes to six hours; one that lasts leads to the next"
    )
    func trials() {
        var lifetime = MappingLifetime()
        var now = Self.start
        #expect(lifetime.recordLoss(after: .seconds(16), of: Self.set, now: now) == .shortened)
        for minutes in [10, 20, 40, 80, 160, 320, 360, 360] {
            let pause = Duration.seconds(60 * minutes)
            let isEarly = lifetime.tryLonger(of: Self.set, isIdle: true, now: now + pause - .nanoseconds(1))
            now = now + pause
            let isBusy = lifetime.tryLonger(of: Self.set, isIdle: false, now: now)
            let isInTime = lifetime.tryLonger(of: Self.set, isIdle: true, now: now)
            #expect(!isEarly && !isBusy && isInTime, "\(minutes) minutes")
            #expect(lifetime.isTrying && lifetime.interval(of: Self.set) == .seconds(16))
            #expect(lifetime.recordLoss(after: .seconds(16), of: Self.set, now: now) == .trialFailed)
            #expect(!lifetime.isTrying && lifetime.interval(of: Self.set) == .seconds(8))
        }
        now = now + .seconds(6 * 3600)
        let trials = [Duration.seconds(16), .seconds(30)].map { interval in
            let begins = lifetime.tryLonger(of: Self.set, isIdle: true, now: now)
            let isRight = lifetime.interval(of: Self.set) == interval
            return begins && isRight && lifetime.recordSurvival(of: Self.set)
        }
        #expect(trials == [true, true])
        #expect(!lifetime.isShort && lifetime.lostWithin == nil)
        let isOver = lifetime.tryLonger(of: Self.set, isIdle: true, now: now + .seconds(86_400))
        #expect(!isOver && !lifetime.recordSurvival(of: Self.set))
    }

    @Test("What could not be kept is tried anew after six hours, with what is set")
    func unkeepable() {
        var lifetime = MappingLifetime()
        _ = lifetime.recordLoss(after: .seconds(6), of: Self.set, now: Self.start)
        #expect(lifetime.recordLoss(after: .seconds(2), of: Self.set, now: Self.start) == .unkeepable)
        let later = Self.start + .seconds(6 * 3600)
        let early = lifetime.tryLonger(of: Self.set, isIdle: true, now: later - .nanoseconds(1))
        #expect(!early && lifetime.isUnkeepable)
        let late = lifetime.tryLonger(of: Self.set, isIdle: true, now: later)
        #expect(!late && !lifetime.isUnkeepable)
        #expect(lifetime.recordLoss(after: .seconds(20), of: Self.set, now: later) == .shortened)
    }
}
