import TeredoWire

/// How a client comes by its address and keeps it: qualification (RFC 4380 section 5.2.1), secure qualification (5.2.2),
/// maintenance (5.2.5), the choice among servers and the search for the longest refresh interval (5.2.7).
///
/// What concerns peers and the ways to them is told by ``ConnectivityEffects``.
struct Connectivity: Sendable {
    /// Who and where the client is.
    var context: ClientContext
    /// The MTU of the interface in octets.
    private(set) var mtu: Int
    var qualification: QualificationStateMachine
    private var backoff: OfflineBackoff
    var link = ServerLink()
    var determination: RefreshIntervalDetermination
    var watch = MappingWatch()
    private var memory: AddressMemory
    /// Whether peers keep the address while the server is silent.
    private var isKeptByPeers = false
    /// How long it took to get an address.
    private(set) var clock = QualificationClock()

    init(_ context: ClientContext) {
        let configuration = context.configuration
        self.context = context
        mtu = configuration.mtu
        backoff = OfflineBackoff(configuration.backoff)
        determination = RefreshIntervalDetermination(interval: configuration.refreshInterval)
        memory = AddressMemory(configuration.rememberedAddress)
        qualification = QualificationStateMachine(configuration.qualification)
    }

    // MARK: What the owner tells

    /// Drops what there is and starts at the beginning.
    mutating func start(
        localEndpoint: UDPEndpoint,
        subnets: [IPv4Prefix],
        reason: StateChangeReason,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        context.setNetwork(localEndpoint: localEndpoint, subnets: subnets)
        let effects = withdrawAddress(reason: reason, &output)
        link.stop()
        determination.stop(&output)
        watch.stop(&output)
        return effects.union(carryOut(qualification.start(), reason: reason, &output, now: now))
    }

    /// The host's IPv4 address, route or subnets changed; without an endpoint there is no IPv4 any more.
    mutating func handleNetworkChange(
        localEndpoint: UDPEndpoint?,
        subnets: [IPv4Prefix],
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        guard qualification.state != .initial else { return [] }
        backoff.reset()
        link.forgetNetwork()
        watch.forget(&output)
        guard let localEndpoint else {
            context.setNetwork(localEndpoint: nil, subnets: subnets)
            return goOffline(reason: .networkLost, &output, now: now)
        }
        return start(
            localEndpoint: localEndpoint,
            subnets: subnets,
            reason: .networkChanged,
            &output,
            now: now
        )
    }

    /// Another list of servers, the most preferred one first; none at all means that the look-up failed.
    mutating func setServers(
        _ list: [ServerAddresses],
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        link.update(list, isResolving: isResolving, context, &output, now: now)
        guard isResolving else { return [] }
        guard let first = link.begin(&output, now: now) else {
            return carryOut(qualification.serverNotFound(), reason: .serverUnresolved, &output, now: now)
        }
        context.use(first)
        return carryOut(qualification.serverFound(), reason: .serverResolved(first.primary), &output, now: now)
    }

    /// Takes over what can change without another address.
    mutating func adopt(_ fresh: ClientConfiguration, _ output: inout ClientOutput, now: ProtocolInstant) {
        let isOtherInterval = fresh.refreshInterval != context.configuration.refreshInterval
        context.adopt(fresh)
        if isOtherInterval {
            determination.set(fresh.refreshInterval, &output)
            watch.forget(&output)
        }
        link.hastenRefresh(interval: refreshInterval, context, now: now)
    }

    // MARK: Time

    /// The pause is over, or a solicitation that had to wait may go.
    mutating func handleStartTimeout(_ output: inout ClientOutput, now: ProtocolInstant) -> ConnectivityEffects {
        if let deadline = qualification.backoffDeadline, deadline <= now {
            return carryOut(qualification.start(), reason: .backoffOver, &output, now: now)
        }
        link.handleStartTimeout(context, &output, now: now)
        return []
    }

    /// Whether a qualified client is about to give its address up, because the server is silent: then it counts whether peers are
    /// heard at it.
    func isGivingUp(now: ProtocolInstant) -> Bool {
        qualification.qualified != nil && link.isGivingUp(now: now)
    }

