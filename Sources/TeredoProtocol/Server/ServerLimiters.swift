import TeredoWire

/// The token buckets behind ``ServerLimits``: all the state that a server has (SEC-40).
struct ServerLimiters: Sendable {
    /// Who a datagram is from, as far as that can be known without having seen the sender before.
    enum Sender: Hashable, Sendable {
        /// A Teredo address that embeds the endpoint that was observed (S7b).
        case client
        /// A relay that returned a proof of this server's.
        case provenRelay
        /// Anybody: the source may be spoofed.
        case unproven
    }

    private var unproven: RateLimiter
    private var clients: RateLimiter
    private var clientAddresses: RateLimiter
    private var relays: RateLimiter
    private var targets: RateLimiter
    private var targetAddresses: RateLimiter
    /// How much each sender has of what goes to a target.
    private var senders = SourceLevels(bits: 12)
    private var solicitations: RateLimiter
    private var offers: RateLimiter
    private var answered: AnsweredEndpoints
    private var native: FairBucket
    private var echo: FairBucket

    init(_ limits: ServerLimits, using generator: inout some RandomNumberGenerator, now: ProtocolInstant) {
        func limiter(_ limit: RateLimit) -> RateLimiter {
            RateLimiter(limit, places: limits.bucketCount, using: &generator, now: now)
        }
        unproven = limiter(limits.source)
        clients = limiter(limits.source)
        clientAddresses = limiter(limits.sourceAddress)
        relays = limiter(limits.relay)
        targets = limiter(limits.target)
        targetAddresses = limiter(limits.targetAddress)
        solicitations = limiter(limits.solicitation)
        offers = limiter(RateLimit(rate: 1, burst: 2))
        answered = AnsweredEndpoints(places: limits.bucketCount, multiplier: solicitations.multiplier)
        native = .forAddresses(rate: limits.native.rate, burst: limits.native.burst, now: now)
        echo = .forAddresses(rate: limits.echo.rate, burst: limits.echo.burst, bits: 8, now: now)
    }

    /// Whether one more datagram may come from a sender at `source`.
    mutating func admit(_ sender: Sender, at source: UDPEndpoint, now: ProtocolInstant) -> Bool {
        switch sender {
        case .client: clients.take(source, now: now) && clientAddresses.take(source.address, now: now)
        case .provenRelay: relays.take(source.address, now: now)
        case .unproven: unproven.take(source.address, now: now)
        }
    }

    /// Whether one more solicitation may come from `source`: within what all behind its IPv4 address have together, or else in the
    /// share that it has because it was answered before.
    ///
    /// Anybody behind the same address, or who spoofs it, can use up the former; what others do never touches the latter.
    mutating func admitSolicitation(from source: UDPEndpoint, now: ProtocolInstant) -> Bool {
        if unproven.take(source.address, now: now), solicitations.take(source.address, now: now) { return true }
        return answered.take(source, now: now)
    }

    /// A solicitation was answered: its endpoint has a share from now on.
    mutating func noteAnswer(to source: UDPEndpoint, now: ProtocolInstant) { answered.note(source, now: now) }

    /// Those who had a share under other limits keep it.
    mutating func succeed(_ previous: Self) { answered = previous.answered }

    /// Whether one more datagram of a sender at `source` may go to a client: each has a rate, and what is behind one IPv4 address
    /// has one too, which senders share fairly.
    mutating func admit(to target: UDPEndpoint, from source: IPv4Address, now: ProtocolInstant) -> Bool {
        targets.take(target, from: source, sharing: &senders, now: now)
            && targetAddresses.take(target.address, from: source, sharing: &senders, now: now)
    }

    /// Whether one more packet of a client at `source` may go to native IPv6.
    mutating func admitNative(from source: IPv4Address, now: ProtocolInstant) -> Bool {
        native.take(hash(source), of: hash(networkOf: source), now: now)
    }

    /// Whether the server may say one thing more for itself to a client at `source`.
    mutating func admitEcho(from source: IPv4Address, now: ProtocolInstant) -> Bool {
        echo.take(hash(source), of: hash(networkOf: source), now: now)
    }

    private func hash(_ source: IPv4Address) -> UInt64 { UInt64(source.rawValue) &* solicitations.multiplier }

    /// Of the /24; networks are counted apart from addresses.
    private func hash(networkOf source: IPv4Address) -> UInt64 { hash(IPv4Address(rawValue: source.rawValue & ~0xFF)) }

    /// Whether `address` may be offered a proof once more: spoofed sources draw one small datagram a second to their victim.
    mutating func admitOffer(to address: IPv4Address, now: ProtocolInstant) -> Bool { offers.take(address, now: now) }
}
