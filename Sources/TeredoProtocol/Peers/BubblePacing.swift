import TeredoWire

/// When a bubble may go to a peer that has not answered (SEC-45): at least 2 s after the last one, and after four of them
/// as the role's rule says.
struct BubblePacing: Hashable, Sendable {
    enum Decision: Hashable, Sendable {
        /// Send now; the bubble is on record.
        case now
        /// Less than 2 s since something was sent to the peer.
        case later
        /// As many bubbles as may be were not answered.
        case never
    }

    /// What follows four bubbles without an answer.
    enum Rule: Hashable, Sendable {
        /// No bubble while four of them are less than 300 s old: clients (RFC 4380 section 5.2.6).
        case fourInWindow
        /// One bubble after pauses of 10 s, 20 s and then 30 s, or at once after a sign of life: relays, which forget a client
        /// that did not answer (RFC 4380 section 5.4.1) and must not flood its server.
        case spaced
    }

    private var history: [4 of Int64] = [4 of Int64](repeating: .min)
    private var next: UInt8 = 0
    private var count: UInt8 = 0
    private(set) var hasSignOfLife = false

    static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.next == rhs.next && lhs.count == rhs.count && lhs.hasSignOfLife == rhs.hasSignOfLife
            && lhs.history.indices.allSatisfy { lhs.history[$0] == rhs.history[$0] }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(next)
        hasher.combine(count)
    }

    /// Bubbles since the last direct response, at most 255.
    var unanswered: Int { Int(count) }

    /// Decides for a peer that something was last sent to at `lastTransmission`; on `.now` the bubble is recorded.
    ///
    /// The last bubble keeps its distance even where it counts as no transmission, as one that asks a proven peer where it is.
    mutating func decide(
        lastTransmission: ProtocolInstant,
        by rule: Rule = .fourInWindow,
        now: ProtocolInstant
    ) -> Decision {
        if isExhausted(by: rule, now: now) { return .never }
        guard now - lastTransmission >= RFC4380.bubbleSpacing, isSpaced(now: now) else { return .later }
        history[Int(next)] = now.nanoseconds
        next = (next + 1) % UInt8(RFC4380.bubbleLimit)
        count = count == .max ? .max : count + 1
        hasSignOfLife = false
        return .now
    }

    /// Whether the rule forbids any bubble for now.
    func isExhausted(by rule: Rule = .fourInWindow, now: ProtocolInstant) -> Bool {
        guard count >= RFC4380.bubbleLimit else { return false }
        switch rule {
        case .fourInWindow: return now.nanoseconds &- history[Int(next)] <= RFC4380.bubbleWindow.wholeNanoseconds
        case .spaced: return !hasSignOfLife && now.nanoseconds &- newest < pause.wholeNanoseconds
        }
    }

    /// Whether the last bubble left 2 s ago or earlier.
    func isSpaced(now: ProtocolInstant) -> Bool {
        newest == .min || now.nanoseconds &- newest >= RFC4380.bubbleSpacing.wholeNanoseconds
    }

    /// When 2 s are over since the last bubble left.
    var nextSpacing: ProtocolInstant { last + RFC4380.bubbleSpacing }

    /// When the next bubble may go where they are spaced, after four without an answer.
    var nextSpaced: ProtocolInstant { last + pause }

    /// When the last bubble was sent; before everything when none was.
    var last: ProtocolInstant { ProtocolInstant(nanoseconds: newest) }

    private var newest: Int64 { history[(Int(next) + RFC4380.bubbleLimit - 1) % RFC4380.bubbleLimit] }

    /// How long a peer is left alone after the last of `count` bubbles.
    private var pause: Duration {
        let failures = Int(count) - RFC4380.bubbleLimit
        return min(Self.firstPause * (failures + 1), Self.longestPause)
    }

    private static let firstPause = Duration.seconds(10)
    private static let longestPause = Duration.seconds(30)

    /// Whether a bubble that was not answered still counts.
    func isNeeded(now: ProtocolInstant) -> Bool {
        count > 0 && history.indices.contains { isRecent(history[$0], now: now) }
    }

    private func isRecent(_ bubble: Int64, now: ProtocolInstant) -> Bool {
        bubble != .min && now.nanoseconds &- bubble <= RFC4380.bubbleWindow.wholeNanoseconds
    }

    /// A direct packet from the peer was accepted: earlier bubbles count no more.
    mutating func answered() {
        count = 0
        hasSignOfLife = false
    }

    /// The peer is there, though nothing came from it directly: where bubbles are spaced one more may go, and the pauses begin
    /// anew.
    mutating func noteSignOfLife() {
        count = min(count, UInt8(RFC4380.bubbleLimit))
        hasSignOfLife = true
    }
}
