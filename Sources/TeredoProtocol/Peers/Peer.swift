import TeredoWire

/// One entry of the list of recent peers (RFC 4380 section 5.2).
///
/// What every packet needs is here, in 40 octets; the rest is in ``PeerDetails``, which exist only while something in them
/// is not as in a new entry. Setting a detail to what it is anyway makes none.
struct Peer: Sendable {
    /// When something from the peer was last accepted.
    var lastReception: ProtocolInstant
    /// When something was last sent to the peer.
    var lastTransmission: ProtocolInstant
    private var box: PeerDetailsBox?
    private var place: PossibleDestination
    /// Which of our ports the peer uses.
    var port = LocalPort.service
    /// Where packets of the peer come from; another endpoint than ``endpoint`` only when routers forward ports on both
    /// sides (RFC 6081 section 5.3).
    var receptionEndpoint: UDPEndpoint
    private var facts: Facts = []
    /// How long the last answer of the peer took.
    var roundTrip = RoundTripTime.unknown

    private struct Facts: OptionSet, Sendable {
        let rawValue: UInt8

        static let isTrusted = Self(rawValue: 1)
        static let knowsTrailers = Self(rawValue: 2)
        static let isSymmetricPeer = Self(rawValue: 4)
        static let receivesOnPrimary = Self(rawValue: 8)
        static let receivesOnRandom = Self(rawValue: 16)
        static let isUnconfirmed = Self(rawValue: 32)
        static let isMarked = Self(rawValue: 64)
        static let isToldOpen = Self(rawValue: 128)
    }

    /// A new entry: last reception and last transmission 30 s ago, so that a first bubble may go at once.
    ///
    /// `destination` is `nil` while it is not known where packets for the peer may go.
    init(at destination: Destination?, now: ProtocolInstant) {
        place = PossibleDestination(destination)
        receptionEndpoint = place.endpoint
        lastReception = now - RFC4380.peerValidity
        lastTransmission = now - RFC4380.peerValidity
    }

    /// Where packets for the peer go: its mapped endpoint, or the relay's or local endpoint that was learned.
    ///
    /// It is 0.0.0.0 and port 0 while that is not known. What is here passed the filter, so that the fast path need not ask
    /// again (SEC-34).
    var endpoint: UDPEndpoint { place.endpoint }

    /// The same for datagrams of our own; `nil` while it is not known.
    var destination: Destination? { place.known }

    /// Packets for the peer go to `destination` from now on.
    mutating func move(to destination: Destination) { place = PossibleDestination(destination) }

    /// Whether the endpoint was proved.
    var isTrusted: Bool {
        get { facts.contains(.isTrusted) }
        set { set(.isTrusted, newValue) }
    }

    /// Whether the peer ever sent a nonce or a discovery trailer, so that it understands ours (RFC 6081).
    var knowsTrailers: Bool {
        get { facts.contains(.knowsTrailers) }
        set { set(.knowsTrailers, newValue) }
    }

    /// Symmetric Peer: direct bubbles of the peer come from an endpoint that is not in its address (RFC 6081 section 5.3).
    var isSymmetricPeer: Bool {
        get { facts.contains(.isSymmetricPeer) }
        set { set(.isSymmetricPeer, newValue) }
    }

    /// Direct Receive on Primary Port (RFC 6081 section 5.4).
    var receivesOnPrimary: Bool {
        get { facts.contains(.receivesOnPrimary) }
        set { set(.receivesOnPrimary, newValue) }
    }

    /// Direct Receive on Random Port (RFC 6081 section 5.4).
    var receivesOnRandom: Bool {
        get { facts.contains(.receivesOnRandom) }
        set { set(.receivesOnRandom, newValue) }
    }

    /// Whether it is open yet that the peer accepts what comes from us, while it is accepted from the peer.
    var isUnconfirmed: Bool {
        get { facts.contains(.isUnconfirmed) }
        set { set(.isUnconfirmed, newValue) }
    }

    /// Whether the way to the peer may have changed since it was told (``PathJournal``).
    var isMarked: Bool {
        get { facts.contains(.isMarked) }
        set { set(.isMarked, newValue) }
    }

    /// Whether the way to the peer was last told to be a direct one or a relay.
    var isToldOpen: Bool {
        get { facts.contains(.isToldOpen) }
        set { set(.isToldOpen, newValue) }
    }

    private mutating func set(_ fact: Facts, _ isTrue: Bool) {
        if isTrue { facts.insert(fact) } else { facts.remove(fact) }
    }

    /// Whether something was accepted in the same second: then the peer's place in the order of use is right, give or
    /// take that second, and a busy peer needs no move for every packet.
    func wasHeard(inSecondOf now: ProtocolInstant) -> Bool {
        lastReception.nanoseconds / 1_000_000_000 == now.nanoseconds / 1_000_000_000
    }

