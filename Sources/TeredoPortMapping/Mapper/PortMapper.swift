import DequeModule
public import TeredoWire

/// Has a router forward a UDP port by PCP, NAT-PMP or UPnP, whichever works; renews the mapping and removes it
/// (UPNP-1).
///
/// Owns no socket and no clock. After each call drain ``pollTransmit()``, ``pollExchange()`` and ``pollEvent()``; wait
/// for input or until ``nextTimeout`` and call ``handleTimeout(now:)``. What it says is trusted by nobody: the endpoint
/// counts only when the Teredo server sees the same, which ``observe(_:now:)`` tells the mapper.
public struct PortMapper: Sendable {
    /// What happened.
    public enum Event: Hashable, Sendable {
        /// A mapping was made or renewed.
        case mapped(PortMapping)
        /// There is no mapping (any more), and why.
        case unmapped(MappingFailure)
        /// The router forwards the port to somebody else: another one may be had.
        case portTaken
        /// The router forwards the port, but the server sees another one: another one may be forwarded as it is seen.
        case seenElsewhere
        /// The mapping was removed, or there was none: nothing is left to do.
        case removed
    }

    enum Phase: Hashable, Sendable {
        case idle
        case working
        /// Nothing was mapped; a late answer still counts.
        case waiting(retry: ProtocolInstant)
        case removed
    }

    let site: MappingSite
    let protocols: Set<MappingProtocol>
    /// How long the silence of a router is waited for before there is no mapping; later answers count all the same.
    let patience: Duration
    var phase = Phase.idle
    var pcp: PCPRequester
    var natPMP: NATPMPRequester
    var upnp: UPnPRequester
    var cleanup: MappingCleanup
    var round: MappingRound?
    /// The mapping that is renewed.
    var current: HeldMapping?
    /// When it is renewed.
    var renewal: ProtocolInstant?
    /// Other mappings of the port that were made, to be removed at the end.
    var others: [HeldMapping] = []
    var removal: MappingRemoval?
    /// Where the Teredo server sees the port.
    var observed: UDPEndpoint?
    var hasComplained = false
    var changePace = ChangePace()
    var outbox = MapperOutbox()
    var events: Deque<Event> = []

    /// A mapper for UDP `port` of `client`, this host's address towards `gateway`; it asks for the same port outside, for 2 h, and
    /// renews that (RFC 6081 section 5.3, RFC 6887 section 11.2, RFC 6886 section 3.3).
    ///
    /// There is no mapping when the router is silent for `patience` to every protocol; one that answers gets ten
    /// seconds for each request. `inherited` are the ``records`` of a mapper before, of a killed run too: what is left
    /// of them is removed. `generator` must be cryptographically secure outside tests: the nonce of PCP protects the
    /// mapping.
    public init(
        gateway: IPv4Address,
        client: IPv4Address,
        port: UInt16,
        protocols: Set<MappingProtocol> = Set(MappingProtocol.allCases),
        inherited: [MappingRecord] = [],
        patience: Duration = .seconds(4),
        generator: inout some RandomNumberGenerator
    ) {
        site = MappingSite(gateway: gateway, client: client, port: port)
        self.protocols = protocols
        self.patience = patience
        // A mapping of PCP is renewed by who knows its nonce (RFC 6887 section 11.3).
        let known = inherited.last {
            $0.mappingProtocol == .pcp && $0.gateway == gateway && $0.client == client && $0.internalPort == port
        }
        let nonce = known?.nonce ?? PCPNonce(using: &generator)
        pcp = PCPRequester(site: site, nonce: nonce, using: &generator)
        natPMP = NATPMPRequester(site: site)
        upnp = UPnPRequester(site: site, inherited: inherited)
        cleanup = MappingCleanup(site: site, inherited: inherited)
    }

    /// The mapping in force.
    public var mapping: PortMapping? { current?.mapping }

    /// Everything that may be left at a router when the process is killed now.
    public var records: [MappingRecord] {
        var records = cleanup.records + (current.map { [$0] + others } ?? others).map(record)
        if let (service, lease) = upnp.requested, current?.service != service {
            records.append(record(.upnp, service, isPermanent: lease == .permanent, externalPort: site.port))
        }
        return records
    }

    /// Begins; a second call does nothing.
    public mutating func start(now: ProtocolInstant) {
        guard phase == .idle else { return }
        cleanup.start(now: now, outbox: &outbox)
        begin(.search, now: now)
    }

