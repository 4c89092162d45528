import TeredoWire

/// How a client comes by its address and keeps it: qualification (RFC 4380 section 5.2.1), secure qualification (5.2.2),
/// maintenance (5.2.5), the choice among servers and the search for the longest refresh interval (5.2.7).
///
/// What concerns peers and the ways to them is told by ``ConnectivityEffects``.
struct Connectivity: Sendable {
    /// Who and where the client is.
    private(set) var context: ClientContext
    /// The MTU of the interface in octets.
    private(set) var mtu: Int
    private var qualification: QualificationStateMachine
    private var backoff: OfflineBackoff
    private var link = ServerLink()
    private var determination: RefreshIntervalDetermination
    private var memory: AddressMemory

    init(_ context: ClientContext) {
        let configuration = context.configuration
        self.context = context
        mtu = configuration.mtu
        backoff = OfflineBackoff(initial: configuration.initialBackoff, maximum: configuration.maximumBackoff)
        determination = RefreshIntervalDetermination(interval: configuration.refreshInterval)
        memory = AddressMemory(configuration.rememberedAddress)
        qualification = QualificationStateMachine(
            QualificationStateMachine.Policy(
                usesConePhase: configuration.usesConePhase,
                checksSecondaryServer: configuration.checksSecondaryServer,
                acceptsSilentSecondary: configuration.acceptsSilentSecondary,
                rejectsSymmetricNAT: configuration.rejectsSymmetricNAT
            )
        )
    }

    // MARK: What the owner asks

    /// Where the client stands.
    var status: ConnectivityStatus { qualification.status }

    /// Whether the servers are being looked up.
    var isResolving: Bool { qualification.state == .resolving }

    /// The refresh interval in force.
    var refreshInterval: Duration { determination.interval }

    /// The servers in order of preference, with what is known of them.
    var health: [ServerHealth] { link.health(isQualified: context.address != nil) }

    /// When somebody else on this host may solicit the server too (SEC-39).
    func nextForeignSolicitation(now: ProtocolInstant) -> ProtocolInstant {
        link.nextForeignSolicitation(interval: refreshInterval, context, now: now)
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

    mutating func setSubnets(_ subnets: [IPv4Prefix]) {
        context.setNetwork(localEndpoint: context.localEndpoint, subnets: subnets)
    }

    mutating func setPortMapping(_ external: UDPEndpoint?) { context.setPortMapping(external) }

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
        if isOtherInterval { determination.set(fresh.refreshInterval, &output) }
        link.hastenRefresh(interval: refreshInterval, context, now: now)
    }

    // MARK: Time

    /// Enters what is waited for.
    func enterDeadlines(into deadlines: inout DeadlineTable) {
        link.enterDeadlines(asksOthers: qualification.asksOtherServers, into: &deadlines)
        if let deadline = qualification.backoffDeadline { deadlines[.start] = deadline }
        deadlines[.intervalDetermination] = determination.deadline
    }

    /// The pause is over, or a solicitation that had to wait may go.
    mutating func handleStartTimeout(_ output: inout ClientOutput, now: ProtocolInstant) -> ConnectivityEffects {
        if let deadline = qualification.backoffDeadline, deadline <= now {
            return carryOut(qualification.start(), reason: .backoffOver, &output, now: now)
        }
        link.handleStartTimeout(context, &output, now: now)
        return []
    }

    /// A solicitation was not answered in time: it is repeated, or the phase is over.
    mutating func handleSolicitationTimeout(
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        switch link.handleSolicitationTimeout(context, &output, now: now) {
        case .tolerated:
            return []
        case .replaced(let next):
            return failOver(to: next, &output, now: now)
        case .exhausted(let last):
            if case .secondary = qualification.state { link.recordQualification(succeeded: false) }
            let reason: StateChangeReason =
                qualification.state == .cone
                ? .noConeAnswer : .noAnswer(from: last.server, solicitations: last.attempts)
            return carryOut(qualification.exhausted(), reason: reason, &output, now: now)
        }
    }

    /// Asks the servers that are not in use.
    mutating func handleStandbyTimeouts(_ output: inout ClientOutput, now: ProtocolInstant) {
        if qualification.asksOtherServers { link.handleStandbyTimeouts(context, &output, now: now) }
    }

    /// Sends the periodic solicitation, with the cone bit that the client qualified with.
    mutating func handleRefreshTimeout(_ output: inout ClientOutput, now: ProtocolInstant) -> ConnectivityEffects {
        guard let qualified = qualification.qualified,
            link.handleRefreshTimeout(coneBit: qualified.coneBit, context, &output, now: now)
        else { return [] }
        return .refreshing
    }

    /// The search for the longest interval goes on.
    mutating func handleDeterminationTimeout(_ output: inout ClientOutput, now: ProtocolInstant) {
        determination.handleTimeout(context, &output, now: now)
    }

    // MARK: Maintenance

    private mutating func recordInteraction(_ output: inout ClientOutput, now: ProtocolInstant) {
        link.recordInteraction(interval: refreshInterval, context, &output, now: now)
    }

    /// R1: a packet came through the server: it is there, so the refresh can wait.
    mutating func noteServerHeard(_ output: inout ClientOutput, now: ProtocolInstant) {
        if !link.isAsking { recordInteraction(&output, now: now) }
    }

    /// Everything that an answer of the server led to is done.
    mutating func concludeAnswer(_ output: inout ClientOutput, now: ProtocolInstant) {
        if context.address != nil { recordInteraction(&output, now: now) } else { link.stopRefreshing() }
    }

