import TeredoWire

/// What the extensions of RFC 6081 know about one peer.
struct PeerTraversal: Hashable, Sendable {
    /// The nonces of our last indirect bubbles to the peer, the latest last.
    ///
    /// The answer to an earlier bubble of the exchange is worth as much as one to the last: with one nonce at a time nothing
    /// connects whose answer takes longer than the pause between bubbles.
    private var noncesSent: [SentNonce] = []
    /// The nonce of the peer's last indirect bubble; 0 is none.
    var nonceReceived: UInt32 = 0
    /// The nonce of the last indirect bubble that somebody sent in the peer's name and that could not be answered; 0 is none.
    var claimedNonce: UInt32 = 0
    /// The nonce that last moved the peer's endpoint: a nonce moves it once.
    var nonceUsed: UInt32 = 0
    /// When the endpoint was last proved anew.
    var provenAt: ProtocolInstant?
    /// Bubbles with a wrong nonce since the last good one (SEC-13).
    private var wrongNonces = 0
    /// Until when bubbles that need a nonce are ignored (SEC-13).
    private var ignoredUntil: ProtocolInstant?
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
    /// Connection Refresh Count.
    var refreshes = 0
    /// The echo test under way (section 5.5).
    var echoTest: EchoTest?
    /// How many echo tests were made for this contact.
    var echoTests = 0
    /// Where else the peer may be (section 5.6).
    var alternates: [Destination] = []
    /// Neighbour discovery solicitations sent and not answered (section 5.7).
    var solicitations = 0
    /// When a solicitation of the peer was last answered with an advertisement.
    var lastAdvertisement: ProtocolInstant?

    /// A nonce that went to the peer through its server.
    private struct SentNonce: Hashable, Sendable {
        let value: UInt32
        let sentAt: ProtocolInstant
        /// Whether its exchange is over, and it was not the last one of that.
        var isSettled = false
    }

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

    /// SNS-2, SEC-13: 32 random bits, never 0, new for every indirect bubble; those of the exchange are good for 30 s.
    mutating func newNonce(using random: inout RandomSource, now: ProtocolInstant) -> UInt32 {
        let nonce = UInt32.random(in: 1 ... .max, using: &random)
        noncesSent.removeAll { now - $0.sentAt > RFC4380.echoNonceLifetime }
        if noncesSent.count >= RFC4380.attemptLimit { noncesSent.removeFirst() }
        noncesSent.append(SentNonce(value: nonce, sentAt: now))
        return nonce
    }

    /// The nonce of our last indirect bubble; 0 is none.
    var nonceSent: UInt32 { noncesSent.last?.value ?? 0 }

    /// When the bubble with this nonce of the exchange was sent.
    func begin(of nonce: UInt32, now: ProtocolInstant) -> ProtocolInstant? { sent(nonce, now: now)?.sentAt }

    /// The last nonce is good until there is another: the peer may show up at another endpoint much later.
    private func sent(_ nonce: UInt32, isSettledToo: Bool = false, now: ProtocolInstant) -> SentNonce? {
        if let last = noncesSent.last, last.value == nonce { return last }
        return noncesSent.first {
            $0.value == nonce && now - $0.sentAt <= RFC4380.echoNonceLifetime && (isSettledToo || !$0.isSettled)
        }
    }

    /// The exchange was answered: of its nonces only the last moves the peer from now on.
    ///
    /// The others still show for their 30 s that a bubble is the peer's: on a long way answers to them arrive when another came first.
    mutating func settleNonces() {
        for place in noncesSent.indices.dropLast() { noncesSent[place].isSettled = true }
    }

    /// Whether a nonce is one of our last indirect bubbles, without consequences when it is not: for bubbles of which anybody can send
    /// as many as he likes in the name of a peer, so that they do not make the true one be ignored (SEC-13).
    func recognizes(_ nonce: UInt32, now: ProtocolInstant) -> Bool {
        ignoredUntil.map { now >= $0 } != false && sent(nonce, now: now) != nil
    }

    /// Whether a nonce is one of our last indirect bubbles; after many wrong ones none is for a while (SEC-13).
    mutating func accepts(_ nonce: UInt32, isSettledToo: Bool = false, now: ProtocolInstant) -> Bool {
        if let ignoredUntil {
            guard now >= ignoredUntil else { return false }
            self.ignoredUntil = nil
        }
        guard sent(nonce, isSettledToo: isSettledToo, now: now) != nil else {
            wrongNonces += 1
            if wrongNonces >= RFC6081.wrongNonceLimit {
                wrongNonces = 0
                ignoredUntil = now + RFC6081.wrongNoncePenalty
            }
            return false
        }
        wrongNonces = 0
        return true
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
        if randomPort != nil || echoTest != nil || isContacting || wrongNonces > 0 { return true }
        if let ignoredUntil, now < ignoredUntil { return true }
        return [provenAt, lastIndirect, unconfirmedSince, lastAdvertisement].contains { instant in
            instant.map { now - $0 < RFC4380.peerValidity } ?? false
        }
    }
}
