import TeredoWire

/// Which of the clients that the IPv6 side asks for, and that are not known yet, are taken on: so many a second, whatever comes
/// (SEC-31).
///
/// A flood of packets to random clients uses all of that up. Beside it a tenth each is kept for those who are easily told from
/// it: sources that asked for few clients of late, and clients that were asked for before, as whoever wants to reach one asks
/// again and a flood does not come back to the same one. A refusal costs no look at the client's address.
struct NewClientGate: Sendable {
    /// What a packet for an unknown client has going for it.
    enum Standing: Hashable, Sendable {
        /// Nothing: there is no place for it at this moment.
        case refused
        /// There may be a place for anybody.
        case ordinary
        /// It is for a client that was refused a moment ago, or of a source that asks for few.
        case preferred(isRepeated: Bool, isModest: Bool)
    }

    private var ordinary: TokenBucket
    private var modest: TokenBucket
    private var repeated: TokenBucket
    /// Until when no ordinary place is free, as was found out; saves the look.
    private var closedUntil: ProtocolInstant
    private var sources: SourceLevels
    private var refusals: RecentRefusals
    private let hash: SipHash

    /// Room for `rate` clients a second, and as many at once.
    init(rate: Int, hash: SipHash, now: ProtocolInstant) {
        ordinary = TokenBucket(rate: rate, burst: rate, now: now)
        let share = max(1, rate / Self.shareDivisor)
        modest = TokenBucket(rate: share, burst: share, now: now)
        repeated = TokenBucket(rate: share, burst: share, now: now)
        closedUntil = now
        sources = SourceLevels(rate: rate)
        refusals = RecentRefusals()
        self.hash = hash
    }

    /// Takes another rate, which begins anew.
    mutating func setRate(_ rate: Int, now: ProtocolInstant) {
        let known = refusals
        self = Self(rate: rate, hash: hash, now: now)
        refusals = known
    }

    /// How a packet from `source` for an unknown `client` stands; it is counted, whatever becomes of it.
    mutating func judge(from source: IPv6Address, for client: IPv6Address, now: ProtocolInstant) -> Standing {
        let isModest = sources.note(hash(IPv6Address(high: source.high, low: 0)), now: now)
        guard now < closedUntil else { return .ordinary }
        let isRepeated = refusals.note(hash(client), now: now)
        return isModest || isRepeated ? .preferred(isRepeated: isRepeated, isModest: isModest) : .refused
    }

    /// Whether `client` is taken on, for which everything else was found right.
    mutating func take(
        _ standing: Standing,
        from source: IPv6Address,
        for client: IPv6Address,
        now: ProtocolInstant
    ) -> Bool {
        var standing = standing
        if standing == .ordinary {
            if ordinary.take(now: now) { return true }
            closedUntil = now + .seconds(1) / ordinary.rate
            standing = .preferred(
                isRepeated: refusals.note(hash(client), now: now),
                isModest: sources.isModest(hash(IPv6Address(high: source.high, low: 0)))
            )
        }
        guard case .preferred(let isRepeated, let isModest) = standing else { return false }
        return isModest && modest.take(now: now) || isRepeated && repeated.take(now: now)
    }

    private static let shareDivisor = 10
}
