import TeredoWire

/// Which of the clients that the IPv6 side asks for, and that are not known yet, are taken on: so many a second, whatever comes
/// (SEC-31).
///
/// The /64 prefixes of the IPv6 side share the rate fairly, and so do the /48 prefixes above them: a flood of packets to random
/// clients has what the others leave of it. Beside it a tenth is kept for clients that were asked for before, as whoever wants
/// to reach one asks again and a flood from everywhere does not come back to the same one. A refusal costs no look at the
/// client's address.
struct NewClientGate: Sendable {
    /// What a packet for an unknown client has going for it.
    enum Standing: Hashable, Sendable {
        /// Nothing: there is no place for it at this moment.
        case refused
        /// Its source has a share left.
        case ordinary
        /// It is for a client that was refused a moment ago.
        case repeated
    }

    private var share: FairBucket
    private var repeated: TokenBucket
    private var refusals: RecentRefusals
    private let hash: SipHash

    /// Room for `rate` clients a second, and as many at once.
    init(rate: Int, hash: SipHash, now: ProtocolInstant) {
        share = FairBucket(rate: rate, burst: rate, countsNetworks: true, now: now)
        let kept = max(1, rate / Self.repeatedDivisor)
        repeated = TokenBucket(rate: kept, burst: kept, now: now)
        refusals = RecentRefusals()
        self.hash = hash
    }

    /// Takes another rate, which begins anew.
    mutating func setRate(_ rate: Int, now: ProtocolInstant) {
        let known = refusals
        self = Self(rate: rate, hash: hash, now: now)
        refusals = known
    }

    /// How a packet from `source` for an unknown `client` stands.
    mutating func judge(from source: IPv6Address, for client: IPv6Address, now: ProtocolInstant) -> Standing {
        if share.admits(subnet(of: source), of: site(of: source), now: now) { return .ordinary }
        return refusals.note(hash(client), now: now) ? .repeated : .refused
    }

    /// Whether a client is taken on, for which everything else was found right.
    mutating func take(_ standing: Standing, from source: IPv6Address, now: ProtocolInstant) -> Bool {
        switch standing {
        case .refused: false
        case .ordinary: share.take(subnet(of: source), of: site(of: source), now: now)
        case .repeated: repeated.take(now: now)
        }
    }

    private func subnet(of source: IPv6Address) -> UInt64 { hash(IPv6Address(high: source.high, low: 64)) }

    private func site(of source: IPv6Address) -> UInt64 {
        hash(IPv6Address(high: source.high & ~0xFFFF, low: 48))
    }

    private static let repeatedDivisor = 10
}
