import TeredoWire

/// Qualification (RFC 4380 section 5.2.1), secure qualification (5.2.2) and maintenance (5.2.5).
extension TeredoClient {
    /// Drops what there is and starts at the beginning.
    mutating func begin(reason: StateChangeReason, now: ProtocolInstant) {
        withdrawAddress(reason: reason)
        solicitation = nil
        refreshDeadline = nil
        startDeadline = nil
        pendingStart = .none
        stopDetermination()
        carryOut(qualification.start(), reason: reason, now: now)
    }

    mutating func carryOut(
        _ action: QualificationStateMachine.Action,
        reason: StateChangeReason,
        now: ProtocolInstant
    ) {
        switch action {
        case .none:
            break
        case .resolve:
            events.append(.statusChanged(status, reason: reason))
            events.append(.serverAddressNeeded)
        case .solicitPrimary, .solicitSecondary:
            events.append(.statusChanged(status, reason: reason))
            beginPhase(action, now: now)
        case .qualify(let qualified):
            qualify(qualified, reason: reason, now: now)
        case .goOffline:
            goOffline(reason: reason, now: now)
        }
    }

    /// Sends the first solicitation of a phase, but never within 4 s of one that is still unanswered by the same
    /// server (SEC-39).
    private mutating func beginPhase(_ action: QualificationStateMachine.Action, now: ProtocolInstant) {
        if case .solicitPrimary = action, let lastUnanswered,
            now - lastUnanswered < RFC4380.solicitationTimeout
        {
            pendingStart = action
            startDeadline = lastUnanswered + RFC4380.solicitationTimeout
            return
        }
        switch action {
        case .solicitPrimary(let coneBit):
            guard let server else { return }
            solicit(server.primary, coneBit: coneBit, now: now)
        case .solicitSecondary:
            guard let secondary = server?.secondary else { return }
            solicit(secondary, coneBit: false, now: now)
        case .none, .resolve, .qualify, .goOffline:
            break
        }
    }

    private mutating func solicit(
        _ server: IPv4Address,
        coneBit: Bool,
        after previous: Solicitation? = nil,
        checkSpacing: Duration? = nil,
        now: ProtocolInstant
    ) {
        // SEC-03: 64 fresh random bits for each solicitation, to whichever server.
        let nonce = generator.next()
        let attempts = (previous?.attempts ?? 0) + 1
        var next = Solicitation(server: server, coneBit: coneBit, nonce: nonce, sentAt: now, attempts: attempts)
        if let previous { next.follow(previous) }
        if let checkSpacing {
            next.isCheck = true
            next.timeout = checkSpacing
        }
        solicitation = next
        lastUnanswered = now
        outbox.send(
            solicitationDatagram(nonce: nonce, coneBit: coneBit),
            to: UDPEndpoint(server, TeredoConstants.udpPort)
        )
        counters.solicitations &+= 1
    }

    /// How this client solicits and judges the answers.
    var exchange: SolicitationExchange {
        SolicitationExchange(
            linkLocalIdentifier: configuration.linkLocalIdentifier,
            secret: configuration.secret,
            authenticator: authenticator,
            filter: filter
        )
    }

    /// The datagram of a solicitation.
    func solicitationDatagram(nonce: UInt64, coneBit: Bool) -> [UInt8] {
        exchange.solicitation(nonce: nonce, coneBit: coneBit)
    }

    func linkLocal(coneBit: Bool) -> IPv6Address { exchange.linkLocal(coneBit: coneBit) }

    /// Judges a router advertisement (rules R0 and V11, AP section 7) and acts on it.
    mutating func handleAdvertisement(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        guard source.port == TeredoConstants.udpPort else { return drop(.unexpectedAdvertisement) }
        if let verdict = handleStandbyAdvertisement(datagram, in: bytes, from: source, now: now) { return verdict }
        guard let solicitation else { return drop(.unexpectedAdvertisement) }
        // In the cone phase an answer from the address that was asked proves nothing.
        guard (source.address == solicitation.server) != solicitation.coneBit else {
            return drop(.unexpectedAdvertisement)
        }
        let nonce = solicitation.nonce(of: datagram.authentication?.nonce(in: bytes))
        switch validate(datagram, in: bytes, nonce: nonce, coneBit: solicitation.coneBit) {
        case .failure(let rejection):
            return drop(rejection.reason)
        case .success(let answer):
            if source.address == server?.primary {
                recordServerAnswer(answer, sentAt: solicitation.sentAt, now: now)
            }
            accept(answer, from: source.address, now: now)
            return .consumed
        }
    }

    /// Checks an advertisement that answers the solicitation with `nonce`.
    func validate(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        nonce: UInt64,
        coneBit: Bool
    ) -> Result<SolicitationExchange.Answer, SolicitationExchange.Rejection> {
        exchange.validate(datagram, in: bytes, nonce: nonce, coneBit: coneBit, server: server?.primary)
    }

