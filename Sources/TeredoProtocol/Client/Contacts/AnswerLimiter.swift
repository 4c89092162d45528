import TeredoWire

/// How often a client answers bubbles: in all (SEC-44), and each peer once in 2 s.
///
/// Those who are answered share what there is fairly, by IPv4 address and /24: whoever asks from a thousand ports leaves room for
/// everybody else.
///
/// Answers to bubbles that came a little less than 2 s after the last one are sent when the 2 s are over: peers repeat
/// bubbles every 2 s, and a network makes that 1.99 s now and then; refusing those would cost a retry.
struct AnswerLimiter: Sendable {
    private let hash: SipHash
    private var bucket: FairBucket
    private var repeats: FairBucket
    private var pending: [(deadline: ProtocolInstant, ticket: PeerTable.Ticket)] = []

    init(_ hash: SipHash, now: ProtocolInstant) {
        self.hash = hash
        bucket = FairBucket.forAddresses(rate: 50, burst: 25, bits: 9, now: now)
        repeats = FairBucket.forAddresses(rate: 2, burst: 8, bits: 9, now: now)
    }

    /// When an answer that waits is due.
    var deadline: ProtocolInstant? { pending.map(\.deadline).min() }

    /// Whether one more datagram may go to somebody at `address` who asked for it.
    mutating func take(for address: IPv4Address, now: ProtocolInstant) -> Bool {
        bucket.take(for: address, hash, now: now)
    }

    /// Whether an answer to somebody at `address` that led to nothing may be repeated without being asked again.
    mutating func mayRepeat(for address: IPv4Address, now: ProtocolInstant) -> Bool {
        repeats.take(for: address, hash, now: now) && take(for: address, now: now)
    }

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
