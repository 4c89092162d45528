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

    /// Whether one more solicitation may come from `address`, of those that ``admit(_:at:now:)`` let pass.
    mutating func admitSolicitation(from address: IPv4Address, now: ProtocolInstant) -> Bool {
        solicitations.take(address, now: now)
    }

    /// Whether one more datagram may go to a client: each has a share, and what is behind one IPv4 address has one too.
    mutating func admit(to target: UDPEndpoint, now: ProtocolInstant) -> Bool {
        targets.take(target, now: now) && targetAddresses.take(target.address, now: now)
    }

    /// Whether `address` may be offered a proof once more: spoofed sources draw one small datagram a second to their victim.
    mutating func admitOffer(to address: IPv4Address, now: ProtocolInstant) -> Bool { offers.take(address, now: now) }
}
