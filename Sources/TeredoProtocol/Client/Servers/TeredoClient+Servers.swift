import TeredoWire

/// Several servers: one is in use, the others are asked now and then, and one of them takes over when it is gone.
///
/// The address of a client contains that of its server, so a change ends every connection: a server is left only when it
/// leaves four solicitations unanswered while another one answers, and returned to only while nothing uses the address.
extension TeredoClient {
    /// Answers `.serverAddressNeeded`, and tells of another list at any other time; the most preferred server first.
    ///
    /// No server at all means that the look-up failed. A server in use stays in use as long as it answers.
    public mutating func setServers(_ list: [ServerAddresses], now: ProtocolInstant) {
        let isResolving = qualification.state == .resolving
        let usable = list.filter { filter.isGlobalUnicast($0.primary) }
        let new = pool.update(usable, dropsUnlisted: isResolving)
        guard isResolving else {
            if case .qualified = qualification.state { for index in new { scheduleSoon(index, now: now) } }
            return
        }
        guard let first = pool.first else {
            return carryOut(qualification.serverNotFound(), reason: .serverUnresolved, now: now)
        }
        useServer(first, now: now)
        scheduleRace(now: now)
        let primary = pool.entries[first].addresses.primary
        carryOut(qualification.serverFound(policy), reason: .serverResolved(primary), now: now)
    }

    /// Whether the server in use is checked often, because there is one to go to.
    func hasStandby(now: ProtocolInstant) -> Bool {
        guard case .qualified = qualification.state else { return false }
        return pool.hasStandby(now: now)
    }

    /// How often the server in use is asked.
    func solicitationInterval(now: ProtocolInstant) -> Duration {
        hasStandby(now: now) ? min(refreshInterval, configuration.serverCheckInterval) : refreshInterval
    }

    /// The pace of the next check of the server in use; `nil` when it is a refresh like any other.
    func checkSpacing(now: ProtocolInstant) -> Duration? {
        guard hasStandby(now: now), let current = pool.current else { return nil }
        let roundTrip = pool.entries[current].roundTrip ?? .zero
        return min(max(Failover.checkSpacing, roundTrip * 3), RFC4380.solicitationTimeout)
    }

    private mutating func useServer(_ index: Int, now: ProtocolInstant) {
        pool.use(index, now: now)
        server = pool.entries[index].addresses
    }

    /// The others are asked when the first one does not answer quickly.
    private mutating func scheduleRace(now: ProtocolInstant) {
        guard pool.entries.count > 1 else { return }
        for (position, index) in pool.standbys.enumerated() {
            pool.schedule(index, at: now + Failover.raceDelay + Failover.raceSpacing * position + jitter)
        }
    }

    /// The health of the others is known soon after a qualification.
    mutating func scheduleStandbys(now: ProtocolInstant) {
        guard pool.entries.count > 1 else { return }
        for index in pool.standbys where pool.entries[index].probe == nil {
            if pool.entries[index].failures > 0 {
                schedulePause(index, now: now)
            } else {
                scheduleSoon(index, now: now)
            }
        }
    }

    private mutating func scheduleSoon(_ index: Int, now: ProtocolInstant) {
        pool.schedule(index, at: now + Failover.raceDelay + jitter * 5)
    }

    /// Pauses double from 4 s to 300 s while a server is silent.
    private mutating func schedulePause(_ index: Int, now: ProtocolInstant) {
        let failures = pool.entries[index].failures
        let pause =
            failures == 0
            ? Failover.standbyInterval
            : min(RFC4380.solicitationTimeout * (1 << min(failures, 16)), Failover.longestPause)
        let percent = Int.random(in: RFC4380.refreshRandomization, using: &generator)
        pool.schedule(index, at: now + pause * percent / 100)
    }

    private var jitter: Duration {
        mutating get { .milliseconds(Int.random(in: 0..<200, using: &generator)) }
    }

    private mutating func probe(_ index: Int, now: ProtocolInstant) {
        let nonce = generator.next()
        pool.recordProbe(of: index, nonce: nonce, now: now)
        outbox.send(
            solicitationDatagram(nonce: nonce, coneBit: false),
            to: UDPEndpoint(pool.entries[index].addresses.primary, TeredoConstants.udpPort)
        )
        counters.solicitations &+= 1
    }

    // MARK: Time

    /// When one of the others has to be asked, or has not answered.
    var serverDeadline: ProtocolInstant? {
        switch qualification.state {
        case .initial, .resolving, .offline: nil
        case .cone, .restricted, .secondary, .qualified: pool.nextDeadline
        }
    }

    mutating func handleServerTimeouts(now: ProtocolInstant) {
        guard let deadline = serverDeadline, deadline <= now else { return }
        for index in pool.standbys {
            if let probe = pool.entries[index].probe, probe.sentAt + RFC4380.solicitationTimeout <= now {
                _ = pool.endProbe(of: index)
                pool.recordFailure(of: index)
                schedulePause(index, now: now)
                // The name may have other addresses by now.
                if pool.entries[index].failures > 1 { events.append(.serverAddressNeeded) }
            }
            if let next = pool.entries[index].nextProbe, next <= now { probe(index, now: now) }
        }
    }

