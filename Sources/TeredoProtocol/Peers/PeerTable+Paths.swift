import DequeModule
import TeredoWire

/// What changes in the ways to the peers, for those who want to hear of it.
extension PeerTable {
    /// Begins or ends to note changes.
    mutating func watchPaths(_ isOn: Bool) {
        guard isOn != journal.isOn else { return }
        journal.setOn(isOn, slots: slotCount)
    }

    /// When ``pollPathChange(now:summary:)`` has something to do; `nil` when nothing is under way.
    var nextPathChange: ProtocolInstant? {
        guard journal.isOn else { return nil }
        return journal.hasWork ? ProtocolInstant(nanoseconds: 0) : journal.nextDeadline
    }

    /// The next change of a way, or `nil` when there is none at `now`, or enough was done for one turn.
    mutating func pollPathChange(
        now: ProtocolInstant,
        summary: (Peer, IPv6Address) -> PeerSummary
    ) -> PeerPathChange? {
        guard journal.isOn else { return nil }
        // Who was there before somebody listened has not changed; what changed since is told afterwards.
        for _ in 0..<min(Self.pathStep, Int(journal.unseen)) {
            journal.unseen -= 1
            guard let index = usedIndex(Int(journal.unseen)) else { continue }
            _ = tellPath(index, now: now, summary)
        }
        guard journal.unseen == 0 else { return nil }
        if let departed = journal.popDeparted() { return departed }
        for _ in 0..<Self.pathStep {
            guard let ticket = journal.marks.popFirst() ?? journal.popDeadline(now: now) else { return nil }
            if let index = find(ticket), let change = tellPath(index, now: now, summary) { return change }
        }
        return nil
    }

    /// How many peers are looked at in one turn: packets must not wait for long.
    private static let pathStep = 512

    private mutating func tellPath(
        _ index: Index,
        now: ProtocolInstant,
        _ summary: (Peer, IPv6Address) -> PeerSummary
    ) -> PeerPathChange? {
        let address = address(of: index)
        let way = PathJournal.Way(summary(self[index], address))
        self[index].isMarked = false
        self[index].isToldOpen = way.path == .direct || way.path == .relay
        let deadline = self[index].pathDeadline(now: now)
        return journal.tell(way, of: address, ticket(for: index), until: deadline, now: now)
    }
}

extension Peer {
    /// When the way to the peer ends, or gives way to another, if nothing comes; `nil` when it cannot.
    fileprivate func pathDeadline(now: ProtocolInstant) -> ProtocolInstant? {
        let validity = isValid(now: now) ? lastReception + RFC4380.peerValidity : nil
        guard hasDetails, let transit, transit.isOpen(now: now), let lastReady = transit.lastReady else {
            return validity
        }
        return ProtocolInstant.earlier(validity, lastReady + TransitPath.validity)
    }
}
