import TeredoWire

/// The way to one peer through a transit relay, as the client sees it (docs/transit.md section 5).
///
/// When the peer named another relay than ours, both are asked in turn, and the first that says that the way is open is used.
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

    private(set) var state = State.waiting
    let nonce: UInt64
    /// The relay that is used, or asked next.
    private(set) var current: TransitRequest
    /// The other one, when there are two.
    private(set) var alternative: TransitRequest?
    /// Requests without an answer.
    private(set) var attempts = 0
    /// When the relay last said that the way is open.
    private(set) var lastReady: ProtocolInstant?
    /// When a packet last went this way, in either direction.
    private(set) var lastUse: ProtocolInstant?
    /// When a packet of the peer last came this way.
    private(set) var lastReception: ProtocolInstant?
    /// When the network said that the relay is not reached; `nil` again when the relay says that the way is open.
    private(set) var suspectedAt: ProtocolInstant?
    /// Whether packets for the peer go this way now.
    private(set) var isInUse = false
    private(set) var takeover: Takeover?
    /// How often the change to the direct way did not come off.
    private var failedTakeovers = 0
    /// When the peer, which sends this way, was first asked directly whether it hears us, without an answer since.
    private var unheardSince: ProtocolInstant?
    /// When to ask (again), or to keep the way open.
    private(set) var deadline: ProtocolInstant?
    /// When the change to the direct way goes on, or is put off.
    private(set) var takeoverDeadline: ProtocolInstant?

    /// Whether the peer asks for the way, so that it is needed whatever is known of the direct one.
    let isInvited: Bool

    /// A way that is perhaps not needed: the direct one gets time until `deadline`.
    init(
        nonce: UInt64,
        through relay: Destination,
        or other: Destination? = nil,
        deadline: ProtocolInstant,
        isInvited: Bool = false
    ) {
        self.nonce = nonce
        current = TransitRequest(relay)
        alternative = other.map { TransitRequest($0) }
        self.deadline = deadline
        self.isInvited = isInvited
    }

    /// The relay that is used, or asked next.
    var relay: Destination { current.relay }

    /// What is known of the relay at `endpoint`; `nil` when it is none of this way.
    func request(at endpoint: UDPEndpoint) -> TransitRequest? {
        if current.relay.endpoint == endpoint { return current }
        return alternative?.relay.endpoint == endpoint ? alternative : nil
    }

    /// How long the relay's word holds.
    static let validity = Duration.seconds(60)
    /// How often the way is kept open while it is used.
    static let keepAliveInterval = Duration.seconds(20)
    /// The pause between requests.
    static let requestInterval = Duration.seconds(1)
    /// How many requests in vain are that far apart; those that follow are twice as far apart.
    static let quickRequestLimit = 6
    /// After how many requests in vain the pause doubles each time.
    ///
    /// Where one datagram of three is lost, the relay's bubble through the client's server comes with every third request.
    static let steadyRequestLimit = 12
    /// How many requests are made in vain.
    static let requestLimit = 15

    /// Whether an answer of the relay is still to be expected: what waits for the peer waits for it.
    var isPromising: Bool { state != .ready && attempts < Self.quickRequestLimit }

    /// How long the answer to the next request may take, when it takes `patience` at first.
    func pause(patience: Duration) -> Duration {
        guard attempts >= Self.quickRequestLimit else { return patience }
        return patience * (2 << max(0, attempts + 1 - Self.steadyRequestLimit))
    }

    /// Whether the network says that the relay is not reached, and nothing came from there since.
    var isSilentSinceSuspicion: Bool {
        guard let suspectedAt else { return false }
        return lastReception.map { $0 <= suspectedAt } ?? true
    }

    /// Whether packets can go this way.
    func isOpen(now: ProtocolInstant) -> Bool {
        guard state == .ready, let lastReady else { return false }
        return now - lastReady < Self.validity
    }
}

// MARK: - What happens to it

extension TransitPath {
    mutating func wait(until deadline: ProtocolInstant?) { self.deadline = deadline }
    mutating func countAttempt() { attempts += 1 }

    /// The relay at `endpoint` asks a cookie back: it is there.
    mutating func take(cookie: UInt64, from endpoint: UDPEndpoint) {
        if current.relay.endpoint == endpoint { current.cookie = cookie } else { alternative?.cookie = cookie }
    }

    /// The relay at `endpoint` comes first from now on.
    mutating func turn(to endpoint: UDPEndpoint) {
        guard let other = alternative, other.relay.endpoint == endpoint else { return }
        (current, alternative) = (other, current)
    }

    /// The other relay is asked next, when there is one that is worth it.
    mutating func turn() {
        guard let other = alternative, other.isWorthAsking else { return }
        (current, alternative) = (other, current)
    }

    /// The peer can be reached through `relay` too; returns whether that is news.
    mutating func add(_ relay: Destination) -> Bool {
        guard relay != current.relay, relay != alternative?.relay else { return false }
        alternative = TransitRequest(relay)
        return true
    }

    /// `relay` is not there: the other one is used alone.
    mutating func forsake(_ relay: Destination) {
        if current.relay == relay, let other = alternative { current = other }
        alternative = nil
    }

    /// The relay that is asked next is asked.
    mutating func countRequest() { if current.cookie == 0 { current.unanswered += 1 } }
    mutating func noteUse(now: ProtocolInstant) { lastUse = now }
    mutating func noteReception(now: ProtocolInstant) { lastReception = now }

    /// The relay is asked.
    mutating func request() { if state == .waiting { state = .opening } }

    /// The relay says that the way is open.
    mutating func becomeReady(now: ProtocolInstant) {
        state = .ready
        attempts = 0
        suspectedAt = nil
        lastReady = now
    }

    /// The network says that the relay is not reached.
    mutating func suspect(now: ProtocolInstant) { suspectedAt = now }

    /// Somebody says that it is not.
    mutating func doubt() { attempts = 0 }

    /// Packets go this way from now on.
    mutating func use() {
        isInUse = true
        takeover = nil
        takeoverDeadline = nil
    }

    /// Asks the peer, which sends this way, whether it hears what goes to it directly; `false` when it did not answer for twice the time
    /// that an answer may take: one may be lost.
    mutating func asksWhetherHeard(patience: Duration, now: ProtocolInstant) -> Bool {
        let since = unheardSince ?? now
        unheardSince = since
        return now - since < patience * 2
    }

    /// The peer hears what goes to it directly.
    mutating func noteHeard() { unheardSince = nil }

    mutating func beginTakeover() { takeover = .asking }
    mutating func drain() { takeover = .draining }
    mutating func failTakeover() { takeover = nil }
    mutating func putOffTakeover(until deadline: ProtocolInstant?) { takeoverDeadline = deadline }

    /// Notes one more failure; returns how many there were before, 6 at most.
    mutating func countFailedTakeover() -> Int {
        let failures = min(failedTakeovers, 6)
        failedTakeovers = failures + 1
        return failures
    }

    mutating func completeTakeover() {
        takeover = nil
        takeoverDeadline = nil
        isInUse = false
    }
}
