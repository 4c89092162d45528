import TeredoWire

/// When the mapping towards the server is refreshed (RFC 4380 section 5.2.5).
struct RefreshTimer: Hashable, Sendable {
    /// When the next solicitation goes.
    private(set) var deadline: ProtocolInstant
    /// When a test of the mapping begins before that; `nil` when none is to.
    private(set) var testDeadline: ProtocolInstant?
    /// When the server was last heard of.
    let lastInteraction: ProtocolInstant

    /// The server was heard of, now or, when it is silent, at `lastInteraction`.
    ///
    /// The next refresh comes after 75 % to 100 % of the interval, and not before `earliest` unless the whole interval is shorter; a
    /// test begins `testLead` earlier, unless that is `nil`.
    init(
        interval: Duration,
        earliest: Duration = .zero,
        testLead: Duration? = nil,
        lastInteraction: ProtocolInstant? = nil,
        using random: inout RandomSource,
        now: ProtocolInstant
    ) {
        let percent = Int.random(in: RFC4380.refreshRandomization, using: &random)
        deadline = now + max(interval * percent / 100, min(interval, earliest))
        self.lastInteraction = lastInteraction ?? now
        testDeadline = testLead.map { max(deadline - $0, now) }
    }

    /// The interval is another one: the refresh comes in time for that too.
    mutating func hasten(interval: Duration, now: ProtocolInstant) {
        deadline = min(deadline, now + interval)
        testDeadline = testDeadline.map { min($0, deadline) }
    }

    /// Whether it is time for the test, which is begun once.
    mutating func takesTest(now: ProtocolInstant) -> Bool {
        guard let testDeadline, testDeadline <= now else { return false }
        self.testDeadline = nil
        return true
    }

    /// A peer is silent: perhaps our own mapping is another by now.
    mutating func checkMapping(now: ProtocolInstant) {
        guard deadline > now, now - lastInteraction >= Self.checkSpacing else { return }
        deadline = now
        testDeadline = nil
    }

    private static let checkSpacing = Duration.seconds(10)
}
