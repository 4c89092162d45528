import TeredoWire

/// The way to one peer through the transit relay, as the client sees it (docs/transit.md section 5).
struct TransitPath: Sendable {
    /// How far the way is.
    enum State: Hashable, Sendable {
        /// Perhaps not needed: the direct way gets a moment.
        case waiting
        /// Asked for.
        case opening
        /// Open, as far as is known.
        case ready
    }

    /// How far the change to the direct way is.
    enum Takeover: Hashable, Sendable {
        /// The direct way is open on our side; the peer is asked whether it is on its own.
        case asking
        /// The mark is under way: what follows it waits for the answer.
        case draining
    }

    var state = State.waiting
    var nonce: UInt64
    var cookie: UInt64 = 0
    /// Requests without an answer.
    var attempts = 0
    /// When the relay last said that the way is open.
    var lastReady: ProtocolInstant?
    /// When a packet last went this way, in either direction.
    var lastUse: ProtocolInstant?
    /// When a packet of the peer last came this way.
    var lastReception: ProtocolInstant?
    /// Whether packets for the peer go this way now.
    var isInUse = false
    var takeover: Takeover?
    /// How often the change to the direct way did not come off.
    var failedTakeovers = 0
    /// When to ask (again), or to keep the way open.
    var deadline: ProtocolInstant?
    /// When the change to the direct way goes on, or is put off.
    var takeoverDeadline: ProtocolInstant?

    /// How long the relay's word holds.
    static let validity = Duration.seconds(60)
    /// How often the way is kept open while it is used.
    static let keepAliveInterval = Duration.seconds(20)
    /// The pause between requests.
    static let requestInterval = Duration.seconds(1)
    /// How many requests are made in vain.
    static let requestLimit = 6

    /// Whether packets can go this way.
    func isOpen(now: ProtocolInstant) -> Bool {
        guard state == .ready, let lastReady else { return false }
        return now - lastReady < Self.validity
    }
}
