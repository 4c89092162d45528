import TeredoWire

/// What is known of a peer only while something goes on with it: exchanges, tests, neighbourhood, queues.
struct PeerDetails: Sendable {
    /// The bubbles sent to the peer.
    var pacing = BubblePacing()
    /// When the pending bubble or echo exchange is repeated or given up; `nil` when none is under way.
    var retryDeadline: ProtocolInstant?
    /// When the exchange under way began.
    var exchangeStart: ProtocolInstant?
    /// How often bubble or echo were sent in the exchange under way.
    var attempts = 0
    /// Until when no new connectivity test is started after one failed.
    var quietUntil: ProtocolInstant?
    /// The test under way.
    var test: Peer.ConnectivityTest?
    /// Where the peer is on the local link, by local discovery.
    var localEndpoint: UDPEndpoint?
    /// When the last discovery bubble of the peer came in.
    var lastDiscovery: ProtocolInstant?
    /// When an indirect bubble of the peer was last answered.
    var lastAnswer: ProtocolInstant?
    /// Where the answer to the peer's indirect bubble goes.
    var answerTarget: UDPEndpoint?
    /// What the extensions of RFC 6081 know.
    var traversal = PeerTraversal()
    /// The way through the transit relay, once one was asked for.
    var transit: TransitPath?
    /// Packets from the host that wait for trust.
    var outgoing = PacketQueue()
    /// Packets of the peer that wait for the connectivity test.
    var incoming = PacketQueue()

    /// Whether something is under way, or was so short a time ago that its limits still hold.
    func isNeeded(now: ProtocolInstant) -> Bool {
        if retryDeadline != nil || exchangeStart != nil || test != nil || transit != nil || !outgoing.isEmpty
            || !incoming.isEmpty || traversal.isNeeded(now: now)
        {
            return true
        }
        if let quietUntil, now < quietUntil { return true }
        if let lastDiscovery, now - lastDiscovery < RFC4380.localPeerMemory { return true }
        if let lastAnswer, now - lastAnswer < RFC4380.peerValidity { return true }
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
}
