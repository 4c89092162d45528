import DequeModule

/// The pending retries of all peers.
///
/// Every retry comes 2 s after its bubble, so a plain queue is in order of time.
struct RetryTimer: Sendable {
    private var pending: Deque<(deadline: ProtocolInstant, ticket: PeerTable.Ticket)> = []

    /// When the next retry is due.
    var next: ProtocolInstant? { pending.first?.deadline }

    mutating func schedule(_ ticket: PeerTable.Ticket, at deadline: ProtocolInstant) {
        pending.append((deadline, ticket))
    }

    /// The next ticket that is due, if any.
    mutating func pop(now: ProtocolInstant) -> PeerTable.Ticket? {
        guard let first = pending.first, first.deadline <= now else { return nil }
        return pending.removeFirst().ticket
    }
}