    /// A solicitation was not answered in time: it is repeated, or the phase is over.
    ///
    /// `lastEvidence` tells when something last came in that shows that the mapping lives. What came in since the first of the
    /// solicitations keeps the address, which neighbours who use up the server's limits for all of us cannot take away then; the
    /// next solicitations go when the next refresh would.
    mutating func handleSolicitationTimeout(
        lastEvidence: ProtocolInstant?,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        switch link.handleSolicitationTimeout(context, &output, now: now) {
        case .tolerated:
            return []
        case .replaced(let next):
            return failOver(to: next, &output, now: now)
        case .exhausted(let last):
            if qualification.qualified != nil, let lastEvidence, lastEvidence >= last.begunAt {
                link.askLater(interval: min(refreshInterval, RFC4380.refreshInterval), &output, now: now)
                let reason = StateChangeReason.keptByPeers(last.server, solicitations: last.attempts)
                if !isKeptByPeers { output.tell(.statusChanged(status, reason: reason)) }
                isKeptByPeers = true
                return []
            }
            if case .secondary = qualification.state { link.recordQualification(succeeded: false) }
            let reason: StateChangeReason =
                qualification.state == .cone
                ? .noConeAnswer : .noAnswer(from: last.server, solicitations: last.attempts)
            return carryOut(qualification.exhausted(), reason: reason, &output, now: now)
        }
    }

    /// The question for the kind of NAT was not answered in time, or its pause is over.
    mutating func handleInquiryTimeout(_ output: inout ClientOutput, now: ProtocolInstant) {
        link.handleInquiryTimeout(interval: refreshInterval, context, &output, now: now)
    }

    /// Asks the servers that are not in use.
    mutating func handleStandbyTimeouts(_ output: inout ClientOutput, now: ProtocolInstant) {
        if qualification.asksOtherServers { link.handleStandbyTimeouts(context, &output, now: now) }
    }

    /// Sends the periodic solicitation, with the cone bit that the client qualified with; a test of the mapping goes before it.
    mutating func handleRefreshTimeout(_ output: inout ClientOutput, now: ProtocolInstant) -> ConnectivityEffects {
        guard let qualified = qualification.qualified else { return [] }
        if watch.deadline != nil {
            let isOver = watch.handleTimeout(context, &output, now: now)
            guard isOver || !watch.isAsking else { return [] }
        } else if let idleSince = link.takeTest(now: now), watch.beginTest(idleSince: idleSince, &output, now: now) {
            return []
        }
        guard link.handleRefreshTimeout(coneBit: qualified.coneBit, context, &output, now: now) else { return [] }
        watch.noteRefreshBegun()
        return .refreshing
    }

    /// The search for the longest interval goes on.
    mutating func handleDeterminationTimeout(_ output: inout ClientOutput, now: ProtocolInstant) {
        determination.handleTimeout(context, &output, now: now)
    }

    // MARK: Maintenance

    private mutating func recordInteraction(_ output: inout ClientOutput, now: ProtocolInstant) {
        isKeptByPeers = false
        let earliest = watch.isShort ? MappingLifetime.shortest : .zero
        let isTested = !determination.isUnderWay && !link.checksOften(interval: refreshInterval, context, now: now)
        link.recordInteraction(
            interval: refreshInterval,
            earliest: earliest,
            testLead: isTested ? watch.testLead : nil,
            context,
            &output,
            now: now
        )
    }

    /// R1: a packet came through the server: it is there, so the refresh can wait, unless the NAT is known to forget quickly:
    /// then only what the client sends counts.
    mutating func noteServerHeard(_ output: inout ClientOutput, now: ProtocolInstant) {
        watch.noteServerHeard(&output)
        link.noteHeard(now: now)
        if !link.isAsking, !watch.isShort { recordInteraction(&output, now: now) }
    }

