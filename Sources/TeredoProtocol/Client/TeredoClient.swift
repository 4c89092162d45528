import DequeModule
public import TeredoWire

/// A Teredo client (RFC 4380 section 5.2): qualification, maintenance, peers, transmission and reception.
///
/// The client owns no socket, clock, thread or source of randomness. Call one `handle…`, `start` or `setServer`, then
/// drain ``pollTransmit(into:)``, ``pollDelivery(into:)`` and ``pollEvent()`` until they return `nil`, then wait for
/// input or until ``nextTimeout`` and call ``handleTimeout(now:)``.
public struct TeredoClient: Sendable {
    var configuration: ClientConfiguration
    let authenticator: any MessageAuthenticator
    var generator: any RandomNumberGenerator & Sendable
    let policy: QualificationStateMachine.Policy
    let bubbleKey: BubbleKey
    /// The configured filter with the host's subnets and addresses added.
    var filter: GlobalUnicastFilter

    var qualification = QualificationStateMachine()
    var backoff: OfflineBackoff
    var solicitation: Solicitation?
    /// When the last solicitation without an answer left (SEC-39).
    var lastUnanswered: ProtocolInstant?
    /// When to send a solicitation that had to wait, or to end the back-off.
    var startDeadline: ProtocolInstant?
    var pendingStart: QualificationStateMachine.Action = .none
    /// When the mapping is refreshed next; `nil` unless qualified.
    var refreshDeadline: ProtocolInstant?

    /// The servers that may be used.
    var pool = ServerPool()
    /// The server in use, once its addresses are known.
    public internal(set) var server: ServerAddresses?
    /// The service port as the host sees it.
    public internal(set) var localEndpoint: UDPEndpoint?
    /// The own Teredo address while qualified.
    public internal(set) var address: TeredoAddress?
    /// The MTU of the interface in octets.
    public internal(set) var mtu: Int
    /// The refresh interval in force.
    public internal(set) var refreshInterval: Duration
    /// Whether the NAT kept the port number of the service port; `nil` until an advertisement tells.
    public internal(set) var isPortPreserving: Bool?
    /// The endpoint that the secondary server address saw, when it was asked.
    public internal(set) var secondaryMappedEndpoint: UDPEndpoint?
    /// The external endpoint that a router forwards to the service port, when a port mapping was made.
    public internal(set) var portMapping: UDPEndpoint?
    /// What was sent, received and dropped.
    public internal(set) var counters = TrafficCounters()

    /// The own address as it stands in packets.
    var ownAddress = IPv6Address.unspecified
    /// The flags that go with server and mapped endpoint, so that an unchanged mapping keeps its address.
    var flagMemory: TeredoAddress?
    var subnets: [IPv4Prefix] = []

    var peers: PeerTable
    var octets: PeerOctets
    var budget: QueueBudget
    var retries = RetryTimer()
    var answers = DeferredAnswers()
    var outstandingTests = 0
    /// How the last connectivity tests ended.
    var nativeTests = NativeTestRecord()
    var answerBucket: TokenBucket
    var testBucket: TokenBucket
    var unsolicitedTestBucket: TokenBucket
    var errors: ICMPv6ErrorLimiter
    var echoTestBucket: TokenBucket
    var randomPorts = RandomPorts()
    /// Echo tests that end without an answer (RFC 6081 section 5.5).
    var echoTimer = RetryTimer()
    /// Connections on random ports that are kept alive (RFC 6081 section 5.4.4.5).
    var peerRefreshTimer = RetryTimer()
    /// The ways through the transit relay.
    var transitTimer = RetryTimer()
    var transitQuery: TransitQuery?
    /// The transit relay that is used when there is no direct way.
    public internal(set) var transitRelay: UDPEndpoint?
    /// When the server was last heard of.
    var lastInteraction: ProtocolInstant?
    var discoveryDeadline: ProtocolInstant?
    var lastDiscoverySent: ProtocolInstant?
    var determination = RefreshIntervalDetermination()
    var outbox = Outbox()
    var events: Deque<ClientEvent> = []

    /// Makes a client that is not started.
    ///
    /// `generator` must be cryptographically secure outside tests (SEC-64): nonces, flags and keys come from it.
    public init(
        configuration: ClientConfiguration,
        authenticator: any MessageAuthenticator,
        generator: any RandomNumberGenerator & Sendable,
        now: ProtocolInstant
    ) {
        var generator = generator
        self.configuration = configuration
        self.authenticator = authenticator
        policy = QualificationStateMachine.Policy(
            usesConePhase: configuration.usesConePhase,
            checksSecondaryServer: configuration.checksSecondaryServer,
            acceptsSilentSecondary: configuration.acceptsSilentSecondary,
            rejectsSymmetricNAT: configuration.rejectsSymmetricNAT
        )
        filter = configuration.filter
        bubbleKey = BubbleKey(authenticator: authenticator, using: &generator)
        peers = PeerTable(limit: configuration.peerLimit, using: &generator)
        octets = PeerOctets(isCounting: configuration.countsPeerOctets)
        backoff = OfflineBackoff(initial: configuration.initialBackoff, maximum: configuration.maximumBackoff)
        mtu = configuration.mtu
        flagMemory = configuration.rememberedAddress
        refreshInterval = configuration.refreshInterval
        budget = QueueBudget(limit: configuration.queueLimits.totalOctets)
        answerBucket = TokenBucket(rate: 50, burst: 50, now: now)
        testBucket = TokenBucket(rate: 10, burst: 10, now: now)
        echoTestBucket = TokenBucket(rate: 2, burst: 8, now: now)
        unsolicitedTestBucket = TokenBucket(rate: 5, burst: 10, now: now)
        errors = ICMPv6ErrorLimiter(now: now)
        self.generator = generator
    }