    /// An extra solicitation when a peer is silent: perhaps our own mapping is another by now.
    mutating func checkMapping(now: ProtocolInstant) { link.checkMapping(now: now) }

    /// The secondary port is open.
    mutating func secondaryPortOpened(_ output: inout ClientOutput, now: ProtocolInstant) {
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
        }
    }

    private mutating func accept(
        _ answer: SolicitationExchange.Answer,
        from source: IPv4Address,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        link.noteAnswer()
        output.counters.advertisements &+= 1
        if answer.confirmation != 0 { output.tell(.keyReplacementAdvised) }
        setMTU(answer.advertisement.mtu ?? TeredoConstants.mtu, &output)
        let endpoint = answer.mappedEndpoint
        var effects: ConnectivityEffects = .answered
        var reason = StateChangeReason.answered(by: source, mappedEndpoint: endpoint)
        switch qualification.state {
        case .restricted, .cone:
            context.notePrimary(endpoint)
            context.noteSecondary(nil)
        case .secondary(let first):
            context.noteSecondary(endpoint)
            if first != endpoint {
                reason =
                    qualification.rejectsSymmetricNAT
                    ? .symmetricNATRefused(first, endpoint) : .symmetricNATDetected(first, endpoint)
            }
        case .qualified(let current) where current.mappedEndpoint != endpoint:
            reason = .mappingChanged(from: current.mappedEndpoint, to: endpoint)
            context.notePrimary(endpoint)
            effects.formUnion(withdrawAddress(reason: reason, &output))
        case .initial, .resolving, .qualified, .offline:
            break
        }
        let action = qualification.advertised(endpoint, hasSecondary: context.server?.secondary != nil)
        return effects.union(carryOut(action, reason: reason, &output, now: now))
    }

    private mutating func setMTU(_ value: Int, _ output: inout ClientOutput) {
        guard value != mtu else { return }
        mtu = value
        if context.address != nil { output.tell(.mtuChanged(value)) }
    }

    // MARK: Transitions

    private mutating func carryOut(
        _ action: QualificationStateMachine.Action,
        reason: StateChangeReason,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        switch action {
        case .none:
            return []
        case .qualify(let qualified):
            return qualify(qualified, reason: reason, &output, now: now)
        case .goOffline:
            return goOffline(reason: reason, &output, now: now)
        case .resolve:
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
        reason: StateChangeReason,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        guard let server = context.server else { return [] }
        backoff.reset()
        link.recordQualification(succeeded: true)
        let address = memory.address(server: server.primary, qualified, using: &output.random)
        context.take(address, natClass: qualified.natClass)
        output.tell(.statusChanged(status, reason: reason))
        output.tell(.addressAssigned(address, mtu: mtu))
        recordInteraction(&output, now: now)
        link.askOthersSoon(&output, now: now)
        if context.configuration.determinesRefreshInterval { determination.start(&output) }
        return .addressTaken
    }

    private mutating func goOffline(
        reason: StateChangeReason,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        let effects = withdrawAddress(reason: reason, &output)
        link.stopAll()
        determination.stop(&output)
        qualification.goOffline(until: reason == .networkLost ? nil : now + backoff.next(using: &output.random))
        output.tell(.statusChanged(status, reason: reason))
        return effects
    }

    /// Withdraws the address, if there is one.
    private mutating func withdrawAddress(
        reason: StateChangeReason,
        _ output: inout ClientOutput
    ) -> ConnectivityEffects {
        guard let address = context.address else { return [] }
        context.dropAddress()
        output.tell(.addressWithdrawn(address, reason: reason))
        return .addressWithdrawn
    }

    // MARK: Another server

    private mutating func acceptStandby(
        _ answer: SolicitationExchange.Answer,
        of index: Int,
        isIdle: Bool,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        output.counters.advertisements &+= 1
        link.recordStandby(answer, of: index, &output, now: now)
        switch qualification.state {
        case .cone, .restricted:
            // It answered while the first choice does not: the client goes on with it.
            guard link.isAsking else { return [] }
            let addresses = link.replaceSilent(by: index, now: now)
            context.use(addresses)
            qualification.skipConePhase()
            return accept(answer, from: addresses.primary, &output, now: now)
        case .qualified:
            if link.isLost { return failOver(to: index, &output, now: now) }
            if isIdle, link.isWorthReturning(to: index, now: now), let previous = context.server?.primary {
                let preferred = link.addresses(of: index).primary
                let reason = StateChangeReason.serverReturned(from: previous, to: preferred)
                return change(to: index, reason: reason, &output, now: now)
            }
            link.hastenRefresh(interval: refreshInterval, context, now: now)
        case .initial, .resolving, .secondary, .offline:
            break
        }
        return []
    }

    private mutating func failOver(
        to index: Int,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        guard let lost = context.server?.primary else { return [] }
        link.recordLoss(now: now)
        let reason = StateChangeReason.serverLost(lost, next: link.addresses(of: index).primary)
        return change(to: index, reason: reason, &output, now: now)
    }

    /// Takes another server, which just answered: another address, the same NAT.
    private mutating func change(
        to index: Int,
        reason: StateChangeReason,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ConnectivityEffects {
        guard let findings = link.findings(of: index) else { return [] }
        let effects = withdrawAddress(reason: reason, &output)
        determination.stop(&output)
        link.noteAnswer()
        context.use(link.use(index, now: now))
        setMTU(findings.mtu, &output)
        let action = qualification.serverChanged(findings.mappedEndpoint)
        return effects.union(carryOut(action, reason: reason, &output, now: now))
    }
}
