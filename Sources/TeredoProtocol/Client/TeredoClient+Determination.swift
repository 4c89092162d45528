import TeredoWire

/// How the client carries out the refresh interval determination (client.md section 6).
extension TeredoClient {
    /// Tells the client that the secondary port is open, after `.secondaryPortNeeded`.
    public mutating func secondaryPortOpened(now: ProtocolInstant) {
        guard determination.step == .opening else { return }
        solicitFromSecondaryPort(attempts: 1, now: now)
    }

    mutating func startDetermination(now: ProtocolInstant) {
        guard configuration.determinesRefreshInterval, determination.step == .idle else { return }
        determination.start(interval: refreshInterval)
        events.append(.secondaryPortNeeded)
    }

    mutating func stopDetermination() {
        guard determination.step != .idle else { return }
        determination.step = .idle
        events.append(.secondaryPortDone)
    }

    private mutating func solicitFromSecondaryPort(attempts: Int, now: ProtocolInstant) {
        guard let server else { return }
        let nonce = generator.next()
        determination.step = .qualifying(
            Solicitation(server: server.primary, coneBit: false, nonce: nonce, sentAt: now, attempts: attempts)
        )
        outbox.send(
            solicitationDatagram(nonce: nonce, coneBit: false),
            to: UDPEndpoint(server.primary, TeredoConstants.udpPort),
            from: .secondary
        )
        counters.solicitations &+= 1
    }

    mutating func handleSecondaryDatagram(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        guard let server, source == UDPEndpoint(server.primary, TeredoConstants.udpPort) else {
            return drop(.foreignDestination)
        }
        switch determination.step {
        case .qualifying(let solicitation):
            guard datagram.authentication != nil else { return drop(.authenticationFailed) }
            switch validate(datagram, in: bytes, nonce: solicitation.nonce, coneBit: false) {
            case .failure(let rejection): return drop(rejection.reason)
            case .success(let answer):
                counters.advertisements &+= 1
                determination.secondaryAddress = TeredoAddress(
                    server: server.primary,
                    flags: TeredoFlags.random(coneBit: false, using: &generator),
                    mappedEndpoint: answer.mappedEndpoint
                )
                determination.step = .waiting(until: now + determination.candidate)
                return .consumed
            }
        case .probing:
            guard datagram.header.isBubble, datagram.header.source == ownAddress,
                datagram.header.destination == determination.secondaryAddress?.ipv6
            else { return drop(.foreignDestination) }
            conclude(determination.succeeded(), now: now)
            return .consumed
        case .idle, .opening, .waiting:
            return drop(.foreignDestination)
        }
    }

    mutating func handleDeterminationTimeout(now: ProtocolInstant) {
        guard let deadline = determination.deadline, deadline <= now else { return }
        switch determination.step {
        case .idle, .opening:
            break
        case .qualifying(let solicitation) where solicitation.isLast:
            stopDetermination()
        case .qualifying(let solicitation):
            solicitFromSecondaryPort(attempts: solicitation.attempts + 1, now: now)
        case .waiting:
            probe(attempts: 1, now: now)
        case .probing(let attempts, _) where attempts < RFC4380.attemptLimit:
            probe(attempts: attempts + 1, now: now)
        case .probing:
            conclude(determination.failed(interval: refreshInterval), now: now)
        }
    }

    /// Sends a bubble to the secondary address through the own server: the mapping towards the server is what counts.
    private mutating func probe(attempts: Int, now: ProtocolInstant) {
        guard let server, let secondaryAddress = determination.secondaryAddress else { return stopDetermination() }
        sendBubble(
            from: ownAddress,
            to: secondaryAddress.ipv6,
            at: UDPEndpoint(server.primary, TeredoConstants.udpPort)
        )
        determination.step = .probing(attempts: attempts, deadline: now + RFC4380.retryInterval)
    }

    private mutating func conclude(_ outcome: RefreshIntervalDetermination.Outcome, now: ProtocolInstant) {
        let interval: Duration
        switch outcome {
        case .proceed(let value):
            interval = value
            solicitFromSecondaryPort(attempts: 1, now: now)
        case .concluded(let value):
            interval = value
            stopDetermination()
        }
        guard interval != refreshInterval else { return }
        refreshInterval = interval
        events.append(.refreshIntervalChanged(interval))
        recordInteraction(now: now)
    }
}
