import TeredoControl
import TeredoSettings
import TeredoWire
import Testing

@testable import TeredoService

@Suite("Changes of role of teredo auto")
struct RoleStabilityTests {
    /// What is under test, so that it can be called inside an expectation.
    private final class Bench {
        var stability = RoleStability()

        var nextTimeout: ProtocolInstant? { stability.nextTimeout }

        func observe(_ decision: AutoDecision, running: AutoRole, now: ProtocolInstant) -> Bool {
            stability.observe(decision, running: running, now: now)
        }

        func handleChange(now: ProtocolInstant) { stability.handleChange(now: now) }
    }

    private static func instant(_ milliseconds: Int64) -> ProtocolInstant {
        ProtocolInstant(nanoseconds: milliseconds * 1_000_000)
    }

    private static let client = AutoDecision(role: .client, cause: .noNativeIPv6, reason: "")
    private static let hostRelay = AutoDecision(role: .hostRelay, cause: .nativeIPv6, reason: "")
    private static let forbidden = AutoDecision(role: .dormant, cause: .disabled, reason: "", isImmediate: true)

    @Test("a role that is called for without interruption for a second begins")
    func settles() {
        let stability = Bench()
        #expect(!stability.observe(Self.client, running: .client, now: Self.instant(0)))
        #expect(stability.nextTimeout == nil)
        #expect(!stability.observe(Self.hostRelay, running: .client, now: Self.instant(100)))
        #expect(stability.nextTimeout == Self.instant(1100))
        #expect(!stability.observe(Self.hostRelay, running: .client, now: Self.instant(1099)))
        #expect(stability.observe(Self.hostRelay, running: .client, now: Self.instant(1100)))
    }

    @Test("an interruption begins the second anew")
    func interruption() {
        let stability = Bench()
        #expect(!stability.observe(Self.hostRelay, running: .client, now: Self.instant(0)))
        #expect(!stability.observe(Self.client, running: .client, now: Self.instant(900)))
        #expect(stability.nextTimeout == nil)
        #expect(!stability.observe(Self.hostRelay, running: .client, now: Self.instant(950)))
        #expect(!stability.observe(Self.hostRelay, running: .client, now: Self.instant(1900)))
        #expect(stability.observe(Self.hostRelay, running: .client, now: Self.instant(1950)))
    }

    @Test("SEC-19: what is forbidden ends at once, however often the role has changed")
    func immediate() {
        let stability = Bench()
        for second in 0..<10 { stability.handleChange(now: Self.instant(Int64(second) * 1000)) }
        #expect(stability.observe(Self.forbidden, running: .client, now: Self.instant(10_000)))
        #expect(!stability.observe(Self.forbidden, running: .dormant, now: Self.instant(10_000)))
    }

    /// How often the role changes in ten minutes when native IPv6 comes and goes every `period` milliseconds.
    private func changes(period: Int64) -> [Int64] {
        var stability = RoleStability()
        var running = Self.client
        var changes: [Int64] = []
        for now in stride(from: Int64(0), to: 600_000, by: 50) {
            let called = now / period % 2 == 0 ? Self.hostRelay : Self.client
            guard stability.observe(called, running: running.role, now: Self.instant(now)) else { continue }
            running = called
            stability.handleChange(now: Self.instant(now))
            changes.append(now)
        }
        return changes
    }

    @Test("a network that flaps changes the role less and less", arguments: [500, 1000, 1050, 3000, 10_000, 40_000])
    func flapping(period: Int) {
        let changes = changes(period: Int64(period))
        #expect(changes.count <= 6, "\(changes)")
        #expect(period > 1000 ? !changes.isEmpty : changes.isEmpty)
    }

    @Test("a network that stays for minutes changes it each time, at most once a minute")
    func slow() {
        let changes = changes(period: 90_000)
        #expect(changes.count == 6, "\(changes)")
        #expect(zip(changes, changes.dropFirst()).allSatisfy { $1 - $0 >= 60_000 }, "\(changes)")
    }

    @Test("after five calm minutes a second is enough again")
    func memory() {
        let stability = Bench()
        for second in 0..<10 { stability.handleChange(now: Self.instant(Int64(second) * 1000)) }
        #expect(!stability.observe(Self.hostRelay, running: .client, now: Self.instant(10_000)))
        #expect(stability.nextTimeout == Self.instant(70_000))
        #expect(!stability.observe(Self.client, running: .client, now: Self.instant(20_000)))
        #expect(!stability.observe(Self.hostRelay, running: .client, now: Self.instant(320_000)))
        #expect(stability.nextTimeout == Self.instant(321_000))
    }
}
