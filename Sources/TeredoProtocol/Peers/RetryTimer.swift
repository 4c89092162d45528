import DequeModule
import TeredoWire

/// The pending retries of all peers.
///
/// Almost every timer of one queue has the same length, so a new one belongs at or near the end.
struct RetryTimer: Sendable {
    private var pending: Deque<(deadline: ProtocolInstant, ticket: PeerTable.Ticket)> = []

    /// When the next retry is due.
    var next: ProtocolInstant? { pending.first?.deadline }

    mutating func schedule(_ ticket: PeerTable.Ticket, at deadline: ProtocolInstant) {
        var position = pending.count
        while position > 0, pending[position - 1].deadline > deadline { position -= 1 }
        pending.insert((deadline, ticket), at: position)
    }

    /// The next ticket that is due, if any.
    mutating func pop(now: ProtocolInstant) -> PeerTable.Ticket? {
        guard let first = pending.first, first.deadline <= now else { return nil }
        // What many peers at once took is given back.
        defer { if pending.isEmpty { pending = [] } }
        return pending.removeFirst().ticket
    }
}