    /// The next time at which ``handleTimeout(now:)`` has something to do.
    public var nextTimeout: ProtocolInstant? {
        if let removal { return removal.deadline }
        var next = ProtocolInstant.earlier(pcp.nextTimeout, natPMP.nextTimeout)
        next = .earlier(next, upnp.nextTimeout)
        next = .earlier(next, cleanup.nextTimeout)
        next = .earlier(next, round?.nextStart)
        next = .earlier(next, renewal)
        next = .earlier(next, current?.end)
        if case .waiting(let retry) = phase { next = .earlier(next, retry) }
        return phase == .removed ? nil : next
    }

    /// The next datagram to send, or `nil`.
    public mutating func pollTransmit() -> RouterDatagram? { outbox.takeTransmit() }

    /// The next exchange over TCP, or `nil`; each is over a connection of its own, beside those under way.
    public mutating func pollExchange() -> RouterExchange? { outbox.takeExchange() }

    /// The next event, or `nil` when there is none.
    public mutating func pollEvent() -> Event? { events.popFirst() }

    /// Judges a datagram that came in on the mapper's socket; one of more than 4096 octets, or of nobody who was asked, changes
    /// nothing.
    public mutating func handleDatagram(_ bytes: Span<UInt8>, from source: UDPEndpoint, now: ProtocolInstant) {
        guard bytes.count <= Self.datagramLimit, phase != .removed else { return }
        if source == site.router { return handleRouter(bytes, now: now) }
        guard source.port != MappingSite.routerPort else { return }
        let isSought = current == nil || round?.purpose != .renewal && round?.open.contains(.upnp) == true
        guard isSought, protocols.contains(.upnp), phase != .idle, removal == nil,
            let reference = SSDPMessage.location(in: bytes)
        else { return }
        upnp.handleLocation(reference, from: source.address, now: now, outbox: &outbox)
    }

    /// Judges the answer to the exchange with this identifier, whole or as far as it came; `nil` when the router could not be
    /// reached.
    ///
    /// An identifier that was not asked for, or was answered, changes nothing.
    public mutating func handleAnswer(_ bytes: [UInt8]?, to identifier: Int, now: ProtocolInstant) {
        if let mapping = removal?.exchanges.removeValue(forKey: identifier) {
            let isConfirmed = bytes.flatMap(HTTPAnswer.init) != nil
            return confirmRemoval(isConfirmed ? mapping : nil)
        }
        if cleanup.handleAnswer(bytes, to: identifier, now: now, outbox: &outbox) { return }
        guard phase != .removed, removal == nil else { return }
        upnp.handleAnswer(bytes, to: identifier, now: now, outbox: &outbox)
        collect(now: now)
    }

    /// Does whatever is due at `now`.
    public mutating func handleTimeout(now: ProtocolInstant) {
        if let removal {
            if removal.deadline <= now { finishRemoval() }
            return
        }
        guard phase != .removed else { return }
        cleanup.handleTimeout(now: now, outbox: &outbox)
        startDue(now: now)
        take(pcp.handleTimeout(now: now, outbox: &outbox), of: .pcp, now: now)
        take(natPMP.handleTimeout(now: now, outbox: &outbox), of: .natPMP, now: now)
        upnp.handleTimeout(now: now, outbox: &outbox)
        collect(now: now)
        if let end = current?.end, end <= now { expire(now: now) }
        if let renewal, renewal <= now { renew(now: now) }
        if case .waiting(let retry) = phase, retry <= now { begin(.search, now: now) }
    }

    private mutating func handleRouter(_ bytes: Span<UInt8>, now: ProtocolInstant) {
        if let map = PCPMap(response: bytes) {
            cleanup.handle(map)
            guard pcp.isConcerned(map) else { return }
            if removal != nil { return confirmRemoval(of: .pcp) }
            return take(pcp.handle(map), of: .pcp, now: now)
        }
        if let code = PCPMap.headerResult(bytes) {
            return take(pcp.handleRefusal(.refused(.pcp, code: Int(code))), of: .pcp, now: now)
        }
        guard let message = NATPMPMessage(response: bytes) else { return }
        cleanup.handle(message)
        if removal != nil {
            guard case .mapping(_, site.port, _, _) = message else { return }
            return confirmRemoval(of: .natPMP)
        }
        // Who knows no version 2 says so in version 0.
        if message == .unsupportedVersion, pcp.nextTimeout != nil {
            return take(pcp.handleRefusal(.unsupported(.pcp)), of: .pcp, now: now)
        }
        take(natPMP.handle(message, outbox: &outbox), of: .natPMP, now: now)
    }

    private static let datagramLimit = 4096
}
