/// When a bubble may go to a peer: at least 2 s apart, at most 4 in 300 s without a direct response (RFC 4380
/// section 5.2.6, SEC-45).
struct BubblePacing: Hashable, Sendable {
    enum Decision: Hashable, Sendable {
        /// Send now; the bubble is on record.
        case now
        /// Less than 2 s since something was sent to the peer.
        case later
        /// Four bubbles of the last 300 s were not answered.
        case never
    }

    private var history: [4 of Int64] = [4 of Int64](repeating: .min)
    private var next: UInt8 = 0
    private var count: UInt8 = 0

    static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.next == rhs.next && lhs.count == rhs.count
            && lhs.history.indices.allSatisfy { lhs.history[$0] == rhs.history[$0] }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(next)
        hasher.combine(count)
    }

    /// Bubbles since the last direct response, at most 4 remembered.
    var unanswered: Int { Int(count) }

    /// Decides for a peer that something was last sent to at `lastTransmission`; on `.now` the bubble is recorded.
    mutating func decide(lastTransmission: ProtocolInstant, now: ProtocolInstant) -> Decision {
        if isExhausted(now: now) { return .never }
        guard now - lastTransmission >= RFC4380.bubbleSpacing else { return .later }
        history[Int(next)] = now.nanoseconds
        next = (next + 1) % UInt8(RFC4380.bubbleLimit)
        count = min(count + 1, UInt8(RFC4380.bubbleLimit))
        return .now
    }

    /// Whether the limit forbids any bubble for now.
    func isExhausted(now: ProtocolInstant) -> Bool {
        count >= RFC4380.bubbleLimit
            && now.nanoseconds &- history[Int(next)] <= RFC4380.bubbleWindow.wholeNanoseconds
    }

    /// Whether a bubble that was not answered still counts.
    func isNeeded(now: ProtocolInstant) -> Bool {
        count > 0 && history.indices.contains { isRecent(history[$0], now: now) }
    }

    private func isRecent(_ bubble: Int64, now: ProtocolInstant) -> Bool {
        bubble != .min && now.nanoseconds &- bubble <= RFC4380.bubbleWindow.wholeNanoseconds
    }

    /// A direct packet from the peer was accepted: earlier bubbles count no more.
    mutating func answered() { count = 0 }
}
