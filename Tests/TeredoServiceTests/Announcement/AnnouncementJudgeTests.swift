import TeredoWire
import Testing

@testable import TeredoService

@Suite("What a role has announced")
struct AnnouncementJudgeTests {
    /// Holds a value, so that what changes it can stand in an expectation.
    private final class Judge {
        private var judge = AnnouncementJudge()
        var decision: (order: AnnouncementOrder, reason: String?) { judge.decision }
        func judge(_ condition: RoleCondition, isDraining: Bool, now: ProtocolInstant) -> Bool {
            judge.judge(condition, isDraining: isDraining, now: now)
        }
    }

    private final class Meter {
        private var meter = LoadMeter()
        func objection(received: UInt64, lost: UInt64) -> String? { meter.objection(received: received, lost: lost) }
    }

    private let start = ProtocolInstant(nanoseconds: 1_000_000_000_000)

    @Test("a healthy role is announced at once, and again only when it was healthy for a second")
    func health() {
        let judge = Judge()
        #expect(judge.judge(.healthy, isDraining: false, now: start))
        #expect(judge.decision == (.announce, nil))
        #expect(!judge.judge(.healthy, isDraining: false, now: start))
        #expect(judge.judge(.unhealthy("no way"), isDraining: false, now: start + .seconds(1)))
        #expect(judge.decision == (.withdraw, "no way"))
        #expect(!judge.judge(.healthy, isDraining: false, now: start + .seconds(1.9)))
        #expect(judge.decision.order == .withdraw)
        // A relapse counts from its own time on.
        #expect(!judge.judge(.unhealthy("no way"), isDraining: false, now: start + .seconds(1.95)))
        #expect(!judge.judge(.healthy, isDraining: false, now: start + .seconds(2.9)))
        #expect(judge.judge(.healthy, isDraining: false, now: start + .seconds(2.95)))
        #expect(judge.decision == (.announce, nil))
    }

    @Test("a role that is over its limits is a reserve, until it was within them for ten seconds")
    func limits() {
        let judge = Judge()
        _ = judge.judge(.healthy, isDraining: false, now: start)
        #expect(judge.judge(.overLimits("full"), isDraining: false, now: start))
        #expect(judge.decision == (.reserve, "full"))
        #expect(!judge.judge(.healthy, isDraining: false, now: start + .seconds(9.9)))
        #expect(judge.decision.order == .reserve)
        #expect(judge.judge(.healthy, isDraining: false, now: start + .seconds(10)))
        #expect(judge.decision == (.announce, nil))
    }

    @Test("a role that cannot serve is withdrawn although it is over its limits too, and is a reserve after that")
    func both() {
        let judge = Judge()
        _ = judge.judge(.overLimits("full"), isDraining: false, now: start)
        _ = judge.judge(.unhealthy("no way"), isDraining: false, now: start)
        #expect(!judge.judge(.overLimits("full"), isDraining: false, now: start + .milliseconds(500)))
        #expect(judge.decision == (.withdraw, "no way"))
        #expect(judge.judge(.healthy, isDraining: false, now: start + .seconds(2)))
        #expect(judge.decision.order == .reserve)
    }

    @Test("a role that drains is withdrawn whatever its condition")
    func drain() {
        let judge = Judge()
        _ = judge.judge(.healthy, isDraining: false, now: start)
        #expect(judge.judge(.healthy, isDraining: true, now: start))
        #expect(judge.decision == (.withdraw, "draining"))
        #expect(!judge.judge(.overLimits("full"), isDraining: true, now: start + .seconds(5)))
        #expect(judge.judge(.healthy, isDraining: false, now: start + .seconds(20)))
        #expect(judge.decision == (.announce, nil))
    }

    @Test("datagrams that are lost at the sockets are load when it goes on, and a burst is none")
    func load() {
        let meter = Meter()
        #expect(meter.objection(received: 0, lost: 0) == nil)
        #expect(meter.objection(received: 1000, lost: 500) == nil)
        #expect(meter.objection(received: 2000, lost: 500) == nil)
        #expect(meter.objection(received: 3000, lost: 1000) == nil)
        #expect(meter.objection(received: 4000, lost: 1500) != nil)
        // Less than a hundredth.
        #expect(meter.objection(received: 104_000, lost: 2000) == nil)
        #expect(meter.objection(received: 204_000, lost: 2500) == nil)
    }
}
