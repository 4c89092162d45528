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
    private var solicitations: RateLimiter
    private var offers: RateLimiter
    private var answered: AnsweredEndpoints
    /// Packets to native IPv6.
    var native: TokenBucket
    /// What the server says for itself.
    var echo: TokenBucket

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
        native = TokenBucket(limits.native, now: now)
        echo = TokenBucket(limits.echo, now: now)
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

    /// Whether one more datagram may go to a client: each has a share, and what is behind one IPv4 address has one too.
    mutating func admit(to target: UDPEndpoint, now: ProtocolInstant) -> Bool {
        targets.take(target, now: now) && targetAddresses.take(target.address, now: now)
    }

    /// Whether `address` may be offered a proof once more: spoofed sources draw one small datagram a second to their victim.
    mutating func admitOffer(to address: IPv4Address, now: ProtocolInstant) -> Bool { offers.take(address, now: now) }
}
