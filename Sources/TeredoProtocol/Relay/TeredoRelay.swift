public import TeredoWire

/// A Teredo relay or host-specific relay (RFC 4380 section 5.4).
///
/// The relay owns no socket, clock or source of randomness. Call one `handle…`, then drain ``pollTransmit(into:)`` and
/// ``pollDelivery(into:)`` until they return `nil`, then wait for input or until ``nextTimeout`` and call
/// ``handleTimeout(now:)``. The forwarding stack around a router decrements hop limits.
public struct TeredoRelay: Sendable {
    var configuration: RelayConfiguration
    /// The node's own addresses and what may be sent to.
    private(set) var host: RelayHost
    var contacts: ContactEngine
    var output: RelayOutput
    /// New clients that the IPv6 side asks for.
    var newPeers: NewClientGate
    /// New clients, and clients that are asked where they are, because something came from them; IPv4 addresses share it fairly.
    var newSenders: FairBucket
    var expiryDeadline: ProtocolInstant?
    var transit: TransitTable?
    /// Shows that a client receives what is sent to the endpoint that it sends from; good for one to two minutes.
    var transitCookie: EndpointCookie
    var bubbleKey: BubbleKey
    /// What is said to clients that want transit and have not proved where they are; IPv4 addresses share it fairly.
    var challenges: FairBucket
    /// Which ICMPv4 errors are looked at.
    var errors: ICMPv4ErrorIntake
    /// What answers for the first hops of the way out.
    private var nearHops = NearHops()

    /// What was sent, received and dropped.
    public var counters: TrafficCounters { output.counters }

    /// Makes a relay; `generator` must be cryptographically secure outside tests (SEC-64).
    public init(
        configuration: RelayConfiguration,
        authenticator: any MessageAuthenticator,
        generator: any RandomNumberGenerator & Sendable,
        now: ProtocolInstant
    ) {
        var random = RandomSource(generator)
        self.configuration = configuration
        bubbleKey = BubbleKey(authenticator: authenticator, using: &random)
        transitCookie = EndpointCookie(
            PurposeKeys(.transit, authenticator: authenticator, using: &random),
            lifetime: .seconds(60)
        )
        challenges = FairBucket.forAddresses(rate: 1000, burst: 1000, now: now)
        contacts = ContactEngine(
            limit: configuration.peerLimit,
            countsOctets: configuration.countsPeerOctets,
            policy: ContactPolicy(endsInTime: false, pacing: .spaced, queueLimits: configuration.queueLimits),
            using: &random
        )
        let hash = contacts.peers.hash
        transit = configuration.transit.map { TransitTable($0, hash, now: now) }
        errors = ICMPv4ErrorIntake(now: now)
        newPeers = NewClientGate(rate: configuration.newPeersPerSecond, hash: hash, now: now)
        newSenders = Self.bucket(configuration, now: now)
        output = RelayOutput(random: random, now: now)
        host = RelayHost(configuration)
        adoptFleet()
    }

    /// Goes on with the keys of the fleet, if there is one.
    mutating func adoptFleet() {
        guard let fleet = configuration.fleet else { return }
        bubbleKey.adopt(fleet)
        transitCookie.adopt(fleet)
    }

    /// The rate of new clients, each side's by itself: neither can use up what the other needs.
    static func bucket(_ configuration: RelayConfiguration, now: ProtocolInstant) -> FairBucket {
        FairBucket.forAddresses(
            rate: configuration.newPeersPerSecond,
            burst: configuration.newPeersPerSecond,
            now: now
        )
    }

    /// Tells a relay behind a NAT what answers for the first hops of its way out: hop 1 first, `nil` for a silent one; an empty
    /// list when nothing is known.
    public mutating func setNearHops(_ addresses: [IPv4Address?]) { nearHops = NearHops(addresses) }

    /// The IPv4 time to live with which a bubble opens the NAT in front of the relay and dies beyond it, so that no NAT box of a
    /// client remembers it (docs/nat-matrix.md, +M); `nil` when that is not known.
    var openerTimeToLive: UInt8? { nearHops.openerTimeToLive(local: nil, mapped: .unspecified, filter: host.filter) }

    /// Tells the relay that the node's addresses or subnets changed.
    public mutating func setOwnAddresses(ipv6: [IPv6Address], ipv4: [IPv4Address], subnets: [IPv4Prefix]) {
        host = RelayHost(configuration, ipv6: ipv6, ipv4: ipv4, subnets: subnets)
    }

    /// Does whatever is due at `now`.
    public mutating func handleTimeout(now: ProtocolInstant) {
        handleRetries(now: now)
        handleExpiry(now: now)
    }

    /// When ``handleTimeout(now:)`` has something to do next, and what; `nil` when nothing is awaited.
    public var nextDeadline: Deadline? {
        var deadlines = DeadlineTable()
        deadlines[.retry] = contacts.retryDeadline
        deadlines[.expiry] = expiryDeadline
        return deadlines.next
    }

    /// The next time at which ``handleTimeout(now:)`` has something to do.
    public var nextTimeout: ProtocolInstant? { nextDeadline?.instant }

    /// Appends the next datagram to send from the service port, or returns `nil`.
    public mutating func pollTransmit(into output: inout OutputSpan<UInt8>) -> Transmit? {
        self.output.pollTransmit(into: &output)
    }

    /// Appends the next IPv6 packet for the IPv6 side and returns its length, or returns `nil`.
    public mutating func pollDelivery(into output: inout OutputSpan<UInt8>) -> Int? {
        self.output.pollDelivery(into: &output)
    }

    /// Prepares for a batch of packets to, or datagrams from, the given clients; returns how many of them are known.
    ///
    /// With more clients than fit into the caches a packet waits for memory twice. This waits for all of a batch at once,
    /// which pays from some ten thousand clients on; it changes nothing.
    @discardableResult
    public func prepare(for addresses: Span<IPv6Address>) -> Int { contacts.peers.count(of: addresses) }

    /// The number of clients remembered.
    public var peerCount: Int { contacts.peers.count }
    /// The number of clients whose endpoint was proved.
    public var trustedPeerCount: Int { contacts.peers.trustedCount }
    /// The number of clients that packets went to or came from since `instant`; looks at all that are remembered.
    public func clientCount(usedSince instant: ProtocolInstant) -> Int {
        contacts.peers.indices.count { contacts[$0].lastUse > instant }
    }
    /// The number of clients that packets are carried for.
    public var transitClientCount: Int { transit?.count ?? 0 }
    /// The octets that wait in queues; never above the configured limit.
    public var queuedOctets: Int { contacts.queuedOctets }
    /// The packets that wait in queues.
    public var queuedPackets: Int { contacts.queuedPackets }
    /// What was measured about the contacts with clients.
    public var contactMeasurements: ContactMeasurements { contacts.measurements }

    /// Whether an IPv6 address belongs to the range that the relay serves (rules I4, Y12).
    func serves(_ address: IPv6Address) -> Bool {
        switch configuration.kind {
        case .hostSpecific: host.ipv6Addresses.contains(address)
        case .router(let prefixes): prefixes.isEmpty || prefixes.contains { $0.contains(address) }
        }
    }

    /// Whether bubbles may go to the server of a client: global unicast, and this node only when it is its server (I8).
    func mayAsk(_ server: IPv4Address) -> Bool {
        host.destination(server: server) != nil
    }
}

/// What a relay says between two inputs; it has no events.
typealias RelayOutput = MachineOutput<Never>
