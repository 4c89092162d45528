import TeredoWire

/// The nonces of our last indirect bubbles to one peer, and how often somebody guessed wrong (SNS-2, SEC-13).
///
/// The answer to an earlier bubble of the exchange is worth as much as one to the last: with one nonce at a time nothing
/// connects whose answer takes longer than the pause between bubbles.
struct BubbleNonces: Hashable, Sendable {
    /// The latest last.
    private var sent: [SentNonce] = []
    /// Bubbles with a wrong nonce since the last good one.
    private var wrongOnes = 0
    /// Until when bubbles that need a nonce are ignored.
    private var ignoredUntil: ProtocolInstant?

    /// A nonce that went to the peer through its server.
    private struct SentNonce: Hashable, Sendable {
        let value: UInt32
        let sentAt: ProtocolInstant
        /// Whether its exchange is over, and it was not the last one of that.
        var isSettled = false
    }

    /// SNS-2, SEC-13: 32 random bits, never 0, new for every indirect bubble; those of the exchange are good for 30 s.
    mutating func next(using random: inout RandomSource, now: ProtocolInstant) -> UInt32 {
        let nonce = UInt32.random(in: 1 ... .max, using: &random)
        sent.removeAll { now - $0.sentAt > RFC4380.echoNonceLifetime }
        if sent.count >= RFC4380.attemptLimit { sent.removeFirst() }
        sent.append(SentNonce(value: nonce, sentAt: now))
        return nonce
    }

    /// Whether no indirect bubble was sent.
    var isEmpty: Bool { sent.isEmpty }

    /// When the bubble with this nonce of the exchange was sent.
    func begin(of nonce: UInt32, now: ProtocolInstant) -> ProtocolInstant? { find(nonce, now: now)?.sentAt }

    /// The last nonce is good until there is another: the peer may show up at another endpoint much later.
    private func find(_ nonce: UInt32, isSettledToo: Bool = false, now: ProtocolInstant) -> SentNonce? {
        if let last = sent.last, last.value == nonce { return last }
        return sent.first {
            $0.value == nonce && now - $0.sentAt <= RFC4380.echoNonceLifetime && (isSettledToo || !$0.isSettled)
        }
    }

    /// The exchange was answered: of its nonces only the last moves the peer from now on.
    ///
    /// The others still show for their 30 s that a bubble is the peer's: on a long way answers to them arrive when another came first.
    mutating func settle() {
        for place in sent.indices.dropLast() { sent[place].isSettled = true }
    }

    /// Whether a nonce is one of our last indirect bubbles, without consequences when it is not: for bubbles of which anybody can send
    /// as many as he likes in the name of a peer, so that they do not make the true one be ignored (SEC-13).
    func recognizes(_ nonce: UInt32, now: ProtocolInstant) -> Bool {
        ignoredUntil.map { now >= $0 } != false && find(nonce, now: now) != nil
    }

    /// Whether a nonce is one of our last indirect bubbles; after many wrong ones none is for a while (SEC-13).
    mutating func accepts(_ nonce: UInt32, isSettledToo: Bool = false, now: ProtocolInstant) -> Bool {
        if let ignoredUntil {
            guard now >= ignoredUntil else { return false }
            self.ignoredUntil = nil
        }
        guard find(nonce, isSettledToo: isSettledToo, now: now) != nil else {
            wrongOnes += 1
            if wrongOnes >= RFC6081.wrongNonceLimit {
                wrongOnes = 0
                ignoredUntil = now + RFC6081.wrongNoncePenalty
            }
            return false
        }
        wrongOnes = 0
        return true
    }

    /// Whether wrong nonces were so short a time ago that their limit still holds.
    func isNeeded(now: ProtocolInstant) -> Bool { wrongOnes > 0 || ignoredUntil.map { now < $0 } == true }
}
