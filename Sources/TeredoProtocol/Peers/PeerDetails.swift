import TeredoWire

/// What is known of a peer only while something goes on with it: exchanges, tests, neighbourhood, queues.
struct PeerDetails: Sendable {
    /// The bubbles sent to the peer.
    var pacing = BubblePacing()
    /// The exchange under way.
    var exchange: PeerExchange?
    /// Since when the peer has seemed to be in two places; good for a while.
    var contestedAt: ProtocolInstant?
    /// Until when no new connectivity test is started after one failed.
    var quietUntil: ProtocolInstant?
    /// Where the peer is on the local link.
    var neighbor: PeerNeighborhood?
    /// The last indirect bubble of the peer and our answer.
    var answer: PeerAnswer?
    /// What the extensions of RFC 6081 know.
    var traversal = PeerTraversal()
    /// Word that the peer is not reached any more, while it is looked into.
    var doubt: PeerDoubt?
    /// The way through the transit relay, once one was asked for.
    var transit: TransitPath?
    /// The transit relay that the peer named, when it is not our own.
    var namedRelay: Destination?
    /// Packets from the host that wait for trust.
    var outgoing = PacketQueue()
    /// Packets of the peer that wait for the connectivity test.
    var incoming = PacketQueue()

    /// Whether a packet of the peer may settle something: an exchange, bubbles without an answer, packets that wait, or the change to the
    /// direct way.
    var isExpectant: Bool {
        exchange != nil || pacing.unanswered > 0 || !outgoing.isEmpty || transit?.takeover == .asking
    }

    /// Whether something is under way, or was so short a time ago that its limits still hold.
    func isNeeded(now: ProtocolInstant) -> Bool {
        if exchange != nil || doubt != nil || transit != nil || !outgoing.isEmpty || !incoming.isEmpty
            || traversal.isNeeded(now: now)
        {
            return true
        }
        if let quietUntil, now < quietUntil { return true }
        if let neighbor, neighbor.isLocal(now: now) { return true }
        if let last = answer?.last, now - last < RFC4380.peerValidity { return true }
        return pacing.isNeeded(now: now)
    }
}

/// The place of the details of one peer, outside its slot.
///
/// A copy of the peer shares it until one of them changes it.
final class PeerDetailsBox: @unchecked Sendable {
    var details: PeerDetails

    init(_ details: PeerDetails) {
        self.details = details
    }

    /// Whether packets may go straight to a proved endpoint, as far as the way through the transit relay is concerned.
    func leavesDirectPath(isUnconfirmed: Bool, now: ProtocolInstant) -> Bool {
        guard let transit = details.transit else { return true }
        return !transit.isInUse && !(isUnconfirmed && transit.isOpen(now: now))
    }
}