    mutating func accept(_ answer: SolicitationExchange.Answer, from source: IPv4Address, now: ProtocolInstant) {
        solicitation = nil
        lastUnanswered = nil
        counters.advertisements &+= 1
        if answer.confirmation != 0 { events.append(.keyReplacementAdvised) }
        setMTU(answer.advertisement.mtu ?? TeredoConstants.mtu)
        let endpoint = answer.mappedEndpoint
        let before = qualification.state
        if before == .restricted || before == .cone {
            isPortPreserving = endpoint.port == localEndpoint?.port
            secondaryMappedEndpoint = nil
        }
        if case .secondary = before { secondaryMappedEndpoint = endpoint }
        var reason = StateChangeReason.answered(by: source, mappedEndpoint: endpoint)
        switch before {
        case .qualified(let current) where current.mappedEndpoint != endpoint:
            reason = .mappingChanged(from: current.mappedEndpoint, to: endpoint)
            isPortPreserving = endpoint.port == localEndpoint?.port
            withdrawAddress(reason: reason)
        case .secondary(let first) where first != endpoint:
            reason =
                policy.rejectsSymmetricNAT
                ? .symmetricNATRefused(first, endpoint) : .symmetricNATDetected(first, endpoint)
        case .initial, .resolving, .cone, .restricted, .secondary, .qualified, .offline:
            break
        }
        let action = qualification.advertised(endpoint, policy, hasSecondary: server?.secondary != nil)
        carryOut(action, reason: reason, now: now)
        if case .qualified = qualification.state { recordInteraction(now: now) } else { refreshDeadline = nil }
    }

    mutating func setMTU(_ value: Int) {
        guard value != mtu else { return }
        mtu = value
        if address != nil { events.append(.mtuChanged(value)) }
    }

    private mutating func qualify(
        _ qualified: QualificationStateMachine.Qualified,
        reason: StateChangeReason,
        now: ProtocolInstant
    ) {
        guard let server else { return }
        backoff.reset()
        pool.recordQualification(succeeded: true)
        let address = stableAddress(server: server.primary, qualified)
        self.address = address
        ownAddress = address.ipv6
        events.append(.statusChanged(status, reason: reason))
        events.append(.addressAssigned(address, mtu: mtu))
        recordInteraction(now: now)
        scheduleStandbys(now: now)
        findTransitRelay(now: now)
        startDiscovery(now: now)
        startDetermination(now: now)
    }

    /// The address for a mapping: random flag bits are drawn once and kept while server and mapping stay (RFC 5991,
    /// SEC-21).
    private mutating func stableAddress(
        server: IPv4Address,
        _ qualified: QualificationStateMachine.Qualified
    ) -> TeredoAddress {
        if let known = flagMemory, known.server == server, known.mappedEndpoint == qualified.mappedEndpoint,
            known.flags.coneBit == qualified.coneBit
        {
            return known
        }
        let address = TeredoAddress(
            server: server,
            flags: randomFlags(coneBit: qualified.coneBit),
            mappedEndpoint: qualified.mappedEndpoint
        )
        flagMemory = address
        return address
    }

    private mutating func randomFlags(coneBit: Bool) -> TeredoFlags {
        TeredoFlags.random(coneBit: coneBit, using: &generator)
    }

    private mutating func goOffline(reason: StateChangeReason, now: ProtocolInstant) {
        withdrawAddress(reason: reason)
        solicitation = nil
        refreshDeadline = nil
        stopDetermination()
        pool.stopProbing()
        qualification.goOffline()
        pendingStart = .resolve
        startDeadline = reason == .networkLost ? nil : now + nextBackoff()
        events.append(.statusChanged(status, reason: reason))
    }

    private mutating func nextBackoff() -> Duration { backoff.next(using: &generator) }

    /// Withdraws the address, if there is one, and forgets the peers that knew it.
    mutating func withdrawAddress(reason: StateChangeReason) {
        discoveryDeadline = nil
        transitQuery = nil
        transitRelay = nil
        guard let address else { return }
        flushPeers()
        self.address = nil
        ownAddress = .unspecified
        events.append(.addressWithdrawn(address, reason: reason))
    }

    /// Notes that the server was heard of and draws the next refresh time (client.md section 3).
    mutating func recordInteraction(now: ProtocolInstant) {
        lastInteraction = now
        let percent = Int.random(in: RFC4380.refreshRandomization, using: &generator)
        refreshDeadline = now + solicitationInterval(now: now) * percent / 100
        solicitation = nil
        lastUnanswered = nil
    }

    mutating func handleStartTimeout(now: ProtocolInstant) {
        guard let deadline = startDeadline, deadline <= now else { return }
        startDeadline = nil
        let action = pendingStart
        pendingStart = .none
        if action == .resolve {
            carryOut(qualification.start(), reason: .backoffOver, now: now)
        } else {
            beginPhase(action, now: now)
        }
    }

    mutating func handleSolicitationTimeout(now: ProtocolInstant) {
        guard let pending = solicitation, pending.deadline <= now else { return }
        guard pending.isLast else {
            if pending.isCheck { askStandbys(now: now) }
            return solicit(pending.server, coneBit: pending.coneBit, after: pending, now: now)
        }
        guard !pending.isCheck else { return concludeCheck(pending, now: now) }
        if let current = pool.current { pool.recordFailure(of: current) }
        if case .secondary = qualification.state { pool.recordQualification(succeeded: false) }
        solicitation = nil
        let reason: StateChangeReason =
            qualification.state == .cone
            ? .noConeAnswer : .noAnswer(from: pending.server, solicitations: pending.attempts)
        carryOut(qualification.exhausted(policy), reason: reason, now: now)
    }

    /// Sends the periodic solicitation, with the cone bit that the client qualified with.
    mutating func handleRefreshTimeout(now: ProtocolInstant) {
        guard let deadline = refreshDeadline, deadline <= now,
            case .qualified(let qualified) = qualification.state, let server
        else { return }
        refreshDeadline = nil
        expirePeers(now: now)
        let spacing = checkSpacing(now: now)
        solicit(server.primary, coneBit: qualified.coneBit, checkSpacing: spacing, now: now)
    }
}
