import DequeModule
public import TeredoWire

/// Getting a mapping and keeping it.
extension PortMapper {
    /// Tells the mapper where the Teredo server sees the port; `nil` when it does not see it.
    ///
    /// That decides between several ways, and whether a mapping works.
    public mutating func observe(_ endpoint: UDPEndpoint?, now: ProtocolInstant) {
        guard endpoint != observed, phase != .removed, removal == nil else { return }
        observed = endpoint
        upnp.observed = endpoint?.address
        if let current, current.mapping.mappingProtocol == .upnp, round == nil, let endpoint,
            endpoint.address != current.mapping.external.address
        {
            _ = upnp.tryObserved(now: now, outbox: &outbox)
        }
        complainIfSeenElsewhere()
    }

    mutating func begin(_ purpose: MappingRound.Purpose, now: ProtocolInstant) {
        phase = .working
        round = MappingRound(purpose, protocols, now: now)
        startDue(now: now)
    }

    mutating func startDue(now: ProtocolInstant) {
        while let mappingProtocol = round?.takeStart(now: now) {
            switch mappingProtocol {
            case .pcp: pcp.start(now: now, patience: patience, outbox: &outbox)
            case .natPMP: natPMP.start(now: now, patience: patience, outbox: &outbox)
            case .upnp: upnp.start(now: now, patience: patience, outbox: &outbox)
            }
        }
    }

    /// Asks for the mapping in force once more, by the way it was made.
    mutating func renew(now: ProtocolInstant) {
        renewal = nil
        guard let current else { return }
        guard round == nil else {
            renewal = now + Self.restorationPause
            return
        }
        let mappingProtocol = current.mapping.mappingProtocol
        guard mappingProtocol == .upnp, let service = current.service else {
            round = MappingRound(.renewal, [mappingProtocol], now: now)
            return startDue(now: now)
        }
        var renewing = MappingRound(.renewal, [.upnp], now: now)
        _ = renewing.takeStart(now: now)
        round = renewing
        let lease: MappingLease = current.mapping.lifetime == nil ? .permanent : .timed
        upnp.renew(service, lease: lease, now: now, outbox: &outbox)
    }

    /// The router did not renew the mapping in its time.
    mutating func expire(now: ProtocolInstant) {
        if let current { keep(current) }
        current = nil
        renewal = nil
        let failure = round?.failure ?? .silent
        events.append(.unmapped(failure))
        if round == nil || round?.purpose == .renewal { begin(.search, now: now) }
    }

    /// Takes what UPnP made.
    mutating func collect(now: ProtocolInstant) {
        while let outcome = upnp.takeOutcome() { take(outcome, of: .upnp, now: now) }
    }

    mutating func take(_ outcome: MappingOutcome?, of mappingProtocol: MappingProtocol, now: ProtocolInstant) {
        switch outcome {
        case nil: return
        case .mapped(let mapping, let service):
            let made = HeldMapping(mapping: mapping, service: service, since: now)
            // A mapping that is confirmed costs nobody anything; each other one is told, written down and tried.
            if current?.mapping.external == mapping.external || changePace.take(now: now) {
                return adopt(made, now: now)
            }
            if service != nil { keep(made) }
            note(.unsettled(mappingProtocol), of: mappingProtocol, now: now)
        case .failed(let failure): note(failure, of: mappingProtocol, now: now)
        }
    }

    private mutating func note(_ failure: MappingFailure, of mappingProtocol: MappingProtocol, now: ProtocolInstant) {
        round?.note(failure, of: mappingProtocol, now: now)
        startDue(now: now)
        if let round, round.open.isEmpty { end(round, now: now) }
    }

