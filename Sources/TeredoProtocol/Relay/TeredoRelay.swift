public import TeredoWire

/// A Teredo relay or host-specific relay (RFC 4380 section 5.4).
///
/// The relay owns no socket, clock or source of randomness. Call one `handle…`, then drain ``pollTransmit(into:)`` and
/// ``pollDelivery(into:)`` until they return `nil`, then wait for input or until ``nextTimeout`` and call
/// ``handleTimeout(now:)``. The forwarding stack around a router decrements hop limits.
public struct TeredoRelay: Sendable {
    var configuration: RelayConfiguration
    let bubbleKey: BubbleKey
    var ownIPv6Addresses: [IPv6Address]
    var ownIPv4Addresses: [IPv4Address]
    var attachedSubnets: [IPv4Prefix] = []
    var filter: GlobalUnicastFilter
    var peers: PeerTable
    var octets: PeerOctets
    var budget: QueueBudget
    var retries = RetryTimer()
    var newPeers: TokenBucket
    var errors: ICMPv6ErrorLimiter
    var outbox = Outbox()
    var expiryDeadline: ProtocolInstant?
    var transit: TransitTable?
    let transitCookie: TransitCookie
    var challenges: TokenBucket

    /// What was sent, received and dropped.
    public internal(set) var counters = TrafficCounters()

    /// Makes a relay; `generator` must be cryptographically secure outside tests (SEC-64).
    public init(
        configuration: RelayConfiguration,
        authenticator: any MessageAuthenticator,
        generator: any RandomNumberGenerator & Sendable,
        now: ProtocolInstant
    ) {
        var generator = generator
        self.configuration = configuration
        ownIPv6Addresses = configuration.ownIPv6Addresses
        ownIPv4Addresses = configuration.ownIPv4Addresses
        bubbleKey = BubbleKey(authenticator: authenticator, using: &generator)
        transitCookie = TransitCookie(authenticator: authenticator, using: &generator)
        transit = configuration.transit.map { TransitTable($0, now: now) }
        challenges = TokenBucket(rate: 1000, burst: 1000, now: now)
        peers = PeerTable(limit: configuration.peerLimit, using: &generator)
        octets = PeerOctets(isCounting: configuration.countsPeerOctets)
        budget = QueueBudget(limit: configuration.queueLimits.totalOctets)
        newPeers = TokenBucket(
            rate: configuration.newPeersPerSecond,
            burst: configuration.newPeersPerSecond,
            now: now
        )
        errors = ICMPv6ErrorLimiter(now: now)
        filter = configuration.filter
        applyOwnAddresses()
    }

    /// Tells the relay that the node's addresses or subnets changed.
    public mutating func setOwnAddresses(ipv6: [IPv6Address], ipv4: [IPv4Address], subnets: [IPv4Prefix]) {
        ownIPv6Addresses = ipv6
        ownIPv4Addresses = ipv4
        attachedSubnets = subnets
        applyOwnAddresses()
    }

    mutating func applyOwnAddresses() {
        filter = configuration.filter
        filter.ownAddresses += ownIPv4Addresses
        filter.attachedSubnets += attachedSubnets
    }

    /// Does whatever is due at `now`.
    public mutating func handleTimeout(now: ProtocolInstant) {
        handleRetries(now: now)
        handleExpiry(now: now)
    }

    /// The next time at which ``handleTimeout(now:)`` has something to do.
    public var nextTimeout: ProtocolInstant? {
        ProtocolInstant.earlier(retries.next, expiryDeadline)
    }

    /// Appends the next datagram to send from the service port, or returns `nil`.
    public mutating func pollTransmit(into output: inout OutputSpan<UInt8>) -> Transmit? {
        guard let transmit = outbox.pollTransmit(into: &output) else { return nil }
        counters.recordSent(octets: transmit.count)
        return transmit
    }

    /// Appends the next IPv6 packet for the IPv6 side and returns its length, or returns `nil`.
    public mutating func pollDelivery(into output: inout OutputSpan<UInt8>) -> Int? {
        guard let count = outbox.pollDelivery(into: &output) else { return nil }
        counters.packetsDelivered &+= 1
        return count
    }

    /// Prepares for a batch of packets to, or datagrams from, the given clients; returns how many of them are known.
    ///
    /// With more clients than fit into the caches a packet waits for memory twice. This waits for all of a batch at once,
    /// which pays from some ten thousand clients on; it changes nothing.
    @discardableResult
    public func prepare(for addresses: Span<IPv6Address>) -> Int { peers.count(of: addresses) }

    /// The number of clients remembered.
    public var peerCount: Int { peers.count }
    /// The number of clients whose endpoint was proved.
    public var trustedPeerCount: Int { peers.trustedCount }
    /// The number of clients that packets are carried for.
    public var transitClientCount: Int { transit?.count ?? 0 }
    /// The octets that wait in queues; never above the configured limit.
    public var queuedOctets: Int { budget.used }

    /// The global address that errors come from.
    var errorSource: IPv6Address? { ownIPv6Addresses.first { $0.isGlobalScope && !$0.isTeredo } }

    /// Whether an IPv6 address belongs to the range that the relay serves (rules I4, Y12).
    func serves(_ address: IPv6Address) -> Bool {
        switch configuration.kind {
        case .hostSpecific: ownIPv6Addresses.contains(address)
        case .router(let prefixes): prefixes.isEmpty || prefixes.contains { $0.contains(address) }
        }
    }

    /// Whether bubbles may go to the server of a client: global unicast, and this node only when it is its server (I8).
    func mayAsk(_ server: IPv4Address) -> Bool {
        filter.isGlobalUnicast(server) && (!ownIPv4Addresses.contains(server) || server == configuration.ownServer)
    }

    /// Whether a non-Teredo address leads into another tunnel that ends at this node, or nowhere (rules I9, Y11).
    func loopsThroughOtherTunnel(_ address: IPv6Address) -> Bool {
        guard !ownIPv6Addresses.contains(address) else { return false }
        for embedded in [address.sixToFourIPv4, address.isatapIPv4] {
            if let embedded, ownIPv4Addresses.contains(embedded) { return true }
        }
        return false
    }
}
