import TeredoWire

/// When the mapping towards the server is refreshed (RFC 4380 section 5.2.5).
struct RefreshTimer: Hashable, Sendable {
    /// When the next solicitation goes.
    private(set) var deadline: ProtocolInstant
    /// When the server was last heard of.
    private let lastInteraction: ProtocolInstant

    /// The server was heard of: the next refresh comes after 75 % to 100 % of the interval.
    init(interval: Duration, using random: inout RandomSource, now: ProtocolInstant) {
        let percent = Int.random(in: RFC4380.refreshRandomization, using: &random)
        deadline = now + interval * percent / 100
        lastInteraction = now
    }

    /// The interval is another one: the refresh comes in time for that too.
    mutating func hasten(interval: Duration, now: ProtocolInstant) { deadline = min(deadline, now + interval) }

    /// A peer is silent: perhaps our own mapping is another by now.
    mutating func checkMapping(now: ProtocolInstant) {
        guard deadline > now, now - lastInteraction >= Self.checkSpacing else { return }
        deadline = now
    }

    private static let checkSpacing = Duration.seconds(10)
}
