public import TeredoWire

/// A Teredo client (RFC 4380 section 5.2): qualification, maintenance, peers, transmission and reception.
///
/// The client owns no socket, clock, thread or source of randomness. Call one `handle…`, `start` or `setServer`, then
/// drain ``pollTransmit(into:)``, ``pollDelivery(into:)`` and ``pollEvent()`` until they return `nil`, then wait for
/// input or until ``nextTimeout`` and call ``handleTimeout(now:)``.
///
/// It is composed of parts that own their state and know nothing of each other: what one leads to for others, it returns,
/// and the client carries that out.
public struct TeredoClient: Sendable {
    /// How it comes by its address and keeps it.
    var connectivity: Connectivity
    /// The peers, what waits for them, and whom to ask when.
    var contacts: ContactEngine
    /// Connectivity tests with native hosts.
    var tests: ConnectivityTests
    /// Which relays speak for the same native hosts.
    var fleets = RelayFleets()
    /// How often bubbles are answered.
    var answers: AnswerLimiter
    /// Ports for single peers behind symmetric NATs.
    var randomPorts: RandomPorts
    /// Ways through a transit relay.
    var transit = TransitPaths()
    /// Neighbours on the same link.
    var discovery = LocalDiscovery()
    /// Which ICMPv4 errors are looked at.
    var errors: ICMPv4ErrorIntake
    /// What the parts say.
    var output: ClientOutput

    /// Makes a client that is not started.
    ///
    /// `generator` must be cryptographically secure outside tests (SEC-64): nonces, flags and keys come from it.
    public init(
        configuration: ClientConfiguration,
        authenticator: any MessageAuthenticator,
        generator: any RandomNumberGenerator & Sendable,
        now: ProtocolInstant
    ) {
        var random = RandomSource(generator)
        connectivity = Connectivity(
            ClientContext(configuration: configuration, authenticator: authenticator, using: &random)
        )
        contacts = ContactEngine(
            limit: configuration.peerLimit,
            countsOctets: configuration.countsPeerOctets,
            policy: ContactPolicy(endsInTime: true, pacing: .fourInWindow, queueLimits: configuration.queueLimits),
            using: &random
        )
        tests = ConnectivityTests(now: now)
        answers = AnswerLimiter(contacts.peers.hash, now: now)
        randomPorts = RandomPorts(now: now)
        errors = ICMPv4ErrorIntake(now: now)
        output = ClientOutput(random: random, now: now)
    }

    // MARK: Time

    /// Does whatever is due at `now`.
    public mutating func handleTimeout(now: ProtocolInstant) {
        carryOut(connectivity.handleStartTimeout(&output, now: now), now: now)
        let lastEvidence = connectivity.isGivingUp(now: now) ? contacts.lastEvidence(connectivity.context) : nil
        carryOut(
            connectivity.handleSolicitationTimeout(lastEvidence: lastEvidence, &output, now: now),
            now: now
        )
        connectivity.handleInquiryTimeout(&output, now: now)
        connectivity.handleStandbyTimeouts(&output, now: now)
        carryOut(connectivity.handleRefreshTimeout(&output, now: now), now: now)
        handleRetries(now: now)
        randomPorts.handleEchoTests(&contacts, connectivity.context, &output, now: now)
        randomPorts.handleRefreshes(&contacts, connectivity.context, &output, now: now)
        handleSilentRelays(now: now)
        transit.handleTimeouts(&contacts, connectivity.context, &output, now: now)
        handlePostponedAnswers(now: now)
        discovery.handleTimeout(connectivity.context, &output, now: now)
        connectivity.handleDeterminationTimeout(&output, now: now)
    }

    /// When ``handleTimeout(now:)`` has something to do next, and what; `nil` when nothing is awaited.
    public var nextDeadline: Deadline? {
        var deadlines = DeadlineTable()
        connectivity.enterDeadlines(into: &deadlines)
        randomPorts.enterDeadlines(into: &deadlines)
        transit.enterDeadlines(into: &deadlines)
        deadlines[.retry] = contacts.retryDeadline
        deadlines[.answer] = answers.deadline
        deadlines[.discovery] = discovery.deadline
        deadlines[.relaySiblings] = fleets.deadline
        return deadlines.next
    }

    /// The next time at which ``handleTimeout(now:)`` has something to do.
    public var nextTimeout: ProtocolInstant? { nextDeadline?.instant }

    // MARK: Output

    /// Appends the next datagram to send, or returns `nil`.
    public mutating func pollTransmit(into output: inout OutputSpan<UInt8>) -> Transmit? {
        self.output.pollTransmit(into: &output)
    }

    /// Appends the next IPv6 packet for the host and returns its length, or returns `nil`.
    public mutating func pollDelivery(into output: inout OutputSpan<UInt8>) -> Int? {
        self.output.pollDelivery(into: &output)
    }

    /// The next event, or `nil`.
    public mutating func pollEvent() -> ClientEvent? { output.pollEvent() }

    /// What was sent, received and dropped.
    public var counters: TrafficCounters { output.counters }

    // MARK: Effects

    /// Carries out what the connectivity means for the other parts.
    mutating func carryOut(_ effects: ConnectivityEffects, now: ProtocolInstant) {
        guard effects != [] else { return }
        if effects.contains(.addressWithdrawn) {
            discovery.stop()
            transit.stop()
            tellTransitRelay()
            flushPeers(now: now)
        }
        if effects.contains(.addressTaken) {
            transit.findRelay(connectivity.context, &output, now: now)
            tellTransitRelay()
            discovery.start(connectivity.context, &output, now: now)
        }
        if effects.contains(.natClassified) { beginDelayedContacts(now: now) }
        if effects.contains(.answered) {
            connectivity.concludeAnswer(isIdle: contacts.isIdle(now: now), &output, now: now)
        }
        if effects.contains(.refreshing) { expirePeers(now: now) }
    }
}
