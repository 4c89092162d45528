import DequeModule
import TeredoWire

/// Has a router map a port by UPnP (RFC 6081 section 5.3.2): gathers all services of all descriptions that are found,
/// asks each where it leads, and tries one after the other with each form of lease.
///
/// A request gets ten seconds; what was made by one that took longer is deleted.
struct UPnPRequester: Sendable {
    /// What an answer is for.
    enum Purpose: Hashable, Sendable {
        /// The description of a device.
        case description(HTTPLocation, HTTPRequest.Version, redirects: Int, isOwn: Bool)
        /// The external address of a candidate.
        case address(Int)
        /// The mapping of a candidate.
        case mapping(Int, MappingLease)
        /// The entry that is in the way of a candidate's mapping, with the code of the refusal.
        case inspection(Int, code: Int)
        /// The deletion of that entry.
        case clearing(Int, owner: IPv4Address?)
    }

    /// A request under way.
    struct Pending: Hashable, Sendable {
        let identifier: Int
        let deadline: ProtocolInstant
        let purpose: Purpose
    }

    let site: MappingSite
    /// Mappings of former runs and addresses of this host, which may be in the way.
    let inherited: [MappingRecord]
    /// The address at which the outside sees this host, when that is known.
    var observed: IPv4Address?
    var places: [HTTPLocation] = []
    var foreignPlaces = 0
    var candidates: [UPnPCandidate] = []
    var pending: [Pending] = []
    /// The candidate that is being tried.
    var attempt: Int?
    /// Whether mappings are wanted; otherwise only what was asked for is followed to its end.
    var isActive = false
    var isReported = false
    var failure: MappingFailure?
    var searches = 0
    var searchDeadline: ProtocolInstant?
    /// Until when other answers are waited for before a failure is one.
    var verdict: ProtocolInstant?
    /// Until when candidates that may be better are waited for.
    var settling: ProtocolInstant?
    private var outcomes: Deque<MappingOutcome> = []

    init(site: MappingSite, inherited: [MappingRecord]) {
        self.site = site
        self.inherited = inherited
    }

    var nextTimeout: ProtocolInstant? {
        var next = ProtocolInstant.earlier(searchDeadline, verdict)
        if isActive, attempt == nil { next = .earlier(next, settling) }
        for request in pending { next = .earlier(next, request.deadline) }
        return next
    }

    /// What came of it, once for each mapping or failure.
    mutating func takeOutcome() -> MappingOutcome? { outcomes.popFirst() }

    /// The service that is being asked for a mapping with this lease.
    var requested: (service: GatewayService, lease: MappingLease)? {
        for request in pending {
            if case .mapping(let index, let lease) = request.purpose { return (candidates[index].service, lease) }
        }
        return nil
    }

    /// Searches and tries everything anew; silence is a failure after `patience`.
    mutating func start(now: ProtocolInstant, patience: Duration, outbox: inout MapperOutbox) {
        reset()
        searches = 0
        verdict = now + patience
        search(now: now, outbox: &outbox)
    }

    /// Asks a service again for a mapping that it made, first with the same form of lease.
    mutating func renew(
        _ service: GatewayService,
        lease: MappingLease,
        now: ProtocolInstant,
        outbox: inout MapperOutbox
    ) {
        reset()
        add(service, now: now, outbox: &outbox)
        guard let index = candidates.indices.last, !candidates[index].isTried else { return }
        candidates[index].leases = [lease] + MappingLease.allCases.filter { $0 != lease }
    }

    /// Asks for nothing more; a mapping that was asked for may still come.
    mutating func stop() {
        isActive = false
        attempt = nil
        searchDeadline = nil
        verdict = nil
        pending.removeAll { if case .mapping = $0.purpose { false } else { true } }
    }

    /// Whether a service that was not tried leads to where the outside sees this host; it is tried then.
    mutating func tryObserved(now: ProtocolInstant, outbox: inout MapperOutbox) -> Bool {
        let index = candidates.firstIndex { !$0.isTried && $0.rank(observed: observed) == 0 }
        guard let index, attempt == nil else { return false }
        isActive = true
        isReported = false
        begin(index, now: now, outbox: &outbox)
        return true
    }

    /// Has a service forget the port.
    func remove(from service: GatewayService, outbox: inout MapperOutbox) -> Int {
        let version = candidates.first { $0.service == service }?.version ?? .http11
        return outbox.exchange(service.request(.deleteMapping(external: site.port)), version)
    }

    mutating func handleTimeout(now: ProtocolInstant, outbox: inout MapperOutbox) {
        if let searchDeadline, searchDeadline <= now { search(now: now, outbox: &outbox) }
        for request in pending where request.deadline <= now {
            pending.removeAll { $0.identifier == request.identifier }
            handle(nil, for: request.purpose, now: now, outbox: &outbox)
        }
        if let verdict, verdict <= now { self.verdict = nil }
        proceed(now: now, outbox: &outbox)
    }

    /// Judges the answer to a request, `nil` when the router could not be reached; other answers change nothing.
    mutating func handleAnswer(
        _ octets: [UInt8]?,
        to identifier: Int,
        now: ProtocolInstant,
        outbox: inout MapperOutbox
    ) {
        guard let index = pending.firstIndex(where: { $0.identifier == identifier }) else { return }
        let purpose = pending.remove(at: index).purpose
        handle(octets.flatMap(HTTPAnswer.init), for: purpose, now: now, outbox: &outbox)
        proceed(now: now, outbox: &outbox)
    }

    mutating func request(
        _ request: HTTPRequest,
        _ version: HTTPRequest.Version,
        for purpose: Purpose,
        now: ProtocolInstant,
        outbox: inout MapperOutbox
    ) {
        let identifier = outbox.exchange(request, version)
        pending.append(Pending(identifier: identifier, deadline: now + Self.requestTime, purpose: purpose))
    }

    mutating func report(_ outcome: MappingOutcome) { outcomes.append(outcome) }

    private mutating func reset() {
        stop()
        // Mappings that were asked for are known by the index of their candidates.
        if pending.isEmpty { candidates = [] }
        for index in candidates.indices { candidates[index].isTried = true }
        places = []
        foreignPlaces = 0
        isActive = true
        isReported = false
        failure = nil
        settling = nil
    }

    /// How long an answer is waited for: an exchange ends by itself after ten seconds, with what there is of the
    /// answer.
    static let requestTime = Duration.seconds(11)
}
