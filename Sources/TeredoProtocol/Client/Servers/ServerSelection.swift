import TeredoWire

/// Several servers: one is in use, the others are asked now and then, and one of them takes over when it is gone.
///
/// The address of a client contains that of its server, so a change ends every connection: a server is left only when it
/// leaves four solicitations unanswered while another one answers, and returned to only while nothing uses the address.
struct ServerSelection: Sendable {
    private var pool = ServerPool()

    /// What an advertisement of a server that is not in use is.
    enum Judgement {
        /// It answers nothing that such a server was asked.
        case none
        /// It breaks a rule.
        case rejected(DropReason)
        /// It answers the question to this server.
        case answer(SolicitationExchange.Answer, of: Int)
        /// It comes from the secondary address of another listed server.
        case secondary(SolicitationExchange.Answer)
    }

    // MARK: Who is in use

    /// Takes a list over, the most preferred server first; returns the places of the new ones.
    mutating func update(_ list: [ServerAddresses], dropsUnlisted: Bool) -> [Int] {
        pool.update(list, dropsUnlisted: dropsUnlisted)
    }

    /// The server in use, with the secondary address that it has as far as is known.
    var current: ServerAddresses? { pool.current.map { pool.entries[$0].addresses } }

    /// The primary addresses that are listed.
    var primaries: [IPv4Address] { pool.primaries }

    /// An advertisement from `address` named `server`.
    mutating func recordRelation(of address: IPv4Address, namedServer server: IPv4Address, now: ProtocolInstant) {
        pool.recordRelation(of: address, namedServer: server, now: now)
    }

    /// The server to begin a qualification with.
    var first: Int? { pool.first }

    func addresses(of index: Int) -> ServerAddresses { pool.entries[index].addresses }

    /// What the last answer of a server said.
    func findings(of index: Int) -> ServerPool.Findings? { pool.entries[index].lastFindings }

    mutating func use(_ index: Int, now: ProtocolInstant) { pool.use(index, now: now) }

    /// Whether there is a server to go to.
    func hasStandby(now: ProtocolInstant) -> Bool { pool.hasStandby(now: now) }

    /// How the server in use is asked next, `usesEcho` by bubbles to the client itself, and with how much patience.
    func check(usesEcho: Bool, _ patience: ServerPatience) -> ServerCheck {
        let roundTrip = pool.current.flatMap { pool.entries[$0].roundTrip } ?? .zero
        return ServerCheck(usesEcho: usesEcho, limit: patience.limit, roundTrip: roundTrip)
    }

    /// The best of the servers that answered since `time` and are not in use.
    func standby(answeredSince time: ProtocolInstant) -> Int? { pool.standby(answeredSince: time) }

    /// Whether the client is to return to a server from which an answer just came.
    func isWorthReturning(to index: Int, now: ProtocolInstant) -> Bool { pool.isWorthReturning(to: index, now: now) }

    /// The network is another one: nothing that is known holds there.
    mutating func forgetNetwork() { pool.forgetNetwork() }

    // MARK: What is known of the server in use

    /// A valid answer of the server in use.
    mutating func recordAnswer(_ answer: SolicitationExchange.Answer, sentAt: ProtocolInstant, now: ProtocolInstant) {
        guard let current = pool.current else { return }
        pool.recordAnswer(of: current, answer.findings, roundTrip: now - sentAt, patience: 100, now: now)
    }

    /// The server in use showed that it is there.
    mutating func recordLife(now: ProtocolInstant) {
        if let current = pool.current { pool.recordLife(of: current, now: now) }
    }

    /// The server in use did not answer.
    mutating func recordFailure() { if let current = pool.current { pool.recordFailure(of: current) } }

    /// The server in use does not answer and is left.
    mutating func recordLoss(now: ProtocolInstant) { pool.recordLoss(now: now) }

    /// A qualification with the server in use failed although it answered, or succeeded.
    mutating func recordQualification(succeeded: Bool) { pool.recordQualification(succeeded: succeeded) }

    // MARK: When the others are asked

    /// When one of the others has to be asked, or has not answered.
    var deadline: ProtocolInstant? { pool.nextDeadline }

