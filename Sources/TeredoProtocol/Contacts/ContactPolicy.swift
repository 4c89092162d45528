/// What client and relay differ in when they contact a peer.
struct ContactPolicy: Sendable {
    /// Whether an exchange is over 8 s after it began, whatever was sent in between (RFC 4380 section 5.2.6).
    ///
    /// Answers of a client count as bubbles to the peer, so that it may have to wait for its turn; a relay answers nothing.
    let endsInTime: Bool
    /// When a peer that gave no answer is asked again (SEC-45).
    let pacing: BubblePacing.Rule
    /// How much may wait for peers.
    let queueLimits: QueueLimits
}
