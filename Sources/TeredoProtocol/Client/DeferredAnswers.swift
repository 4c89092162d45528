/// Answers to indirect bubbles that came a little less than 2 s after the last one: sent when the 2 s are over.
///
/// Peers repeat bubbles every 2 s, and a network makes that 1.99 s now and then; refusing those would cost a retry.
struct DeferredAnswers: Sendable {
    private var pending: [(deadline: ProtocolInstant, ticket: PeerTable.Ticket)] = []

    var next: ProtocolInstant? { pending.map(\.deadline).min() }

    mutating func schedule(_ ticket: PeerTable.Ticket, at deadline: ProtocolInstant) -> Bool {
        guard pending.count < 64, !pending.contains(where: { $0.ticket == ticket }) else { return false }
        pending.append((deadline, ticket))
        return true
    }

    mutating func pop(now: ProtocolInstant) -> PeerTable.Ticket? {
        guard let position = pending.firstIndex(where: { $0.deadline <= now }) else { return nil }
        return pending.remove(at: position).ticket
    }
}