    /// Whether packets go straight to the endpoint: it is proved, and no other way is in use.
    @inline(__always)
    func isDirect(now: ProtocolInstant) -> Bool {
        guard isValid(now: now) else { return false }
        guard let box else { return true }
        return box.leavesDirectPath(isUnconfirmed: isUnconfirmed, now: now)
    }

    /// Whether the way is open in both directions, as far as is known.
    func isConfirmed(now: ProtocolInstant) -> Bool { isValid(now: now) && !isUnconfirmed }

    /// Until when a peer that was heard may say that it hears us, when its answer takes `patience`; `nil` when nobody asked it.
    func confirmationDeadline(patience: Duration) -> ProtocolInstant? {
        isUnconfirmed ? traversal.unconfirmedSince.map { $0 + patience } : nil
    }

    /// Whether the peer is alive somewhere else than at `source`, or on another port of ours: then the endpoint in its address is
    /// no reason to move it, as anybody can write that as the source of a datagram (R8, Y4, SEC-10).
    func isAlive(elsewhereThan source: UDPEndpoint, on port: LocalPort, now: ProtocolInstant) -> Bool {
        isValid(now: now) && (receptionEndpoint != source || self.port != port)
    }

    /// Whether packets may be sent to the endpoint: trusted, and heard of within 30 s (case T1, X1).
    func isValid(now: ProtocolInstant) -> Bool {
        isTrusted && now - lastReception < RFC4380.peerValidity
    }

    /// Whether the peer carried traffic in the last 30 s while trusted: such a peer is never evicted (SEC-30).
    func isActive(now: ProtocolInstant) -> Bool {
        isTrusted && now - lastUse < RFC4380.peerValidity
    }

    /// When something last came from the peer or was sent to it.
    var lastUse: ProtocolInstant { max(lastReception, lastTransmission) }

    /// Whether something was sent to the peer within the last 30 s.
    func isAnswered(now: ProtocolInstant) -> Bool { now - lastTransmission < RFC4380.peerValidity }

    /// Whether packets went straight to the peer within the last 30 s.
    func isInUse(now: ProtocolInstant) -> Bool {
        isValid(now: now) && isAnswered(now: now)
    }

    /// The attempt to reach the peer is over.
    mutating func endContact() {
        isUnconfirmed = false
        traversal.endContact()
    }

    /// A packet of a peer that is where it was, or at `destination`, beyond doubt; returns whether the peer's place in the order of use is
    /// right already.
    mutating func prove(at destination: Destination? = nil, now: ProtocolInstant) -> Bool {
        let isInOrder = isTrusted && wasHeard(inSecondOf: now)
        isTrusted = true
        if let destination { move(to: destination) }
        lastReception = now
        return isInOrder
    }
}

/// What is known of a peer only while something goes on with it; see ``PeerDetails`` for what each of them is.
extension Peer {
    /// Whether anything goes on with the peer, or did a moment ago.
    var hasDetails: Bool { box != nil }

    /// Whether a packet of the peer may settle something (``PeerDetails/isExpectant``).
    ///
    /// Asked once for each packet: each look at the details of a peer that has some costs as much as a tenth of the fast path.
    var isExpectant: Bool { box?.details.isExpectant ?? false }

    /// Whether an exchange is under way, or packets from the host wait for the peer.
    var isAwaited: Bool {
        guard let box else { return false }
        return box.details.exchange?.deadline != nil || !box.details.outgoing.isEmpty
    }

    /// Forgets all details.
    mutating func releaseDetails() { box = nil }

    /// Forgets the details when nothing needs them any more.
    ///
    /// The nonces of a peer that is in use and may show up at another endpoint stay: those of a peer behind a symmetric NAT,
    /// and of all peers when we are behind one. A peer that is silent for 30 s has to be found anew in any case.
    mutating func releaseUnneededDetails(isBehindSymmetricNAT: Bool, now: ProtocolInstant) {
        guard let box, !isUnconfirmed, !receivesOnRandom, !box.details.isNeeded(now: now),
            !(isSymmetricPeer || isBehindSymmetricNAT || box.details.traversal.peerRandomPort != 0)
                || !isValid(now: now)
        else { return }
        self.box = nil
    }

    /// The box of the details, made when there is none, and of this peer alone.
    private mutating func uniqueBox() -> PeerDetailsBox {
        if isKnownUniquelyReferenced(&box), let box { return box }
        let new = PeerDetailsBox(box?.details ?? PeerDetails())
        box = new
        return new
    }

    /// The exchange under way.
    var exchange: PeerExchange? { box?.details.exchange }
    /// When bubble or echo are repeated or given up; `nil` when nothing is under way.
    var retryDeadline: ProtocolInstant? { box?.details.exchange?.deadline }
    /// The connectivity test under way.
    var test: PeerExchange.ConnectivityTest? { box?.details.exchange?.test }

