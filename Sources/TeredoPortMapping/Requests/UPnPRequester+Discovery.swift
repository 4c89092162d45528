import TeredoWire

/// Finding services: search, descriptions, and where each service leads.
extension UPnPRequester {
    /// Searches three times, since datagrams get lost.
    mutating func search(now: ProtocolInstant, outbox: inout MapperOutbox) {
        for target in SSDPMessage.targets {
            let search = SSDPMessage.search(for: target)
            // Some routers hear the group only, some, with a firewall on the way, only themselves.
            outbox.send(search, to: SSDPMessage.group)
            outbox.send(search, to: UDPEndpoint(site.gateway, SSDPMessage.group.port))
        }
        searchDeadline = searches < Self.searchPauses.count ? now + Self.searchPauses[searches] : nil
        searches += 1
    }

    /// Takes the place that an answer to a search names, whenever it comes: some routers take seconds.
    ///
    /// Other devices answer too; their places are looked for on the gateway, and found there when they belong to a pair
    /// of routers of which one answers for the other.
    mutating func handleLocation(
        _ reference: String,
        from source: IPv4Address,
        now: ProtocolInstant,
        outbox: inout MapperOutbox
    ) {
        guard let place = HTTPLocation(url: reference, gateway: site.gateway), !places.contains(place),
            places.count < Self.placeLimit
        else { return }
        let isOwn = source == site.gateway
        guard isOwn || foreignPlaces < Self.foreignPlaceLimit else { return }
        if !isOwn { foreignPlaces += 1 }
        places.append(place)
        isActive = true
        isReported = false
        request(
            .get(place),
            .http11,
            for: .description(place, .http11, redirects: 0, isOwn: isOwn),
            now: now,
            outbox: &outbox
        )
    }

    mutating func handleDescription(
        _ answer: HTTPAnswer?,
        at place: HTTPLocation,
        _ version: HTTPRequest.Version,
        redirects: Int,
        isOwn: Bool,
        now: ProtocolInstant,
        outbox: inout MapperOutbox
    ) {
        guard let answer else {
            if isOwn { note(.unfinished(.upnp)) }
            return
        }
        if answer.status == Self.versionNotSupported, version == .http11 {
            let purpose = Purpose.description(place, .http10, redirects: redirects, isOwn: isOwn)
            return request(.get(place), .http10, for: purpose, now: now, outbox: &outbox)
        }
        if (300..<400).contains(answer.status), redirects < Self.redirectLimit,
            let next = answer.location.flatMap(place.resolve), next != place
        {
            let purpose = Purpose.description(next, version, redirects: redirects + 1, isOwn: isOwn)
            return request(.get(next), version, for: purpose, now: now, outbox: &outbox)
        }
        let services = answer.isSuccess ? DeviceDescription(answer.body, at: place).services : []
        if services.isEmpty, isOwn { note(.noService) }
        for service in services { add(service, now: now, outbox: &outbox) }
    }

    /// Adds a candidate and asks where it leads.
    mutating func add(_ service: GatewayService, now: ProtocolInstant, outbox: inout MapperOutbox) {
        let isKnown = candidates.contains { $0.service == service && !$0.isTried }
        guard candidates.count < Self.candidateLimit, !isKnown else { return }
        candidates.append(UPnPCandidate(service: service))
        askAddress(candidates.count - 1, now: now, outbox: &outbox)
    }

    mutating func askAddress(_ index: Int, now: ProtocolInstant, outbox: inout MapperOutbox) {
        let candidate = candidates[index]
        request(
            candidate.service.request(.externalAddress),
            candidate.version,
            for: .address(index),
            now: now,
            outbox: &outbox
        )
    }

    mutating func handleAddress(
        _ answer: HTTPAnswer?,
        of index: Int,
        now: ProtocolInstant,
        outbox: inout MapperOutbox
    ) {
        guard let answer else {
            candidates[index].external = .silent
            return conclude(index, .unfinished(.upnp))
        }
        if answer.status == Self.versionNotSupported, candidates[index].version == .http11 {
            candidates[index].version = .http10
            return askAddress(index, now: now, outbox: &outbox)
        }
        guard let address = GatewayAnswer(answer).externalAddress else {
            candidates[index].external = .unknown
            return conclude(index, .addressUnknown(.upnp))
        }
        candidates[index].external = .told(address)
        if attempt == index { askMapping(index, now: now, outbox: &outbox) }
    }

    /// Notes a failure unless one that tells more is known.
    mutating func note(_ failure: MappingFailure) { self.failure = failure.orBetter(self.failure) }

    /// Ends the attempt on a candidate, if it is the one that is being tried.
    mutating func conclude(_ index: Int, _ failure: MappingFailure) {
        note(failure)
        if attempt == index { attempt = nil }
    }

    static let versionNotSupported = 505
    private static let searchPauses: [Duration] = [.seconds(1), .milliseconds(1500)]
    private static let placeLimit = 8
    private static let foreignPlaceLimit = 4
    private static let candidateLimit = 16
    private static let redirectLimit = 2
}
