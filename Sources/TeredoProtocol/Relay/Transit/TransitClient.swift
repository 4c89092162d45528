import TeredoWire

/// A client that a relay carries packets for, or an address that somebody claims.
struct TransitClient: Sendable {
    /// A peer that the client wants to reach.
    struct Pair: Sendable {
        let peer: IPv6Address
        /// Where the one who said so receives: until an address is proved there, anybody may have said it.
        var askedAt: UDPEndpoint
        /// The nonce of the client's last request, for the answer.
        var nonce: UInt64
        var lastRequest: ProtocolInstant
        /// The invitations that were sent to the peer.
        var invitations = BubblePacing()
        var lastInvitation: ProtocolInstant?
    }

    /// The endpoint that the client showed to receive at.
    var endpoint: UDPEndpoint { destination.endpoint }
    /// The same as a destination.
    private(set) var destination: Destination
    /// Whether it also showed that its address is its own.
    private(set) var isProven = false
    /// Endpoints that somebody receives at who claims the address; one becomes ``endpoint`` by the proof.
    private var candidates: [Destination] = []
    /// Where the last answer to a keyed bubble came from, which only the client itself can send; nobody is sent anything there who
    /// did not return a cookie as well.
    private var vouched: UDPEndpoint?
    /// When the address was first claimed, or proved.
    private(set) var since: ProtocolInstant
    var lastRequest: ProtocolInstant
    /// The bubbles that asked for that proof.
    var pacing = BubblePacing()
    var lastBubble: ProtocolInstant?
    private(set) var pairs: [Pair] = []
    /// When a packet that is not carried was last answered.
    var lastRefusal: ProtocolInstant?

    init(at place: Destination, now: ProtocolInstant) {
        destination = place
        since = now
        lastRequest = now
    }

    /// Remembers an endpoint until the proof: a few of them.
    ///
    /// Somebody else's claims may push the true one out; then the proof is good for it all the same when it asks again.
    mutating func addCandidate(_ candidate: Destination) {
        guard !candidates.contains(candidate) else { return }
        if candidates.count >= Self.candidateLimit { candidates.removeFirst() }
        candidates.append(candidate)
    }

    /// The client answered a keyed bubble from `endpoint`; returns the place there when somebody showed to receive at it.
    mutating func vouch(for endpoint: UDPEndpoint) -> Destination? {
        vouched = endpoint
        return candidates.first { $0.endpoint == endpoint }
    }

    /// Whether the client itself sent the answer to a keyed bubble from `endpoint`.
    func isVouched(at endpoint: UDPEndpoint) -> Bool { vouched == endpoint }

    /// The address is proved at `place`: of the peers that were asked for in its name those stay that it asked for itself.
    mutating func prove(at place: Destination, now: ProtocolInstant) {
        pairs = pairs.filter { $0.askedAt == place.endpoint || isProven && $0.askedAt == endpoint }
        for index in pairs.indices { pairs[index].askedAt = place.endpoint }
        if !isProven { since = now }
        destination = place
        isProven = true
        candidates = [place]
        pacing.answered()
    }

    /// Notes a peer that is asked for by who receives at `endpoint`; a new one takes the place of the one that was asked for
    /// longest ago.
    mutating func note(
        _ peer: IPv6Address,
        askedAt endpoint: UDPEndpoint,
        nonce: UInt64,
        limit: Int,
        now: ProtocolInstant
    ) {
        var pair = Pair(peer: peer, askedAt: endpoint, nonce: nonce, lastRequest: now)
        if let index = pairs.firstIndex(where: { $0.peer == peer && $0.askedAt == endpoint }) {
            pair = pairs.remove(at: index)
            pair.nonce = nonce
            pair.lastRequest = now
        } else if pairs.count >= limit {
            pairs.removeFirst(pairs.count + 1 - limit)
        }
        pairs.append(pair)
    }

    /// Whether the peer may be invited now; if so, that is on record.
    mutating func mayInvite(_ peer: IPv6Address, lateSpacing: Duration, now: ProtocolInstant) -> Bool {
        guard let index = pairs.firstIndex(where: { $0.peer == peer }) else { return false }
        let last = pairs[index].lastInvitation ?? now - RFC4380.peerValidity
        // Four quickly, then one for now and then a request of the client: some may have been lost.
        let isLate = pairs[index].invitations.isExhausted(now: now) && now - last >= lateSpacing
        guard isLate || pairs[index].invitations.decide(lastTransmission: last, now: now) == .now else { return false }
        pairs[index].lastInvitation = now
        return true
    }

    private static let candidateLimit = 4
}
