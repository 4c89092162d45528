import TeredoWire

/// How often a client answers bubbles: in all (SEC-44), and each peer once in 2 s.
///
/// Answers to bubbles that came a little less than 2 s after the last one are sent when the 2 s are over: peers repeat
/// bubbles every 2 s, and a network makes that 1.99 s now and then; refusing those would cost a retry.
struct AnswerLimiter: Sendable {
    private var bucket: TokenBucket
    private var repeats: TokenBucket
    private var pending: [(deadline: ProtocolInstant, ticket: PeerTable.Ticket)] = []

    init(now: ProtocolInstant) {
        bucket = TokenBucket(rate: 50, burst: 50, now: now)
        repeats = TokenBucket(rate: 2, burst: 16, now: now)
    }

    /// When an answer that waits is due.
    var deadline: ProtocolInstant? { pending.map(\.deadline).min() }

    /// Whether one more datagram may go to somebody who asked for it.
    mutating func take(now: ProtocolInstant) -> Bool { bucket.take(now: now) }

    /// Whether an answer that led to nothing may be repeated without being asked again.
    mutating func mayRepeat(now: ProtocolInstant) -> Bool { repeats.take(now: now) && bucket.take(now: now) }

    /// Lets the answer to a peer wait until `due`; `false` when that is too long, or too many wait.
    mutating func postpone(_ ticket: PeerTable.Ticket, until due: ProtocolInstant, now: ProtocolInstant) -> Bool {
        guard due - now <= Self.tolerance, pending.count < Self.limit,
            !pending.contains(where: { $0.ticket == ticket })
        else { return false }
        pending.append((due, ticket))
        return true
    }

    /// The next peer whose answer waited long enough.
    mutating func pop(now: ProtocolInstant) -> PeerTable.Ticket? {
        guard let position = pending.firstIndex(where: { $0.deadline <= now }) else { return nil }
        return pending.remove(at: position).ticket
    }

    private static let limit = 64
    private static let tolerance = Duration.milliseconds(250)
}
