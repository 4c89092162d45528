import TeredoControl
import TeredoWire
import Testing

@testable import TeredoService

/// How often another program's changes are undone.
@Suite struct RestorationPaceTests {
    private static let start = ProtocolInstant(nanoseconds: 1_000_000_000)

    @Test("a program that changes something again and again is answered with growing pauses, not for ever at once")
    func contest() {
        var pace = RestorationPace()
        var now = Self.start
        var pauses: [Duration] = []
        for _ in 0..<19 {
            pace.record(.routeMissing, now: now)
            let next = pace.nextAttempt(.routeMissing, now: now) ?? now
            pauses.append(next - now)
            now = next + .milliseconds(10)
        }
        #expect(pauses.prefix(9).allSatisfy { $0 == .zero } && pace.isContested(.routeMissing))
        #expect(pauses.dropFirst(9).map(\.components.seconds) == [10, 20, 40, 80, 160, 300, 300, 300, 300, 300])
        #expect(pace.nextAttempt(.down, now: now) == nil && !pace.isContested(.down), "others have a pace of their own")
    }

    @Test("after a time without change what was before is forgotten")
    func calm() {
        var pace = RestorationPace()
        for _ in 0..<10 { pace.record(.down, now: Self.start) }
        #expect(pace.nextAttempt(.down, now: Self.start) == Self.start + .seconds(10))
        #expect(pace.nextAttempt(.down, now: Self.start + .seconds(10)) == nil)
        pace.record(.down, now: Self.start + .seconds(29))
        #expect(pace.nextAttempt(.down, now: Self.start + .seconds(29)) != nil)
        pace.record(.down, now: Self.start + .seconds(71))
        #expect(pace.nextAttempt(.down, now: Self.start + .seconds(71)) == nil && !pace.isContested(.down))
    }
}