    private mutating func adopt(_ made: HeldMapping, now: ProtocolInstant) {
        let mapping = made.mapping
        cleanup.handleMapping(mapping, by: made.service, now: now, outbox: &outbox)
        if let current, !current.isSame(as: made), !isBetter(made, than: current) {
            // It came late, by a way that was given up.
            guard mapping.external == current.mapping.external else { return discard(made, now: now) }
            return keep(made)
        }
        others.removeAll { $0.isSame(as: made) }
        let former = current.flatMap { $0.isSame(as: made) ? nil : $0 }
        current = made
        phase = .working
        renewal = made.renewal
        events.append(.mapped(mapping))
        if let former {
            if former.mapping.external == mapping.external { keep(former) } else { discard(former, now: now) }
        }
        round?.noteSuccess(of: mapping.mappingProtocol)
        guard let round else {
            stopAsking()
            return complainIfSeenElsewhere()
        }
        if round.open.isEmpty || !isDoubtful(mapping) { end(round, now: now) }
    }

    /// Keeps in mind what is to be removed at the end; a router that restarts often has its service in many places.
    private mutating func keep(_ held: HeldMapping) {
        others.removeAll { $0.isSame(as: held) }
        others = others.suffix(Self.othersLimit - 1) + [held]
    }

    /// Whether a mapping by another way than the one in force takes its place.
    private func isBetter(_ made: HeldMapping, than current: HeldMapping) -> Bool {
        if round?.purpose == .rescue, round?.hasSucceeded == false { return true }
        return merit(of: made.mapping.external) > merit(of: current.mapping.external)
    }

    /// How useful an external endpoint is: best the one that the server sees, then one at the address that it sees,
    /// then one with the port that this host uses.
    private func merit(of external: UDPEndpoint) -> Int {
        (external == observed ? 4 : 0) + (external.address == observed?.address ? 2 : 0)
            + (external.port == site.port ? 1 : 0)
    }

    /// Whether another way may lead to a better mapping: when the port is another one outside, or the server sees
    /// another address; not when that is because the router is the inner one of two.
    private func isDoubtful(_ mapping: PortMapping) -> Bool {
        if mapping.external == observed { return false }
        if mapping.external.port != site.port { return true }
        guard let observed, observed.address != mapping.external.address else { return false }
        return GlobalUnicastFilter().isGlobalUnicast(mapping.external.address)
    }

    private mutating func end(_ ended: MappingRound, now: ProtocolInstant) {
        round = nil
        guard let current else {
            // PCP goes on asking (RFC 6887 section 8.1.1), and whatever comes late is taken.
            phase = .waiting(retry: now + Self.retryPause)
            let failure = ended.failure ?? .silent
            events.append(.unmapped(failure))
            if case .portTaken = failure, !hasComplained {
                hasComplained = true
                events.append(.portTaken)
            }
            return
        }
        let isKept = ended.hasSucceeded || ended.purpose == .search
        if !isKept, ended.purpose == .renewal { return begin(.rescue, now: now) }
        if !isKept { renewal = current.nextTry(now: now) }
        stopAsking()
        complainIfSeenElsewhere()
    }

    private mutating func stopAsking() {
        pcp.stop()
        natPMP.stop()
        upnp.stop()
    }

    /// Removes a mapping that is not used.
    ///
    /// With some routers that removes the one in force too, which is then made again.
    private mutating func discard(_ mapping: HeldMapping, now: ProtocolInstant) {
        switch mapping.mapping.mappingProtocol {
        case .pcp: pcp.remove(outbox: &outbox)
        case .natPMP: natPMP.remove(outbox: &outbox)
        case .upnp: if let service = mapping.service { _ = upnp.remove(from: service, outbox: &outbox) }
        }
        if let current, current.mapping.internalPort == mapping.mapping.internalPort {
            renewal = .earlier(renewal, now + Self.restorationPause)
        }
    }

    /// Says once that the port that is forwarded is not the one that is seen.
    private mutating func complainIfSeenElsewhere() {
        guard !hasComplained, round == nil, let external = mapping?.external, let observed, observed != external,
            observed.address == external.address
        else { return }
        hasComplained = true
        events.append(.seenElsewhere)
    }

    private static let retryPause = Duration.seconds(300)
    private static let restorationPause = Duration.seconds(2)
    private static let othersLimit = 8
}
