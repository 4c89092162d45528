import TeredoWire

/// Local client discovery (RFC 4380 section 5.2.8): clients on the same link find each other by multicast.
struct LocalDiscovery: Sendable {
    /// When the next bubble goes to the group; `nil` while there is no address.
    private(set) var deadline: ProtocolInstant?
    private var lastSent: ProtocolInstant?
    /// For all neighbours together: whoever is on the link can claim to be any number of them, all at one address (SEC-35).
    private var answers = TokenBucket(
        rate: Self.answerRate,
        burst: Self.answerBurst,
        now: ProtocolInstant(nanoseconds: 0)
    )

    /// Sends a first discovery bubble and sets the timer for the next.
    mutating func start(_ context: ClientContext, _ output: inout ClientOutput, now: ProtocolInstant) {
        guard context.configuration.localDiscovery.isOn else { return }
        announce(context, &output, now: now)
        let range = RFC4380.discoveryInterval
        let interval = range.lowerBound * 1000...range.upperBound * 1000
        let milliseconds = Int.random(in: interval, using: &output.random)
        deadline = now + .milliseconds(milliseconds)
    }

    /// There is no address any more.
    mutating func stop() { deadline = nil }

    /// Sends the bubble that is due.
    mutating func handleTimeout(_ context: ClientContext, _ output: inout ClientOutput, now: ProtocolInstant) {
        guard let deadline, deadline <= now else { return }
        start(context, &output, now: now)
    }

    /// Multicasts a bubble to all nodes; the owner sends it on every discovery interface with TTL 1.
    mutating func announce(_ context: ClientContext, _ output: inout ClientOutput, now: ProtocolInstant) {
        guard context.configuration.localDiscovery.isOn, context.address != nil else { return }
        lastSent = now
        output.sendBubble(
            from: context.own,
            to: .allNodes,
            at: .discoveryGroup,
            hopLimit: 1
        )
    }

    /// R5: the peer whose bubble on the discovery group, from the link that it came in on, tells where it is, or why it is none
    /// (V4, SEC-35).
    func judge(
        _ datagram: TeredoDatagram,
        from source: UDPEndpoint,
        _ context: ClientContext,
        _ output: inout ClientOutput
    ) -> Result<TeredoAddress, SolicitationExchange.Rejection> {
        let header = datagram.header
        guard context.configuration.localDiscovery.isOn, datagram.isPlain, header.isBubble,
            header.destination == .allNodes, let peer = TeredoAddress(header.source)
        else { return .failure(.init(reason: .invalidDiscovery)) }
        output.counters.bubblesReceived &+= 1
        guard let mappedEndpoint = context.mappedEndpoint else { return .failure(.init(reason: .notQualified)) }
        guard header.source != context.own else { return .failure(.init(reason: .invalidSource)) }
        guard
            !context.configuration.localDiscovery.requiresSameMappedAddress
                || peer.mappedEndpoint.address == mappedEndpoint.address
        else { return .failure(.init(reason: .invalidDiscovery)) }
        return .success(peer)
    }

    /// Notes where a neighbour is, which is no proof yet, and answers it.
    mutating func meet(
        _ index: PeerTable.Index,
        at source: Destination,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        contacts[index].neighbor = PeerNeighborhood(at: source, now: now)
        if !contacts[index].isTrusted { contacts[index].lastReception = now }
        contacts.touch(index)
        let last = contacts[index].lastTransmission
        guard contacts[index].pacing.decide(lastTransmission: last, now: now) == .now else { return }
        guard answers.take(now: now) else { return output.counters.drops.record(.answerLimitReached) }
        contacts[index].lastTransmission = now
        output.sendBubble(from: context.own, to: contacts.address(of: index), at: source)
    }

    /// Whether a bubble from `source` answers the discovery bubble that we sent within the last 4 s.
    func isAnswered(
        by peer: TeredoAddress,
        from source: UDPEndpoint,
        _ context: ClientContext,
        now: ProtocolInstant
    ) -> Bool {
        guard let lastSent, now - lastSent <= Self.answerTime else { return false }
        return context.isOnLink(source.address) && peer.mappedEndpoint.address == context.mappedEndpoint?.address
    }

    // A link with 250 clients that have all just started gets its answers within 20 s.
    private static let answerRate = 10
    private static let answerBurst = 50
    private static let answerTime = Duration.seconds(4)
}
