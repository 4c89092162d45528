import TeredoWire

/// The talk of a client with its servers: who is asked when, who answered, and which one is used.
///
/// What an answer or a silence means for the address is the business of ``Connectivity``.
struct ServerLink: Sendable {
    var solicitor = Solicitor()
    var servers = ServerSelection()
    /// The question for the kind of NAT beside a qualified client.
    var inquiry = SecondaryInquiry()
    private var echo = ServerEcho()
    private var patience = ServerPatience()
    /// When secondary addresses were last asked: a NAT lets in what comes from there since.
    private var openings: [IPv4Address: ProtocolInstant] = [:]
    /// When it last sent an advertisement.
    private var lastAdvertisement: ProtocolInstant?
    /// When the mapping is refreshed; `nil` unless qualified, and while an answer is awaited.
    private(set) var refresh: RefreshTimer?
    /// When the server in use was last heard of.
    private(set) var lastHeard: ProtocolInstant?
    /// How long the server had not been heard of when the last refresh began.
    private(set) var idleTime = Duration.zero

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
        /// The secondary address of the server in use answers the question for the kind of NAT.
        case secondary(SolicitationExchange.Answer)
        /// It is the answer of a server that is not in use.
        case standby(SolicitationExchange.Answer, of: Int)
        /// It tells only that an address that was listed as a server is the secondary one of another.
        case relation
    }

    /// What word from the network about a solicitation leads to.
    enum Refusal {
        /// It is about nothing that was asked.
        case foreign
        /// It counts, and nothing follows yet.
        case noted
        /// It does not count.
        case ignored(DropReason)
        /// No answer can come to this solicitation, nor to another one.
        case exhausted(Solicitation)
    }

    // MARK: Solicitations

    /// Nothing is asked of the server in use any more.
    mutating func stop() {
        solicitor.stop()
        inquiry.stop()
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
        noteOpening(secondary, now: now)
        solicitor.solicit(secondary, coneBit: false, context, &output, now: now)
    }

    /// A question goes to a secondary address.
    mutating func noteOpening(_ address: IPv4Address, now: ProtocolInstant) {
        openings = openings.filter { now - $0.value < Self.filterMemory }
        openings[address] = now
    }

    /// Whether a NAT may let in what comes from an address because it was asked there.
    private func isOpen(to address: IPv4Address, now: ProtocolInstant) -> Bool {
        openings[address].map { now - $0 < Self.filterMemory } ?? false
    }

    /// For longer than NATs remember who was asked: RFC 4787 section 4.3 recommends five minutes.
    private static let filterMemory = Duration.seconds(600)

    /// The server in use answered.
    mutating func noteAnswer() { solicitor.answered() }

    /// Whether a bubble from the server in use is one that the client sent to itself: an answer to its question.
    mutating func acceptEcho(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        _ context: ClientContext,
        now: ProtocolInstant
    ) -> Bool {
        guard echo.accept(datagram, in: bytes, context) else { return false }
        noteCheckAnswered()
        servers.recordLife(now: now)
        return true
    }

    /// The server that is not in use and passed on such a bubble; `nil` when it is another bubble.
    mutating func acceptStandbyEcho(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Int? {
        servers.acceptEcho(datagram, in: bytes, from: source, &output, now: now)
    }

    /// The questions of a check before the last one stayed unanswered.
    private mutating func noteCheckAnswered() {
        guard let pending = solicitor.outstanding, pending.isCheck else { return }
        patience.recordAnswer(unanswered: pending.attempts - 1)
    }

    /// Notes that the server was heard of and draws the next refresh time.
    mutating func recordInteraction(
        interval: Duration,
        earliest: Duration,
        testLead: Duration?,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        noteHeard(now: now)
        let interval = pace(interval, context, now: now)
        refresh = RefreshTimer(
            interval: interval,
            earliest: earliest,
            testLead: testLead,
            using: &output.random,
            now: now
        )
        solicitor.answered()
        // SEC-39: what the secondary address has not answered yet keeps its distance, whoever else was heard.
        if let asked = inquiry.unansweredSince { solicitor.noteOther(sentAt: asked) }
    }

    /// Something came from the server in use.
    mutating func noteHeard(now: ProtocolInstant) { lastHeard = now }

    /// The mapping is not refreshed any more.
    mutating func stopRefreshing() { refresh = nil }

    /// The refresh comes in time for another interval too.
    mutating func hastenRefresh(interval: Duration, _ context: ClientContext, now: ProtocolInstant) {
        let interval = pace(interval, context, now: now)
        refresh?.hasten(interval: interval, now: now)
    }

    /// An extra solicitation when a peer is silent: perhaps our own mapping is another by now.
    mutating func checkMapping(now: ProtocolInstant) {
        // SEC-39: not while the secondary address is being asked.
        guard inquiry.unansweredSince == nil else { return }
        refresh?.checkMapping(now: now)
    }

    /// How often the server in use is asked: often, when there is another one to go to.
    private func pace(_ interval: Duration, _ context: ClientContext, now: ProtocolInstant) -> Duration {
        hasStandby(context, now: now)
            ? min(interval, patience.pace(context.configuration.serverCheckInterval)) : interval
    }

    private func hasStandby(_ context: ClientContext, now: ProtocolInstant) -> Bool {
        context.address != nil && servers.hasStandby(now: now)
    }

    /// When somebody else on this host may solicit the server too (SEC-39).
    func nextForeignSolicitation(interval: Duration, _ context: ClientContext, now: ProtocolInstant) -> ProtocolInstant
    {
        // The client's own repetition goes first, and may be the moment to give up.
        if let last = [solicitor.lastUnanswered, inquiry.unansweredSince].compactMap(\.self).max() {
            return max(now, last + RFC4380.solicitationTimeout + Self.margin)
        }
        let next: ProtocolInstant? = .earlier(refresh?.deadline, inquiry.nextQuestion)
        guard let next, next - now < distance(interval: interval, context, now: now) else { return now }
        return max(now, next) + Self.margin
    }

    /// How long before a refresh nothing else is asked.
    ///
    /// A server that is asked every few seconds is no silent one, and there has to be room between two questions.
    func distance(interval: Duration, _ context: ClientContext, now: ProtocolInstant) -> Duration {
        min(RFC4380.solicitationTimeout, pace(interval, context, now: now) / 4)
    }

    /// How long after a question of its own the next one of another kind may go.
    static let margin = Duration.milliseconds(100)

    // MARK: Time

    /// Enters what is waited for; the servers that are not in use are asked while `asksOthers`.
    func enterDeadlines(asksOthers: Bool, into deadlines: inout DeadlineTable) {
        deadlines[.start] = solicitor.startDeadline
        deadlines[.solicitation] = solicitor.outstanding?.deadline
        deadlines[.standbyServer] = asksOthers ? servers.deadline : nil
        deadlines[.refresh] = refresh?.testDeadline ?? refresh?.deadline
        deadlines[.secondaryInquiry] = inquiry.deadline
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
            ask(again: pending, context, &output, now: now)
            return .tolerated
        }
        guard pending.isCheck else {
            servers.recordFailure()
            solicitor.stop()
            return .exhausted(pending)
        }
        // Something came through the server meanwhile: it is there, and does not answer all that is asked.
        if let lastHeard, lastHeard >= pending.begunAt {
            patience.recordAnswer(unanswered: pending.attempts)
            beginCheck(coneBit: pending.coneBit, context, &output, now: now)
            return .tolerated
        }
        // All questions of a check were in vain: another server takes over, if one answered meanwhile.
        guard let next = servers.standby(answeredSince: pending.begunAt) else {
            solicitor.endCheck(pending)
            return .tolerated
        }
        return .replaced(by: next)
    }

    /// Whether the last solicitation of a phase was in vain, and nothing else is tried before it is given up.
    func isGivingUp(now: ProtocolInstant) -> Bool {
        guard let pending = solicitor.outstanding else { return false }
        return pending.deadline <= now && pending.isLast && !pending.isCheck
    }

    /// The server is silent, and the address stays: it is asked again when a refresh would be due.
    mutating func askLater(interval: Duration, _ output: inout ClientOutput, now: ProtocolInstant) {
        refresh = RefreshTimer(interval: interval, lastInteraction: lastHeard, using: &output.random, now: now)
    }

    /// The next question of a phase; with an address, a bubble that comes back is an answer, too.
    private mutating func ask(
        again pending: Solicitation,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        if pending.server != context.server?.primary { noteOpening(pending.server, now: now) }
        // First, so that a solicitation that is answered without it tells of a server that does not pass it on.
        echo.send(context, &output, now: now)
        solicitor.repeat(pending, context, &output, now: now)
        guard let next = solicitor.outstanding, next.isCheck || next.isLostCheck, next.isSolicitation else { return }
        servers.askStandbys(since: next.begunAt, context, &output, now: now)
    }

    private mutating func beginCheck(
        coneBit: Bool,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard let server = context.server else { return }
        let isOld = lastAdvertisement.map { now - $0 >= Failover.advertisementLifetime } ?? true
        solicitor.solicit(
            server.primary,
            coneBit: coneBit,
            check: servers.check(usesEcho: echo.isPossible, patience),
            solicitsAtOnce: isOld,
            context,
            &output,
            now: now
        )
        if !isOld { echo.send(context, &output, now: now) }
    }

    /// Asks the servers that are not in use.
    mutating func handleStandbyTimeouts(_ context: ClientContext, _ output: inout ClientOutput, now: ProtocolInstant) {
        servers.handleTimeouts(context, &output, now: now)
    }

    /// Since when the server has not been heard of, when a test of the mapping is to begin; `nil` otherwise.
    mutating func takeTest(now: ProtocolInstant) -> ProtocolInstant? {
        refresh?.takesTest(now: now) == true ? refresh?.lastInteraction : nil
    }

    /// Whether the server is asked more often than the mapping needs.
    func checksOften(interval: Duration, _ context: ClientContext, now: ProtocolInstant) -> Bool {
        pace(interval, context, now: now) < interval
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
        idleTime = now - refresh.lastInteraction
        if hasStandby(context, now: now) {
            beginCheck(coneBit: coneBit, context, &output, now: now)
        } else {
            solicitor.solicit(server.primary, coneBit: coneBit, context, &output, now: now)
        }
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
        case .answer(let answer, let index):
            recordRelation(answer, from: source.address, now: now)
            return .standby(answer, of: index)
        case .secondary(let answer):
            recordRelation(answer, from: source.address, now: now)
            return answer.advertisement.server == context.server?.primary ? .secondary(answer) : .relation
        }
        let received = datagram.authentication?.nonce(in: bytes)
        if let received, inquiry.isAnswered(from: source.address, nonce: received) {
            let others = servers.primaries.filter { $0 == source.address }
            switch context.validate(datagram, in: bytes, nonce: received, coneBit: false, orOneOf: others) {
            case .failure(let rejection): return .rejected(rejection.reason)
            case .success(let answer):
                recordRelation(answer, from: source.address, now: now)
                return .secondary(answer)
            }
        }
        // In the cone phase an answer from an address that was asked proves nothing, be it that it was asked in a phase before.
        guard let solicitation = solicitor.outstanding,
            (source.address == solicitation.server) != solicitation.coneBit,
            !solicitation.coneBit || !isOpen(to: source.address, now: now)
        else { return .rejected(.unexpectedAdvertisement) }
        let nonce = solicitation.nonce(of: received)
        let others = solicitation.coneBit ? [] : servers.primaries
        switch context.validate(datagram, in: bytes, nonce: nonce, coneBit: solicitation.coneBit, orOneOf: others) {
        case .failure(let rejection):
            return .rejected(rejection.reason)
        case .success(let answer):
            if !solicitation.coneBit { recordRelation(answer, from: source.address, now: now) }
            // START_SECOND: another server sees the same port as well as a secondary address does.
            guard
                answer.advertisement.server == context.server?.primary
                    || (solicitation.server != context.server?.primary && answer.advertisement.server == source.address)
            else { return .relation }
            if source.address == context.server?.primary {
                lastAdvertisement = now
                noteCheckAnswered()
                let sentAt = solicitation.sentAt(of: nonce)
                echo.recordSolicitationAnswered(sentAt: sentAt)
                if !echo.isPossible { patience.expectSolicitationsOnly() }
                servers.recordAnswer(answer, sentAt: sentAt, now: now)
            }
            return .answer(answer)
        }
    }

    private mutating func recordRelation(
        _ answer: SolicitationExchange.Answer,
        from address: IPv4Address,
        now: ProtocolInstant
    ) {
        servers.recordRelation(of: address, namedServer: answer.advertisement.server, now: now)
    }

    /// The server in use, with the secondary address that it has as far as is known.
    var current: ServerAddresses? { servers.current }

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
        guard !isResolving, context.address != nil || isAsking else { return }
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
        echo.reset()
        patience = ServerPatience()
        (lastHeard, lastAdvertisement) = (nil, nil)
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
    mutating func forgetNetwork() {
        servers.forgetNetwork()
        openings = [:]
    }

    /// The servers in order of preference, with what is known of them.
    func health(isQualified: Bool) -> [ServerHealth] { servers.health(isQualified: isQualified) }
}
