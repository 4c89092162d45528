import TeredoWire

/// What a diagnosis sends and takes in.
extension NATDiagnosis {
    mutating func sendSolicitations(now: ProtocolInstant) {
        for index in probes.indices {
            guard let deadline = probes[index].deadline, deadline <= now else { continue }
            guard !probes[index].isExhausted else {
                if probes[index].port != .filtering || probes[index].isAfterStray { giveUp(index) }
                continue
            }
            if let nextSolicitation, nextSolicitation > now { continue }
            solicit(index, now: now)
        }
    }

    private mutating func solicit(_ index: Int, now: ProtocolInstant) {
        // SEC-03: 64 fresh random bits for each solicitation.
        let nonce = generator.next()
        let probe = probes[index]
        probes[index].recordAttempt(nonce: nonce, now: now)
        // The secondary address is as near as the primary one: having heard of that, 1 s is enough.
        if probes[index].isExhausted, probe.server != configuration.server.primary, let roundTrip {
            probes[index].deadline = now + max(.seconds(1), roundTrip * 3)
        }
        lastSolicitation = now
        send(
            exchange.solicitation(nonce: nonce, coneBit: probe.coneBit),
            to: UDPEndpoint(probe.server, TeredoConstants.udpPort),
            from: probe.port
        )
    }

    mutating func giveUp(_ index: Int) {
        probes[index].giveUp()
        if case .lifetime(let number) = probes[index].port { lifetime?.abandon(Int(number)) }
        guard probes[index].port == .main, probes[index].server == configuration.server.primary else { return }
        // Without a mapping of the main port nobody can be asked to send to the idle ones.
        for other in probes.indices where !probes[other].isOver {
            if case .lifetime = probes[other].port { giveUp(other) }
        }
    }

    /// When the filtering probe counts as not answered.
    func filteringDeadline(_ probe: Probe) -> ProtocolInstant? {
        guard let last = probe.attempts.last else { return nil }
        guard let roundTrip else { return last.time + Self.filteringPatience }
        return last.time + max(Self.filteringPauses[1], roundTrip * 2)
    }

    /// Ends the filtering probe in time, and asks the secondary address after it.
    mutating func concludeFiltering(now: ProtocolInstant) {
        if let index = probes.firstIndex(where: { $0.port == .filtering && $0.coneBit }) {
            let probe = probes[index]
            if probe.isExhausted, !probe.isOver, let deadline = filteringDeadline(probe), deadline <= now {
                probes[index].giveUp()
            }
            guard probes[index].isOver else { return }
            askAfterStray(isStray: probes[index].isGivenUp, now: now)
        }
        guard let secondary = configuration.server.secondary,
            let index = probes.firstIndex(where: { $0.port == .main && $0.server == secondary })
        else { return }
        probes[index].begin(at: now)
    }

    /// Has both addresses tell where they see the port that the secondary address sent to in vain: a box that remembers
    /// that datagram shows another port to it now (docs/nat-matrix.md, +M).
    private mutating func askAfterStray(isStray: Bool, now: ProtocolInstant) {
        for index in probes.indices where probes[index].isAfterStray && probes[index].isIdle {
            if isStray, roundTrip != nil { probes[index].begin(at: now) } else { probes[index].giveUp() }
        }
    }

    /// The longest round trip to the primary address so far.
    var roundTrip: Duration? {
        probes.filter { !$0.coneBit && $0.server == configuration.server.primary }.compactMap(\.roundTrip).max()
    }

    mutating func send(_ bytes: [UInt8], to destination: UDPEndpoint, from port: ProbePort) {
        outbox.append((ProbeTransmit(destination: destination, port: port, count: bytes.count), bytes))
    }

    // MARK: Reception

    mutating func accept(
        _ bytes: Span<UInt8>,
        from source: UDPEndpoint,
        on port: ProbePort,
        now: ProtocolInstant
    ) -> Bool {
        guard startTime != nil, let datagram = try? TeredoDatagram(validating: bytes) else { return false }
        let isFromServer =
            source.port == TeredoConstants.udpPort
            && (source.address == configuration.server.primary || source.address == configuration.server.secondary)
        if datagram.authentication != nil, isFromServer {
            return acceptAdvertisement(datagram, in: bytes, from: source.address, on: port, now: now)
        }
        guard datagram.header.nextHeader == IPv6Header.NextHeader.none, datagram.header.payloadLength == 0 else {
            return false
        }
        if case .lifetime(let number) = port {
            return isFromServer && lifetime?.accept(datagram.header.source, on: Int(number)) ?? false
        }
        return hairpin?.accept(datagram.header, from: source, on: port) ?? false
    }

    private mutating func acceptAdvertisement(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: IPv4Address,
        on port: ProbePort,
        now: ProtocolInstant
    ) -> Bool {
        for index in probes.indices where probes[index].port == port && probes[index].answerer == source {
            // Behind a question to the secondary address its answer says nothing about the filter.
            let isTooLate = probes[index].coneBit && probes[index].isGivenUp
            guard !probes[index].isAnswered, !isTooLate else { continue }
            for attempt in probes[index].attempts where datagram.authentication?.nonce(in: bytes) == attempt.nonce {
                let verdict = exchange.validate(
                    datagram,
                    in: bytes,
                    nonce: attempt.nonce,
                    coneBit: probes[index].coneBit,
                    server: configuration.server.primary,
                    orOneOf: probes[index].server == source && !probes[index].coneBit ? [source] : []
                )
                switch verdict {
                case .failure(let rejection):
                    lastRejection = rejection.reason
                    return false
                case .success(let answer):
                    if answer.advertisement.server != configuration.server.primary { isSecondaryIndependent = true }
                    probes[index].recordAnswer(answer.mappedEndpoint, to: attempt, now: now)
                    if case .lifetime(let number) = port { lifetime?.begin(Int(number), at: now) }
                    return true
                }
            }
        }
        return false
    }

    // MARK: Tests between ports

    mutating func runHairpinTest(now: ProtocolInstant) {
        if hairpin == nil, let main = mappedEndpoint(of: .main), let other = mappedEndpoint(of: .hairpin),
            main != localEndpoints[.main]
        {
            hairpin = HairpinTest(main: main, other: other, using: &generator)
        } else {
            guard let deadline = hairpin?.deadline, deadline <= now else { return }
        }
        for (port, destination, bubble) in hairpin?.nextRound(now: now) ?? [] {
            send([UInt8](capacity: TeredoBubble.length) { bubble.encode(into: &$0) }, to: destination, from: port)
        }
    }

    /// Asks the server, in a bubble from the main port, to send to ports that have been idle (server rule S7c).
    mutating func runLifetimeTest(now: ProtocolInstant) {
        for index in lifetime?.due(now: now) ?? [] {
            guard let endpoint = mappedEndpoint(of: .lifetime(UInt8(index))), let lifetime else { continue }
            let bubble = TeredoBubble(
                source: lifetime.trials[index].identity,
                destination: TeredoAddress(
                    server: configuration.server.primary,
                    flags: TeredoFlags(rawValue: 0),
                    mappedEndpoint: endpoint
                ).ipv6
            )
            send(
                [UInt8](capacity: TeredoBubble.length) { bubble.encode(into: &$0) },
                to: UDPEndpoint(configuration.server.primary, TeredoConstants.udpPort),
                from: .main
            )
        }
    }

    /// The endpoint of a port as the primary address sees it.
    func mappedEndpoint(of port: ProbePort) -> UDPEndpoint? {
        probes.first { $0.port == port && $0.server == configuration.server.primary }?.mappedEndpoint
    }
}
