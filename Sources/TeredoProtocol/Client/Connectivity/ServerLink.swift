import TeredoWire

/// The talk of a client with its servers: who is asked when, who answered, and which one is used.
///
/// What an answer or a silence means for the address is the business of ``Connectivity``.
struct ServerLink: Sendable {
    private var solicitor = Solicitor()
    private var servers = ServerSelection()
    /// When the mapping is refreshed; `nil` unless qualified, and while an answer is awaited.
    private var refresh: RefreshTimer?

    /// What the silence of the server in use leads to.
    enum Silence {
        /// Nothing, yet: it is asked again.
        case tolerated
        /// All solicitations of the phase were in vain.
        case exhausted(Solicitation)
        /// It is gone, and another server answers.
        case replaced(by: Int)
    }

    /// What an advertisement is.
    enum Advertisement {
        /// It is of no use.
        case rejected(DropReason)
        /// It answers the solicitation under way.
        case answer(SolicitationExchange.Answer)
        /// It is the answer of a server that is not in use.
        case standby(SolicitationExchange.Answer, of: Int)
    }

    // MARK: Solicitations

    /// Nothing is asked of the server in use any more.
    mutating func stop() {
        solicitor.stop()
        refresh = nil
    }

    /// No server is asked any more.
    mutating func stopAll() {
        stop()
        servers.stopProbing()
    }

    /// Whether a solicitation waits for its answer or for its time.
    var isAsking: Bool { solicitor.isBusy }

    /// Whether the server in use was given up, and no other one answered so far.
    var isLost: Bool { solicitor.outstanding?.isLostCheck ?? false }

    /// Sends the first solicitation of a phase to the primary address, as soon as it may go.
    mutating func beginPhase(
        coneBit: Bool,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        solicitor.begin(coneBit: coneBit, context, &output, now: now)
    }

    /// Asks the secondary address.
    mutating func askSecondary(_ context: ClientContext, _ output: inout ClientOutput, now: ProtocolInstant) {
        guard let secondary = context.server?.secondary else { return }
        solicitor.solicit(secondary, coneBit: false, context, &output, now: now)
    }

    /// The server in use answered.
    mutating func noteAnswer() { solicitor.answered() }

    /// Notes that the server was heard of and draws the next refresh time.
    mutating func recordInteraction(
        interval: Duration,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        let interval = pace(interval, context, now: now)
        refresh = RefreshTimer(interval: interval, using: &output.random, now: now)
        solicitor.answered()
    }

    /// The mapping is not refreshed any more.
    mutating func stopRefreshing() { refresh = nil }

    /// The refresh comes in time for another interval too.
    mutating func hastenRefresh(interval: Duration, _ context: ClientContext, now: ProtocolInstant) {
        let interval = pace(interval, context, now: now)
        refresh?.hasten(interval: interval, now: now)
    }

    /// An extra solicitation when a peer is silent: perhaps our own mapping is another by now.
    mutating func checkMapping(now: ProtocolInstant) { refresh?.checkMapping(now: now) }

    /// How often the server in use is asked: often, when there is another one to go to.
    private func pace(_ interval: Duration, _ context: ClientContext, now: ProtocolInstant) -> Duration {
        hasStandby(context, now: now) ? min(interval, context.configuration.serverCheckInterval) : interval
    }

    private func hasStandby(_ context: ClientContext, now: ProtocolInstant) -> Bool {
        context.address != nil && servers.hasStandby(now: now)
    }

    /// When somebody else on this host may solicit the server too (SEC-39).
    func nextForeignSolicitation(interval: Duration, _ context: ClientContext, now: ProtocolInstant) -> ProtocolInstant
    {
        // The client's own repetition goes first, and may be the moment to give up.
        let margin = Duration.milliseconds(100)
        if let last = solicitor.lastUnanswered { return max(now, last + RFC4380.solicitationTimeout + margin) }
        // A server that is asked every few seconds is no silent one, and there has to be room between two questions.
        let distance = min(RFC4380.solicitationTimeout, pace(interval, context, now: now) / 4)
        guard let refresh, refresh.deadline - now < distance else { return now }
        return max(now, refresh.deadline) + margin
    }

    // MARK: Time

    /// Enters what is waited for; the servers that are not in use are asked while `asksOthers`.
    func enterDeadlines(asksOthers: Bool, into deadlines: inout DeadlineTable) {
        deadlines[.start] = solicitor.startDeadline
        deadlines[.solicitation] = solicitor.outstanding?.deadline
        deadlines[.standbyServer] = asksOthers ? servers.deadline : nil
        deadlines[.refresh] = refresh?.deadline
    }

    /// Sends the solicitation that had to wait.
    mutating func handleStartTimeout(_ context: ClientContext, _ output: inout ClientOutput, now: ProtocolInstant) {
        solicitor.handleStartTimeout(context, &output, now: now)
    }

