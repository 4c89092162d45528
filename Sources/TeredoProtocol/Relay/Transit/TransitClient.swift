import TeredoWire

/// A client that a relay carries packets for.
struct TransitClient: Sendable {
    /// A peer that the client wants to reach.
    struct Pair: Sendable {
        let peer: IPv6Address
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
    var destination: Destination
    /// Whether it also showed that its address is its own.
    var isProven = false
    /// Endpoints that somebody receives at who claims the address; one becomes ``endpoint`` by the proof.
    var candidates: [Destination] = []
    var lastRequest: ProtocolInstant
    /// The bubbles that asked for that proof.
    var pacing = BubblePacing()
    var lastBubble: ProtocolInstant?
    var pairs: [Pair] = []
    var credit: TokenBucket
    /// Remembers an endpoint until the proof; a few, so that somebody else's claims do not push the true one out.
    mutating func addCandidate(_ candidate: Destination) {
        guard !candidates.contains(candidate) else { return }
        if candidates.count >= 4 { candidates.removeFirst() }
        candidates.append(candidate)
    }

    /// When a packet that is not carried was last answered.
    var lastRefusal: ProtocolInstant?
}