    /// The others are asked when the first one does not answer quickly.
    mutating func scheduleRace(_ output: inout ClientOutput, now: ProtocolInstant) {
        guard pool.entries.count > 1 else { return }
        for (position, index) in pool.standbys.enumerated() {
            let delay = Failover.raceDelay + Failover.raceSpacing * position
            pool.schedule(index, at: now + delay + Self.jitter(&output))
        }
    }

    /// The health of the others is known soon after a qualification.
    mutating func scheduleStandbys(_ output: inout ClientOutput, now: ProtocolInstant) {
        guard pool.entries.count > 1 else { return }
        for index in pool.standbys where pool.entries[index].probe == nil {
            if pool.entries[index].failures > 0 {
                schedulePause(index, &output, now: now)
            } else {
                scheduleSoon(index, &output, now: now)
            }
        }
    }

    mutating func scheduleSoon(_ index: Int, _ output: inout ClientOutput, now: ProtocolInstant) {
        pool.schedule(index, at: now + Failover.raceDelay + Self.jitter(&output) * 5)
    }

    /// Pauses double from 4 s to 300 s while a server is silent.
    private mutating func schedulePause(_ index: Int, _ output: inout ClientOutput, now: ProtocolInstant) {
        let failures = pool.entries[index].failures
        let pause =
            failures == 0
            ? Failover.standbyInterval
            : min(RFC4380.solicitationTimeout * (1 << min(failures, 16)), Failover.longestPause)
        let percent = Int.random(in: RFC4380.refreshRandomization, using: &output.random)
        pool.schedule(index, at: now + pause * percent / 100)
    }

    private static func jitter(_ output: inout ClientOutput) -> Duration {
        .milliseconds(Int.random(in: 0..<200, using: &output.random))
    }

    /// Nobody is asked any more; what is known stays.
    mutating func stopProbing() { pool.stopProbing() }

    /// Asks the others that are due, and notes who did not answer.
    mutating func handleTimeouts(
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        guard let deadline, deadline <= now else { return }
        for index in pool.standbys {
            if let probe = pool.entries[index].probe, probe.sentAt + RFC4380.solicitationTimeout <= now {
                _ = pool.endProbe(of: index)
                pool.recordFailure(of: index)
                schedulePause(index, &output, now: now)
                // The name may have other addresses by now.
                if pool.entries[index].failures > 1 { output.tell(.serverAddressNeeded) }
            }
            if let next = pool.entries[index].nextProbe, next <= now {
                probe(index, context, &output, now: now)
            }
        }
    }

    /// The server in use left questions unanswered that began at `start`: the best of the others are asked as well, as far as they
    /// did not answer meanwhile.
    mutating func askStandbys(
        since start: ProtocolInstant,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        for index in pool.standbys.filter({ pool.entries[$0].answers(now: now) }).prefix(2) {
            guard let last = pool.entries[index].lastAnswer, last < start else { continue }
            probe(index, context, &output, now: now)
            sendEcho(index, context, &output)
        }
    }

    /// Sends a bubble through a server to the address that the client would have with it: many behind one IPv4 address share
    /// the solicitations that it answers.
    private func sendEcho(_ index: Int, _ context: ClientContext, _ output: inout ClientOutput) {
        let entry = pool.entries[index]
        guard let address = address(with: index), let nonce = entry.probe?.nonces.last,
            let server = context.filter.destination(server: entry.addresses.primary)
        else { return }
        output.sendBubble(
            from: address,
            to: address,
            at: server,
            trailers: TrailerList([.nonce(Self.echoNonce(nonce))])
        )
    }

    private func address(with index: Int) -> IPv6Address? {
        guard let findings = pool.entries[index].lastFindings else { return nil }
        let server = pool.entries[index].addresses.primary
        return TeredoAddress(server: server, flags: TeredoFlags(rawValue: 0), mappedEndpoint: findings.mappedEndpoint)
            .ipv6
    }