    /// Judges a bubble of the server in use that the client may have sent to itself, as a question to the server or a test of the
    /// mapping; `nil` when it did not.
    mutating func handleOwnBubble(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ReceptionVerdict? {
        if link.acceptEcho(datagram, in: bytes, context, now: now) {
            recordInteraction(&output, now: now)
            return .consumed
        }
        let set = determination.interval
        guard let isFresh = watch.handleBubble(datagram.header, of: set, &output, now: now) else { return nil }
        if isFresh { recordInteraction(&output, now: now) }
        return .consumed
    }

    /// Judges a bubble with an origin from elsewhere than the server in use; `nil` when it is none that the client sent to itself
    /// through another server.
    mutating func handleStandbyBubble(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects? {
        guard let index = link.acceptStandbyEcho(datagram, in: bytes, from: source, &output, now: now) else {
            return nil
        }
        return link.isLost ? failOver(to: index, &output, now: now) : []
    }

    /// Everything that an answer of the server led to is done; `isIdle` tells whether nothing uses the address.
    mutating func concludeAnswer(isIdle: Bool, _ output: inout ClientOutput, now: ProtocolInstant) {
        guard context.address != nil else { return link.stopRefreshing() }
        watch.considerLonger(of: determination.interval, isIdle: isIdle, now: now)
        recordInteraction(&output, now: now)
    }

    /// An extra solicitation when a peer is silent: perhaps our own mapping is another by now.
    mutating func checkMapping(now: ProtocolInstant) { link.checkMapping(now: now) }

    /// The secondary port is open.
    mutating func secondaryPortOpened(_ output: inout ClientOutput, now: ProtocolInstant) {
        watch.portOpened(context, &output, now: now)
        determination.portOpened(context, &output, now: now)
    }

    /// A datagram came in on the secondary port.
    mutating func handleSecondaryDatagram(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        switch determination.handleDatagram(datagram, in: bytes, from: source, context, &output, now: now) {
        case .drop(let reason):
            return output.drop(reason)
        case .consumed(let isOtherInterval):
            if isOtherInterval { recordInteraction(&output, now: now) }
            return .consumed
        }
    }

    // MARK: Advertisements

    /// Judges a router advertisement and acts on it; `isIdle` tells whether nothing uses the address.
    mutating func handleAdvertisement(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        isIdle: Bool,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> (ReceptionVerdict, ConnectivityEffects) {
        switch link.judge(datagram, in: bytes, from: source, context, now: now) {
        case .rejected(let reason):
            return (output.drop(reason), [])
        case .answer(let answer):
            context.noteRoundTrip(link.roundTrip)
            return (.consumed, accept(answer, from: source.address, &output, now: now))
        case .standby(let answer, let index):
            return (.consumed, acceptStandby(answer, of: index, isIdle: isIdle, &output, now: now))
        case .secondary(let answer):
            return (.consumed, acceptSecondary(answer, from: source.address, &output, now: now))
        case .relation:
            output.counters.advertisements &+= 1
            return (.consumed, [])
        }
    }

    mutating func accept(
        _ answer: SolicitationExchange.Answer,
        from source: IPv4Address,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        link.noteAnswer()
        take(answer, &output)
        let endpoint = answer.mappedEndpoint
        var effects: ConnectivityEffects = .answered
        var reason = StateChangeReason.answered(by: source, mappedEndpoint: endpoint)
        switch qualification.state {
        case .restricted, .cone:
            notePrimary(endpoint)
            context.noteSecondary(nil)
        case .secondary(let first):
            context.noteSecondary(endpoint)
            context.notePort(endpoint, seenBy: source)
            reason = self.reason(for: endpoint, from: source, first: first)
        case .qualified(let current) where current.mappedEndpoint != endpoint:
            reason = .mappingChanged(from: current.mappedEndpoint, to: endpoint)
            notePrimary(endpoint)
            watch.recordChange(
                from: current.mappedEndpoint,
                to: endpoint,
                after: link.idleTime,
                of: determination.interval,
                &output,
                now: now
            )
            effects.formUnion(withdrawAddress(reason: reason, &output))
        case .qualified:
            watch.recordRefresh(of: determination.interval, context, &output, now: now)
        case .initial, .resolving, .offline:
            break
        }
        let action = qualification.advertised(endpoint, hasSecondary: context.server?.secondary != nil)
        return effects.union(carryOut(action, reason: reason, &output, now: now))
    }

    /// The server in use sees the service port at `endpoint`.
    private mutating func notePrimary(_ endpoint: UDPEndpoint) {
        if let server = context.server { context.notePort(endpoint, seenBy: server.primary) }
    }

    /// The secondary address answers beside the qualified client; or a server of its own that a name stood for as well.
    private mutating func acceptSecondary(
        _ answer: SolicitationExchange.Answer,
        from source: IPv4Address,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        if answer.advertisement.server == context.server?.primary {
            take(answer, &output)
            link.endExamination()
            context.noteSecondary(answer.mappedEndpoint)
        } else {
            output.counters.advertisements &+= 1
        }
        context.notePort(answer.mappedEndpoint, seenBy: source)
        adoptSecondary(&output, now: now)
        return classify(answer.mappedEndpoint, from: source, &output, now: now)
    }

    /// Goes on with the secondary address that the server in use has, when it turned out to be another one.
    mutating func adoptSecondary(_ output: inout ClientOutput, now: ProtocolInstant) {
        guard let server = link.current, server.primary == context.server?.primary, server != context.server else {
            return
        }
        context.use(server)
        let isWanted =
            context.configuration.qualification.checksSecondaryServer && context.secondaryMappedEndpoint == nil
        if let qualified = qualification.qualified, !qualified.coneBit {
            link.examineNAT(isWanted, context, &output, now: now)
        }
    }

    /// Another server address than the primary one sees us at `endpoint`: that tells the kind of NAT, and nothing about the
    /// mapping towards the primary one.
    mutating func classify(
        _ endpoint: UDPEndpoint,
        from source: IPv4Address,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        guard let mapped = context.mappedEndpoint else { return [] }
        return carryOut(
            qualification.observed(endpoint),
            reason: reason(for: endpoint, from: source, first: mapped),
            &output,
            now: now
        )
    }

    /// Why the kind of NAT is what it is, when `source` sees us at `endpoint` and the primary server address at `first`.
    private func reason(for endpoint: UDPEndpoint, from source: IPv4Address, first: UDPEndpoint) -> StateChangeReason {
        guard first != endpoint else { return .answered(by: source, mappedEndpoint: endpoint) }
        return qualification.rejectsSymmetricNAT
            ? .symmetricNATRefused(first, endpoint) : .symmetricNATDetected(first, endpoint)
    }

    /// Takes over what an answer of the server in use says besides where it sees us.
    private mutating func take(_ answer: SolicitationExchange.Answer, _ output: inout ClientOutput) {
        output.counters.advertisements &+= 1
        if answer.confirmation != 0 { output.tell(.keyReplacementAdvised) }
        setMTU(answer.advertisement.mtu ?? TeredoConstants.mtu, &output)
    }

    mutating func setMTU(_ value: Int, _ output: inout ClientOutput) {
        guard value != mtu else { return }
        mtu = value
        if context.address != nil { output.tell(.mtuChanged(value)) }
    }

    // MARK: Transitions

    mutating func carryOut(
        _ action: QualificationStateMachine.Action,
        reason: StateChangeReason,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        switch action {
        case .none:
            return []
        case .qualify(let qualified, let asksSecondary):
            return qualify(qualified, asksSecondary: asksSecondary, reason: reason, &output, now: now)
        case .classify(let qualified):
            context.classify(qualified.natClass)
            output.tell(.statusChanged(status, reason: reason))
            return .natClassified
        case .goOffline:
            return goOffline(reason: reason, &output, now: now)
        case .resolve:
            clock.begin(now: now)
            output.tell(.statusChanged(status, reason: reason))
            output.tell(.serverAddressNeeded)
        case .solicitPrimary(let coneBit):
            output.tell(.statusChanged(status, reason: reason))
            link.beginPhase(coneBit: coneBit, context, &output, now: now)
        case .solicitSecondary:
            output.tell(.statusChanged(status, reason: reason))
            link.askSecondary(context, &output, now: now)
        }
        return []
    }

    private mutating func qualify(
        _ qualified: QualificationStateMachine.Qualified,
        asksSecondary: Bool,
        reason: StateChangeReason,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        guard let server = context.server else { return [] }
        backoff.reset()
        clock.end(now: now)
        link.recordQualification(succeeded: true)
        let address = memory.address(server: server.primary, qualified, using: &output.random)
        context.take(address, natClass: qualified.natClass)
        output.tell(.statusChanged(status, reason: reason))
        output.tell(.addressAssigned(address, mtu: mtu))
        watch.begin(context, &output)
        recordInteraction(&output, now: now)
        link.examineNAT(asksSecondary, context, &output, now: now)
        link.askOthersSoon(&output, now: now)
        if context.configuration.determinesRefreshInterval { determination.start(&output) }
        return .addressTaken
    }

    mutating func goOffline(
        reason: StateChangeReason,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        let effects = withdrawAddress(reason: reason, &output)
        link.stopAll()
        determination.stop(&output)
        watch.stop(&output)
        if reason == .networkLost { clock.stop() }
        qualification.goOffline(until: reason == .networkLost ? nil : now + backoff.next(using: &output.random))
        output.tell(.statusChanged(status, reason: reason))
        return effects
    }

    /// Withdraws the address, if there is one.
    mutating func withdrawAddress(
        reason: StateChangeReason,
        _ output: inout ClientOutput
    ) -> ConnectivityEffects {
        guard let address = context.address else { return [] }
        context.dropAddress()
        output.tell(.addressWithdrawn(address, reason: reason))
        return .addressWithdrawn
    }
}
