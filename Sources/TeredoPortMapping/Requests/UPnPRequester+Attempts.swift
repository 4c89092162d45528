import TeredoWire

/// Trying services one after the other.
extension UPnPRequester {
    mutating func handle(
        _ answer: HTTPAnswer?,
        for purpose: Purpose,
        now: ProtocolInstant,
        outbox: inout MapperOutbox
    ) {
        switch purpose {
        case .description(let place, let version, let redirects, let isOwn):
            handleDescription(
                answer,
                at: place,
                version,
                redirects: redirects,
                isOwn: isOwn,
                now: now,
                outbox: &outbox
            )
        case .address(let index): handleAddress(answer, of: index, now: now, outbox: &outbox)
        case .mapping(let index, let lease): handleMapping(answer, index, lease, now: now, outbox: &outbox)
        case .inspection(let index, let code): handleInspection(answer, index, code, now: now, outbox: &outbox)
        case .clearing(let index, let owner):
            guard let answer, case .success = GatewayAnswer(answer) else {
                return conclude(index, .portTaken(site.port, by: owner))
            }
            candidates[index].leases = MappingLease.allCases
            askMapping(index, now: now, outbox: &outbox)
        }
    }

    /// Tries the next candidate, or says that there is none.
    mutating func proceed(now: ProtocolInstant, outbox: inout MapperOutbox) {
        guard isActive, attempt == nil else { return }
        let settled = settling
        settling = nil
        let untried = candidates.indices.filter { !candidates[$0].isTried }
        let ranked = untried.compactMap { index in
            candidates[index].rank(observed: observed).map { (rank: $0, index: index) }
        }
        let isWaiting = pending.contains { request in
            switch request.purpose {
            case .description, .address: true
            case .mapping, .inspection, .clearing: false
            }
        }
        guard let best = ranked.min(by: { ($0.rank, $0.index) < ($1.rank, $1.index) }) else {
            guard !isWaiting, verdict == nil, !isReported else { return }
            isReported = true
            return report(.failed(failure ?? .silent))
        }
        if isWaiting, best.rank > 0 {
            // A better one may be about to answer; one that knows its address does not wait for long.
            guard best.rank == 1 else { return }
            let until = settled ?? now + Self.settlingTime
            if now < until {
                settling = until
                return
            }
        }
        begin(best.index, now: now, outbox: &outbox)
    }

    mutating func begin(_ index: Int, now: ProtocolInstant, outbox: inout MapperOutbox) {
        attempt = index
        candidates[index].isTried = true
        if case .told = candidates[index].external {
            askMapping(index, now: now, outbox: &outbox)
        } else {
            // The line may have come up.
            askAddress(index, now: now, outbox: &outbox)
        }
    }

    mutating func askMapping(_ index: Int, now: ProtocolInstant, outbox: inout MapperOutbox) {
        let candidate = candidates[index]
        guard let lease = candidate.leases.first else { return }
        let action = GatewayAction.addMapping(port: site.port, client: site.client, lease: lease)
        request(
            candidate.service.request(action),
            candidate.version,
            for: .mapping(index, lease),
            now: now,
            outbox: &outbox
        )
    }

    private mutating func handleMapping(
        _ answer: HTTPAnswer?,
        _ index: Int,
        _ lease: MappingLease,
        now: ProtocolInstant,
        outbox: inout MapperOutbox
    ) {
        guard let answer else {
            // It may have been made, or may yet be.
            _ = remove(from: candidates[index].service, outbox: &outbox)
            return conclude(index, .unfinished(.upnp))
        }
        guard case .refusal(let code) = GatewayAnswer(answer) else { return succeed(index, lease) }
        guard attempt == index else { return }
        if GatewayAnswer.conflicts.contains(code) { return inspect(index, code, now: now, outbox: &outbox) }
        candidates[index].leases.removeFirst()
        guard candidates[index].leases.isEmpty || GatewayAnswer.definite.contains(code) else {
            return askMapping(index, now: now, outbox: &outbox)
        }
        inspect(index, code, now: now, outbox: &outbox)
    }

    private mutating func succeed(_ index: Int, _ lease: MappingLease) {
        guard case .told(let address) = candidates[index].external else { return }
        attempt = nil
        candidates[index].leases = [lease]
        let mapping = PortMapping(
            mappingProtocol: .upnp,
            external: UDPEndpoint(address, site.port),
            internalPort: site.port,
            lifetime: lease.lifetime
        )
        isReported = true
        isActive = false
        report(.mapped(mapping, candidates[index].service))
    }

    /// Looks at who has the port, once: routers say by many codes that it is taken.
    private mutating func inspect(_ index: Int, _ code: Int, now: ProtocolInstant, outbox: inout MapperOutbox) {
        guard !candidates[index].isInspected else { return conclude(index, refusal(code, owner: nil)) }
        candidates[index].isInspected = true
        request(
            candidates[index].service.request(.specificEntry(external: site.port)),
            candidates[index].version,
            for: .inspection(index, code: code),
            now: now,
            outbox: &outbox
        )
    }

    private mutating func handleInspection(
        _ answer: HTTPAnswer?,
        _ index: Int,
        _ code: Int,
        now: ProtocolInstant,
        outbox: inout MapperOutbox
    ) {
        let found = answer.map(GatewayAnswer.init)
        let isEmpty = found == .refusal(code: GatewayAnswer.noSuchEntry)
        let owner = found?.internalClient
        // An own old mapping makes room; the one of somebody else stays, and so does one that may be somebody else's.
        let isOwn = inherited.contains {
            $0.gateway == site.gateway && $0.externalPort == site.port && (owner == nil || $0.client == owner)
        }
        let isConflict = GatewayAnswer.conflicts.contains(code)
        guard isOwn, !isEmpty, isConflict || owner != nil else { return conclude(index, refusal(code, owner: owner)) }
        request(
            candidates[index].service.request(.deleteMapping(external: site.port)),
            candidates[index].version,
            for: .clearing(index, owner: owner),
            now: now,
            outbox: &outbox
        )
    }

    /// What a refusal means when the port is forwarded to `owner`.
    private func refusal(_ code: Int, owner: IPv4Address?) -> MappingFailure {
        let isTaken = GatewayAnswer.conflicts.contains(code) || owner.map { $0 != site.client } ?? false
        return isTaken ? .portTaken(site.port, by: owner) : .refused(.upnp, code: code)
    }

    private static let settlingTime = Duration.seconds(1)
}