    /// Changes what is known of the exchange with the peer, and returns what `change` does; one of which nothing is left is none.
    mutating func updateExchange<Result>(_ change: (inout PeerExchange) -> Result) -> Result {
        var exchange = exchange ?? PeerExchange()
        let result = change(&exchange)
        if hasDetails || !exchange.isOver { uniqueBox().details.exchange = exchange.isOver ? nil : exchange }
        return result
    }

    /// The exchange with the peer is over.
    mutating func endExchange() { if hasDetails { uniqueBox().details.exchange = nil } }

    var contestedAt: ProtocolInstant? {
        get { box?.details.contestedAt }
        set { if hasDetails || newValue != nil { uniqueBox().details.contestedAt = newValue } }
    }

    /// Whether the peer seemed to be in two places a moment ago.
    func isContested(now: ProtocolInstant) -> Bool {
        contestedAt.map { now - $0 < RFC4380.exchangeTime } ?? false
    }

    var quietUntil: ProtocolInstant? {
        get { box?.details.quietUntil }
        set { if hasDetails || newValue != nil { uniqueBox().details.quietUntil = newValue } }
    }

    /// Whether a connectivity test failed less than 30 s ago, and none is under way.
    func isQuiet(now: ProtocolInstant) -> Bool {
        guard let quietUntil else { return false }
        return now < quietUntil && retryDeadline == nil
    }

    /// Whether the peer may turn out to be at another endpoint than was proved, because it is being asked or was a moment
    /// ago.
    func mayShowUpElsewhere(now: ProtocolInstant) -> Bool {
        guard !traversal.nonces.isEmpty || traversal.randomPort != nil, let last = traversal.lastIndirect,
            now - last < RFC4380.exchangeTime
        else { return false }
        return retryDeadline != nil || !isValid(now: now)
    }

    /// The attempt to reach the peer failed.
    mutating func failContact() {
        if isUnconfirmed { isTrusted = false }
        neighbor?.doubt()
        endContact()
        traversal.forgetAnnouncement()
    }

    /// The last indirect bubble of the peer is to be answered at `target`.
    mutating func answerTo(_ target: Destination, now: ProtocolInstant) {
        answer = PeerAnswer(target: target, heard: now, last: answer?.last)
    }

    /// Word that the peer is not reached any more, while it is looked into.
    var doubt: PeerDoubt? {
        get { box?.details.doubt }
        set { if hasDetails || newValue != nil { uniqueBox().details.doubt = newValue } }
    }

    var neighbor: PeerNeighborhood? {
        get { box?.details.neighbor }
        set { if hasDetails || newValue != nil { uniqueBox().details.neighbor = newValue } }
    }

    var answer: PeerAnswer? {
        get { box?.details.answer }
        set { if hasDetails || newValue != nil { uniqueBox().details.answer = newValue } }
    }

    var pacing: BubblePacing {
        get { box?.details.pacing ?? BubblePacing() }
        _modify {
            if hasDetails {
                yield &uniqueBox().details.pacing
            } else {
                var value = BubblePacing()
                yield &value
                if value != BubblePacing() { uniqueBox().details.pacing = value }
            }
        }
    }

    var traversal: PeerTraversal {
        get { box?.details.traversal ?? PeerTraversal() }
        _modify {
            if hasDetails {
                yield &uniqueBox().details.traversal
            } else {
                var value = PeerTraversal()
                yield &value
                if value != PeerTraversal() { uniqueBox().details.traversal = value }
            }
        }
    }

    var transit: TransitPath? {
        get { box?.details.transit }
        _modify {
            if hasDetails {
                yield &uniqueBox().details.transit
            } else {
                var value = TransitPath?.none
                yield &value
                if value != nil { uniqueBox().details.transit = value }
            }
        }
    }

    var namedRelay: Destination? {
        get { box?.details.namedRelay }
        set { if hasDetails || newValue != nil { uniqueBox().details.namedRelay = newValue } }
    }

    var outgoing: PacketQueue {
        get { box?.details.outgoing ?? PacketQueue() }
        _modify {
            if hasDetails {
                yield &uniqueBox().details.outgoing
            } else {
                var value = PacketQueue()
                yield &value
                if !value.isEmpty { uniqueBox().details.outgoing = value }
            }
        }
    }

    var incoming: PacketQueue {
        get { box?.details.incoming ?? PacketQueue() }
        _modify {
            if hasDetails {
                yield &uniqueBox().details.incoming
            } else {
                var value = PacketQueue()
                yield &value
                if !value.isEmpty { uniqueBox().details.incoming = value }
            }
        }
    }
}