    /// A solicitation was not answered in time: it is repeated, or the phase is over.
    mutating func handleSolicitationTimeout(
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Silence {
        guard let pending = solicitor.outstanding, pending.deadline <= now else { return .tolerated }
        guard pending.isLast else {
            if pending.isCheck { servers.askStandbys(context, &output, now: now) }
            solicitor.repeat(pending, context, &output, now: now)
            return .tolerated
        }
        guard pending.isCheck else {
            servers.recordFailure()
            solicitor.stop()
            return .exhausted(pending)
        }
        // All solicitations of a check were in vain: another server takes over, if one answered meanwhile.
        guard let next = servers.standby(answeredSince: pending.begunAt) else {
            solicitor.endCheck(pending)
            return .tolerated
        }
        return .replaced(by: next)
    }

    /// Asks the servers that are not in use.
    mutating func handleStandbyTimeouts(_ context: ClientContext, _ output: inout ClientOutput, now: ProtocolInstant) {
        servers.handleTimeouts(context, &output, now: now)
    }

    /// Sends the periodic solicitation when it is due; returns whether it was.
    mutating func handleRefreshTimeout(
        coneBit: Bool,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Bool {
        guard let refresh, refresh.deadline <= now, let server = context.server else { return false }
        self.refresh = nil
        let spacing = hasStandby(context, now: now) ? servers.checkSpacing() : nil
        solicitor.solicit(server.primary, coneBit: coneBit, checkSpacing: spacing, context, &output, now: now)
        return true
    }

    // MARK: Advertisements

    /// Judges an advertisement (rules R0 and V11).
    mutating func judge(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        _ context: ClientContext,
        now: ProtocolInstant
    ) -> Advertisement {
        guard source.port == TeredoConstants.udpPort else { return .rejected(.unexpectedAdvertisement) }
        switch servers.judge(datagram, in: bytes, from: source, context) {
        case .none: break
        case .rejected(let reason): return .rejected(reason)
        case .answer(let answer, let index): return .standby(answer, of: index)
        }
        // In the cone phase an answer from the address that was asked proves nothing.
        guard let solicitation = solicitor.outstanding,
            (source.address == solicitation.server) != solicitation.coneBit
        else { return .rejected(.unexpectedAdvertisement) }
        let nonce = solicitation.nonce(of: datagram.authentication?.nonce(in: bytes))
        switch context.validate(datagram, in: bytes, nonce: nonce, coneBit: solicitation.coneBit) {
        case .failure(let rejection):
            return .rejected(rejection.reason)
        case .success(let answer):
            if source.address == context.server?.primary {
                servers.recordAnswer(answer, sentAt: solicitation.sentAt, now: now)
            }
            return .answer(answer)
        }
    }

    /// How long the server in use takes to answer, smoothed; `nil` before it did.
    var roundTrip: Duration? { servers.roundTrip }

    /// Notes the answer of a server that is not in use.
    mutating func recordStandby(
        _ answer: SolicitationExchange.Answer,
        of index: Int,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        servers.recordAnswer(answer, of: index, &output, now: now)
    }

    /// Whether the client is to return to a server from which an answer just came, while nothing is asked.
    func isWorthReturning(to index: Int, now: ProtocolInstant) -> Bool {
        solicitor.outstanding == nil && servers.isWorthReturning(to: index, now: now)
    }

    // MARK: The choice

    /// Another list of servers, the most preferred one first; new ones are asked soon while one is in use.
    mutating func update(
        _ list: [ServerAddresses],
        isResolving: Bool,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        let usable = list.filter { context.filter.isGlobalUnicast($0.primary) }
        let new = servers.update(usable, dropsUnlisted: isResolving)
        guard !isResolving, context.address != nil else { return }
        for index in new { servers.scheduleSoon(index, &output, now: now) }
    }

    /// The server to begin with is used, and the others are asked when it does not answer quickly; `nil` when there is
    /// none.
    mutating func begin(_ output: inout ClientOutput, now: ProtocolInstant) -> ServerAddresses? {
        guard let first = servers.first else { return nil }
        defer { servers.scheduleRace(&output, now: now) }
        return use(first, now: now)
    }

    /// Uses a server from now on.
    mutating func use(_ index: Int, now: ProtocolInstant) -> ServerAddresses {
        servers.use(index, now: now)
        return servers.addresses(of: index)
    }

    /// Uses a server that answered while the first choice does not.
    mutating func replaceSilent(by index: Int, now: ProtocolInstant) -> ServerAddresses {
        servers.recordFailure()
        solicitor.stop()
        return use(index, now: now)
    }

    /// The server in use does not answer and is left.
    mutating func recordLoss(now: ProtocolInstant) { servers.recordLoss(now: now) }

    func addresses(of index: Int) -> ServerAddresses { servers.addresses(of: index) }

    /// What the last answer of a server said.
    func findings(of index: Int) -> ServerPool.Findings? { servers.findings(of: index) }

    /// The client is qualified: the health of the other servers is known soon.
    mutating func askOthersSoon(_ output: inout ClientOutput, now: ProtocolInstant) {
        servers.scheduleStandbys(&output, now: now)
    }

    /// A qualification with the server in use failed although it answered, or succeeded.
    mutating func recordQualification(succeeded: Bool) { servers.recordQualification(succeeded: succeeded) }

    /// The network is another one: nothing that is known holds there.
    mutating func forgetNetwork() { servers.forgetNetwork() }

    /// The servers in order of preference, with what is known of them.
    func health(isQualified: Bool) -> [ServerHealth] { servers.health(isQualified: isQualified) }
}