    /// Trailers have nonces of 32 bits, and 0 is none.
    private static func echoNonce(_ nonce: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: nonce >> 32) | 1 }

    /// The server that is not in use and passed on a bubble of ``askStandbys(since:_:_:now:)``; `nil` when it is another bubble.
    mutating func acceptEcho(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Int? {
        let header = datagram.header
        guard header.isBubble, header.source == header.destination, source.port == TeredoConstants.udpPort,
            let index = pool.standbys.first(where: { pool.entries[$0].addresses.primary == source.address }),
            address(with: index) == header.source,
            let nonce = (try? TrailerList(parsing: bytes.extracting(datagram.trailers)))?.nonce,
            let probe = pool.entries[index].probe, probe.nonces.contains(where: { Self.echoNonce($0) == nonce }),
            datagram.origin.map({ $0.endpoint == pool.entries[index].lastFindings?.mappedEndpoint }) ?? true
        else { return nil }
        _ = pool.endProbe(of: index)
        pool.recordLife(of: index, now: now)
        schedulePause(index, &output, now: now)
        return index
    }

    private mutating func probe(
        _ index: Int,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        let nonce = output.random.next()
        pool.recordProbe(of: index, nonce: nonce, now: now)
        guard let server = context.filter.destination(server: pool.entries[index].addresses.primary) else { return }
        output.send(context.exchange.solicitation(nonce: nonce, coneBit: false), to: server)
        output.counters.solicitations &+= 1
    }

    // MARK: Refusals

    /// The server in use is not reached: the others that may still answer are asked at once; returns whether there are any.
    mutating func race(
        since begin: ProtocolInstant,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Bool {
        let hopes = pool.hopes(since: begin)
        for index in hopes.prefix(Self.raceLimit) where pool.entries[index].probe == nil {
            probe(index, context, &output, now: now)
        }
        return !hopes.isEmpty
    }

    /// Notes that the question with this nonce did not reach a server that is not in use; returns whether there was one.
    mutating func refuse(
        _ server: IPv4Address,
        nonce: UInt64,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> Bool {
        guard let index = pool.probed(at: server, nonce: nonce) else { return false }
        _ = pool.endProbe(of: index)
        pool.recordFailure(of: index)
        pool.recordRefusal(of: index, now: now)
        schedulePause(index, &output, now: now)
        return true
    }

    /// Whether another server than the one in use may still answer.
    func hasHope(since begin: ProtocolInstant) -> Bool { !pool.hopes(since: begin).isEmpty }

    private static let raceLimit = 4

    /// How long the server in use takes to answer, smoothed; `nil` before it did.
    var roundTrip: Duration? { pool.current.flatMap { pool.entries[$0].roundTrip } }

    // MARK: Answers of the others

    /// Judges an advertisement of a server that is not in use.
    func judge(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        _ context: ClientContext
    ) -> Judgement {
        guard let nonce = datagram.authentication?.nonce(in: bytes),
            let index = pool.probed(at: source.address, nonce: nonce)
        else { return .none }
        let primary = pool.entries[index].addresses.primary
        let verdict = context.exchange.validate(
            datagram,
            in: bytes,
            nonce: nonce,
            coneBit: false,
            server: primary,
            orOneOf: pool.primaries
        )
        switch verdict {
        case .failure(let rejection): return .rejected(rejection.reason)
        case .success(let answer):
            return answer.advertisement.server == primary ? .answer(answer, of: index) : .secondary(answer)
        }
    }

    /// Notes an answer of a server that is not in use.
    mutating func recordAnswer(
        _ answer: SolicitationExchange.Answer,
        of index: Int,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) {
        let sentAt = pool.endProbe(of: index)?.sentAt ?? now
        pool.recordAnswer(
            of: index,
            answer.findings,
            roundTrip: now - sentAt,
            patience: Int.random(in: Failover.patience, using: &output.random),
            now: now
        )
        schedulePause(index, &output, now: now)
    }

    // MARK: For people

    /// The servers in order of preference, with what is known of them.
    ///
    /// An address that was only ever heard of as the secondary address of another server is not a server.
    func health(isQualified: Bool) -> [ServerHealth] {
        pool.entries.indices.filter { isServer($0) }.map { index in
            ServerHealth(pool.entries[index], isInUse: index == pool.current && isQualified)
        }
    }

    private func isServer(_ index: Int) -> Bool {
        let entry = pool.entries[index]
        guard !entry.isSecondaryOfOther else { return false }
        return entry.lastAnswer != nil || index == pool.current
            || !pool.entries.contains { $0.addresses.secondary == entry.addresses.primary && $0.lastAnswer != nil }
    }
}

extension SolicitationExchange.Answer {
    /// What is kept of an answer.
    fileprivate var findings: ServerPool.Findings {
        ServerPool.Findings(mappedEndpoint: mappedEndpoint, mtu: advertisement.mtu ?? TeredoConstants.mtu)
    }
}
