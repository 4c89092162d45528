import TeredoWire

/// What the extensions of RFC 6081 know about one peer.
struct PeerTraversal: Hashable, Sendable {
    /// The nonces of our last indirect bubbles to the peer.
    var nonces = BubbleNonces()
    /// The nonce of the peer's last indirect bubble; 0 is none.
    var nonceReceived: UInt32 = 0
    /// The nonce of the last indirect bubble that somebody sent in the peer's name and that could not be answered; 0 is none.
    var claimedNonce: UInt32 = 0
    /// The nonce that last moved the peer's endpoint: a nonce moves it once.
    var nonceUsed: UInt32 = 0
    /// When the endpoint was last proved anew.
    var provenAt: ProtocolInstant?
    /// Whether the peer was elsewhere before it seemed to be at the endpoint in its address, which nothing else vouches for yet.
    var isClaimed = false
    /// When the last indirect bubble was sent to the peer.
    var lastIndirect: ProtocolInstant?
    /// Where the peer's last indirect bubble was answered to, while that may still turn out to be the wrong place.
    var answeredAt: UDPEndpoint?
    /// Whether an attempt of ours to find the peer through its server is under way.
    var isContacting = false
    /// Whether our answer to the first bubble of the peer is repeated until it is heard.
    var isIntroducing = false
    /// When what waited was sent to the peer without knowing whether it accepts that.
    var unconfirmedSince: ProtocolInstant?
    /// The random port of our own for this peer (section 5.4).
    var randomPort: RandomPort?
    /// The random port that the peer announced; 0 is none.
    var peerRandomPort: UInt16 = 0
    /// The echo test under way (section 5.5).
    var echoTest: EchoTest?
    /// How many echo tests were made for this contact.
    var echoTests = 0
    /// Where else the peer may be (section 5.6).
    var alternates: [Destination] = []
    /// Neighbour discovery solicitations sent and not answered (section 5.7).
    var solicitations = 0
    /// Whether the peer is heard, and yet left our solicitations unanswered or is not reached, as the network says: what is sent to it
    /// directly may not arrive.
    var isDeaf = false
    /// When a solicitation of the peer was last answered with an advertisement.
    var lastAdvertisement: ProtocolInstant?

    /// A port of ours that only one peer is to use.
    struct RandomPort: Hashable, Sendable {
        /// Which of the client's random ports.
        let slot: UInt8
        /// Whether the socket is there.
        var isOpen = false
        /// The external port as the peer shall see it; 0 while an echo test is under way.
        var external: UInt16 = 0
        /// When it was first announced to the peer.
        var announcedAt: ProtocolInstant?
        /// Connection Refresh Count: beyond the limit when the last refresh is over.
        var refreshes = 0
        /// When the connection is refreshed the next time, if it has to be.
        var refreshAt: ProtocolInstant?

        /// Whether the peer still hears of us what keeps the connection alive.
        var isKeptAlive: Bool { refreshes <= RFC6081.peerRefreshLimit }
    }

    /// Two solicitations around a direct bubble show between which ports the NAT put that bubble.
    struct EchoTest: Hashable, Sendable {
        let lowerNonce: UInt64
        let upperNonce: UInt64
        private var lower: UInt16
        private var upper: UInt16
        let deadline: ProtocolInstant

        /// A test; what `previous` found out from the same port holds on, so that the loss of one answer costs no more than that
        /// one (section 5.5.4.2).
        init(lowerNonce: UInt64, upperNonce: UInt64, deadline: ProtocolInstant, after previous: EchoTest?) {
            self.lowerNonce = lowerNonce
            self.upperNonce = upperNonce
            self.deadline = deadline
            lower = previous?.lower ?? 0
            upper = previous?.upper ?? 0
        }

        /// Notes a port; a repetition changes nothing: the first answer counts (section 5.5.4.2).
        mutating func note(_ port: UInt16, isLower: Bool) {
            if isLower, lower == 0 { lower = port } else if !isLower, upper == 0 { upper = port }
        }

        /// The port between the two, when both are known.
        var external: UInt16? {
            lower == 0 || upper == 0 ? nil : UInt16((UInt32(lower) + UInt32(upper)) / 2)
        }
    }

    /// Forgets what the peer said in an exchange that is over.
    mutating func forgetAnnouncement() {
        peerRandomPort = 0
        nonceReceived = 0
    }

    /// Forgets what belonged to one attempt to reach the peer, but not what the peer is.
    mutating func endContact() {
        echoTest = nil
        echoTests = 0
        solicitations = 0
        answeredAt = nil
        isContacting = false
        isIntroducing = false
    }

    /// Whether something is under way, or was so short a time ago that its limits still hold.
    func isNeeded(now: ProtocolInstant) -> Bool {
        if randomPort != nil || echoTest != nil || isContacting || nonces.isNeeded(now: now) { return true }
        return [provenAt, lastIndirect, unconfirmedSince, lastAdvertisement].contains { instant in
            instant.map { now - $0 < RFC4380.peerValidity } ?? false
        }
    }
}