    /// Starts the client: the service port is bound to `localEndpoint` on a host with the given IPv4 subnets.
    public mutating func start(localEndpoint: UDPEndpoint, subnets: [IPv4Prefix], now: ProtocolInstant) {
        setNetwork(localEndpoint: localEndpoint, subnets: subnets)
        begin(reason: .started, now: now)
    }

    /// Answers `.serverAddressNeeded` for a client with one server; `nil` means that the look-up failed.
    public mutating func setServer(_ addresses: ServerAddresses?, now: ProtocolInstant) {
        guard qualification.state == .resolving else { return }
        setServers([addresses].compactMap(\.self), now: now)
    }

    /// Tells the client that the host's IPv4 address, route or subnets changed; `nil` when there is no IPv4 any more.
    ///
    /// The address is dropped, peers are flushed and qualification begins anew (client.md section 2).
    public mutating func handleNetworkChange(
        localEndpoint: UDPEndpoint?,
        subnets: [IPv4Prefix],
        now: ProtocolInstant
    ) {
        guard qualification.state != .initial else { return }
        setNetwork(localEndpoint: localEndpoint, subnets: subnets)
        backoff.reset()
        pool.forgetNetwork()
        guard localEndpoint != nil else {
            return carryOut(.goOffline, reason: .networkLost, now: now)
        }
        begin(reason: .networkChanged, now: now)
    }

    /// Tells the client that other subnets are attached to the host while the way to the server stayed as it was.
    public mutating func setSubnets(_ subnets: [IPv4Prefix]) {
        setNetwork(localEndpoint: localEndpoint, subnets: subnets)
    }

    /// Does whatever is due at `now`.
    public mutating func handleTimeout(now: ProtocolInstant) {
        handleStartTimeout(now: now)
        handleSolicitationTimeout(now: now)
        handleServerTimeouts(now: now)
        handleRefreshTimeout(now: now)
        handleRetries(now: now)
        handleEchoTests(now: now)
        handlePeerRefreshes(now: now)
        handleTransitTimeouts(now: now)
        handleDeferredAnswers(now: now)
        handleDiscoveryTimeout(now: now)
        handleDeterminationTimeout(now: now)
    }

    /// The next time at which ``handleTimeout(now:)`` has something to do.
    public var nextTimeout: ProtocolInstant? {
        var next = ProtocolInstant.earlier(startDeadline, solicitation?.deadline)
        next = .earlier(next, refreshDeadline)
        next = .earlier(next, serverDeadline)
        next = .earlier(next, retries.next)
        next = .earlier(next, echoTimer.next)
        next = .earlier(next, peerRefreshTimer.next)
        next = .earlier(next, transitTimer.next)
        next = .earlier(next, transitQuery?.deadline)
        next = .earlier(next, answers.next)
        next = .earlier(next, discoveryDeadline)
        return .earlier(next, determination.deadline)
    }

    /// Appends the next datagram to send, or returns `nil`.
    public mutating func pollTransmit(into output: inout OutputSpan<UInt8>) -> Transmit? {
        guard let transmit = outbox.pollTransmit(into: &output) else { return nil }
        counters.recordSent(octets: transmit.count)
        return transmit
    }

    /// Appends the next IPv6 packet for the host and returns its length, or returns `nil`.
    public mutating func pollDelivery(into output: inout OutputSpan<UInt8>) -> Int? {
        guard let count = outbox.pollDelivery(into: &output) else { return nil }
        counters.packetsDelivered &+= 1
        return count
    }

    /// The next event, or `nil`.
    public mutating func pollEvent() -> ClientEvent? { events.popFirst() }

    /// Where the client stands.
    public var status: ConnectivityStatus {
        switch qualification.state {
        case .initial: .initial
        case .resolving: .starting(.resolving)
        case .cone: .starting(.cone)
        case .restricted: .starting(.restricted)
        case .secondary: .starting(.secondary)
        case .qualified(let qualified): .qualified(qualified.natClass)
        case .offline: .offline(until: startDeadline ?? ProtocolInstant(nanoseconds: .max))
        }
    }

    /// The endpoint that the server sees, while qualified.
    public var mappedEndpoint: UDPEndpoint? { address?.mappedEndpoint }

    /// The kind of NAT, while qualified.
    public var natClass: NATClass? {
        if case .qualified(let qualified) = qualification.state { qualified.natClass } else { nil }
    }

    /// The number of peers remembered.
    public var peerCount: Int { peers.count }

    /// The octets that wait in queues for peers; never above the configured limit.
    public var queuedOctets: Int { budget.used }

    private mutating func setNetwork(localEndpoint: UDPEndpoint?, subnets: [IPv4Prefix]) {
        self.localEndpoint = localEndpoint
        self.subnets = subnets
        filter = configuration.filter
        filter.attachedSubnets += subnets
        if let localEndpoint { filter.ownAddresses.append(localEndpoint.address) }
    }
}
