import TeredoWire

/// One entry of the list of recent peers (RFC 4380 section 5.2).
struct Peer: Sendable {
    /// Where packets for the peer go: its mapped endpoint, or the relay's or local endpoint that was learned.
    var endpoint: UDPEndpoint
    /// Where packets of the peer come from; another endpoint than ``endpoint`` only when routers forward ports on both
    /// sides (RFC 6081 section 5.3).
    var receptionEndpoint: UDPEndpoint
    /// Which of our ports the peer uses.
    var port = LocalPort.service
    /// Whether the endpoint was proved.
    var isTrusted = false
    /// When something from the peer was last accepted.
    var lastReception: ProtocolInstant
    /// When something was last sent to the peer.
    var lastTransmission: ProtocolInstant
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
    var test: ConnectivityTest?
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

    /// The state of the direct IPv6 connectivity test with a native peer (RFC 4380 section 5.2.9).
    struct ConnectivityTest: Sendable {
        /// The data of the last echo request: 16 random octets.
        var nonce: UInt128
        /// When the request was sent.
        var sentAt: ProtocolInstant
    }

    /// A new entry: last reception and last transmission 30 s ago, so that a first bubble may go at once.
    init(endpoint: UDPEndpoint, now: ProtocolInstant) {
        self.endpoint = endpoint
        receptionEndpoint = endpoint
        lastReception = now - RFC4380.peerValidity
        lastTransmission = now - RFC4380.peerValidity
    }

    /// Whether something was accepted in the same second: then the peer's place in the order of use is right, give or
    /// take that second, and a busy peer needs no move for every packet.
    func wasHeard(inSecondOf now: ProtocolInstant) -> Bool {
        lastReception.nanoseconds / 1_000_000_000 == now.nanoseconds / 1_000_000_000
    }

    /// Whether packets go straight to the endpoint: it is proved, and no other way is in use.
    func isDirect(now: ProtocolInstant) -> Bool {
        guard isValid(now: now) else { return false }
        guard let transit else { return true }
        return !transit.isInUse && !(traversal.isUnconfirmed && transit.isOpen(now: now))
    }

    /// Whether the way is open in both directions, as far as is known.
    func isConfirmed(now: ProtocolInstant) -> Bool { isValid(now: now) && !traversal.isUnconfirmed }

    /// Whether packets may be sent to the endpoint: trusted, and heard of within 30 s (case T1, X1).
    func isValid(now: ProtocolInstant) -> Bool {
        isTrusted && now - lastReception < RFC4380.peerValidity
    }

    /// Whether the peer carried traffic in the last 30 s while trusted: such a peer is never evicted (SEC-30).
    func isActive(now: ProtocolInstant) -> Bool {
        isTrusted && now - max(lastReception, lastTransmission) < RFC4380.peerValidity
    }
}