    /// The server in use left a solicitation of a check unanswered: the best of the others are asked as well.
    mutating func askStandbys(now: ProtocolInstant) {
        for index in pool.standbys.filter({ pool.entries[$0].answers(now: now) }).prefix(2) { probe(index, now: now) }
    }

    /// All solicitations of a check were in vain: another server takes over, if one answered meanwhile.
    ///
    /// If none did, the fault may be near: the last solicitation of the check is then the first of the usual pace.
    mutating func concludeCheck(_ last: Solicitation, now: ProtocolInstant) {
        guard let next = pool.standby(answeredSince: last.begunAt) else {
            var last = last
            last.timeout = RFC4380.solicitationTimeout
            last.isCheck = false
            last.isLostCheck = true
            last.attempts = 1
            solicitation = last
            return
        }
        failOver(to: next, now: now)
    }

    // MARK: Answers

    /// A valid answer of the server in use.
    mutating func recordServerAnswer(
        _ answer: SolicitationExchange.Answer,
        sentAt: ProtocolInstant,
        now: ProtocolInstant
    ) {
        guard let current = pool.current else { return }
        pool.recordAnswer(of: current, answer.findings, roundTrip: now - sentAt, patience: 100, now: now)
    }

    /// Judges an advertisement of a server that is not in use; `nil` when it answers nothing that such a one was asked.
    mutating func handleStandbyAdvertisement(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict? {
        guard let nonce = datagram.authentication?.nonce(in: bytes),
            let index = pool.probed(at: source.address, nonce: nonce)
        else { return nil }
        let addresses = pool.entries[index].addresses
        let result = exchange.validate(datagram, in: bytes, nonce: nonce, coneBit: false, server: addresses.primary)
        switch result {
        case .failure(let rejection):
            return drop(rejection.reason)
        case .success(let answer):
            acceptStandby(answer, of: index, now: now)
            return .consumed
        }
    }

    private mutating func acceptStandby(_ answer: SolicitationExchange.Answer, of index: Int, now: ProtocolInstant) {
        counters.advertisements &+= 1
        let sentAt = pool.endProbe(of: index)?.sentAt ?? now
        pool.recordAnswer(
            of: index,
            answer.findings,
            roundTrip: now - sentAt,
            patience: Int.random(in: Failover.patience, using: &generator),
            now: now
        )
        schedulePause(index, now: now)
        switch qualification.state {
        case .cone, .restricted:
            adopt(index, answer, now: now)
        case .qualified:
            if let solicitation, solicitation.isLostCheck {
                failOver(to: index, now: now)
            } else if solicitation == nil, pool.isWorthReturning(to: index, now: now), isAddressIdle(now: now),
                let previous = server?.primary
            {
                changeServer(to: index, now: now) { .serverReturned(from: previous, to: $0) }
            } else if let refreshDeadline {
                self.refreshDeadline = min(refreshDeadline, now + solicitationInterval(now: now))
            }
        case .initial, .resolving, .secondary, .offline:
            break
        }
    }

    /// Goes on with a server that answered while the first choice does not.
    private mutating func adopt(_ index: Int, _ answer: SolicitationExchange.Answer, now: ProtocolInstant) {
        guard solicitation != nil || startDeadline != nil else { return }
        if let silent = pool.current { pool.recordFailure(of: silent) }
        solicitation = nil
        startDeadline = nil
        pendingStart = .none
        useServer(index, now: now)
        qualification.skipConePhase()
        accept(answer, from: pool.entries[index].addresses.primary, now: now)
    }

    private mutating func failOver(to index: Int, now: ProtocolInstant) {
        guard let lost = server?.primary else { return }
        pool.recordLoss(now: now)
        changeServer(to: index, now: now) { .serverLost(lost, next: $0) }
    }

    /// Takes another server, which just answered: another address, the same NAT.
    private mutating func changeServer(
        to index: Int,
        now: ProtocolInstant,
        reason: (IPv4Address) -> StateChangeReason
    ) {
        guard let findings = pool.entries[index].lastFindings else { return }
        let reason = reason(pool.entries[index].addresses.primary)
        withdrawAddress(reason: reason)
        stopDetermination()
        solicitation = nil
        lastUnanswered = nil
        useServer(index, now: now)
        setMTU(findings.mtu)
        carryOut(qualification.serverChanged(findings.mappedEndpoint), reason: reason, now: now)
    }

    /// Whether no peer that proved where it is exchanged anything with us for a while.
    private func isAddressIdle(now: ProtocolInstant) -> Bool {
        guard let newest = peers.newest(1).first, peers[newest].isTrusted else { return true }
        return now - max(peers[newest].lastReception, peers[newest].lastTransmission) >= Failover.idleTime
    }
}

extension SolicitationExchange.Answer {
    /// What is kept of an answer.
    fileprivate var findings: ServerPool.Findings {
        ServerPool.Findings(mappedEndpoint: mappedEndpoint, mtu: advertisement.mtu ?? TeredoConstants.mtu)
    }
}
