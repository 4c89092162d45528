import DequeModule
package import TeredoProtocol
package import TeredoWire

/// Has a router forward a UDP port: PCP, then NAT-PMP, then UPnP; renews the mapping and removes it (UPNP-1).
///
/// Owns no socket and no clock. After each call drain ``pollTransmit()``, ``pollExchange()`` and ``pollEvent()``; wait for
/// input or until ``nextTimeout`` and call ``handleTimeout(now:)``. What it says is trusted by nobody: the endpoint
/// counts only when the Teredo server sees the same.
package struct PortMapper: Sendable {
    /// What happened.
    package enum Event: Hashable, Sendable {
        /// A mapping was made or renewed.
        case mapped(PortMapping)
        /// There is no mapping (any more), and why.
        case unmapped(String)
        /// The mapping was removed, or there was none: nothing is left to do.
        case removed
    }

    /// A datagram to send from the mapper's socket.
    package struct Transmit: Hashable, Sendable {
        /// The router, or the search group on the way to it.
        package let destination: UDPEndpoint
        /// The payload.
        package let bytes: [UInt8]
    }

    /// An exchange over TCP: connect, send, read to the end.
    package struct Exchange: Hashable, Sendable {
        /// What to give back with the answer.
        package let identifier: Int
        /// Address and TCP port.
        package let destination: UDPEndpoint
        /// The request.
        package let request: [UInt8]
    }

    enum Step: Hashable, Sendable {
        case idle
        case pcp(attempts: Int)
        case natPMP(attempts: Int)
        case searching(attempts: Int)
        case describing(HTTPLocation)
        case adding(GatewayService, lease: Int)
        case asking(GatewayService, lease: Int)
        case mapped(PortMapping, GatewayService?)
        case removing
        case unavailable
    }

    let gateway: IPv4Address
    let client: IPv4Address
    let port: UInt16
    let protocols: Set<MappingProtocol>
    let nonce: [UInt8]
    var step = Step.idle
    var deadline: ProtocolInstant?
    var natPMPAddress: IPv4Address?
    /// The mapping that is renewed.
    var current: PortMapping?
    private var exchanges = 0
    var transmits: Deque<Transmit> = []
    var pending: Deque<Exchange> = []
    var events: Deque<Event> = []

    /// The port of PCP and NAT-PMP on a router.
    package static let routerPort: UInt16 = 5351
    static let requestedLifetime: UInt32 = 7200
    static let renewalPause = Duration.seconds(600)
    static let retryPause = Duration.seconds(300)

    /// A mapper for UDP `port` of `client`, this host's address towards `gateway`.
    ///
    /// `generator` must be cryptographically secure outside tests: the nonce of PCP protects the mapping.
    package init(
        gateway: IPv4Address,
        client: IPv4Address,
        port: UInt16,
        protocols: Set<MappingProtocol> = Set(MappingProtocol.allCases),
        generator: inout some RandomNumberGenerator
    ) {
        self.gateway = gateway
        self.client = client
        self.port = port
        self.protocols = protocols
        nonce = (0..<12).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// The mapping in force.
    package var mapping: PortMapping? { current }

    /// Begins.
    package mutating func start(now: ProtocolInstant) {
        guard step == .idle || step == .unavailable else { return }
        begin(after: nil, because: "the router speaks neither PCP, NAT-PMP nor UPnP", now: now)
    }

    /// The next time at which ``handleTimeout(now:)`` has something to do.
    package var nextTimeout: ProtocolInstant? { deadline }

    /// The next datagram to send, or `nil`.
    package mutating func pollTransmit() -> Transmit? { transmits.popFirst() }

    /// The next exchange over TCP, or `nil`; there is never more than one under way.
    package mutating func pollExchange() -> Exchange? { pending.popFirst() }

    /// The next event, or `nil`.
    package mutating func pollEvent() -> Event? { events.popFirst() }

    /// Removes the mapping; `.removed` follows, after at most half a second.
    package mutating func remove(now: ProtocolInstant) {
        guard let mapping = current else {
            step = .removing
            return finishRemoval()
        }
        var service: GatewayService?
        if case .mapped(_, let known) = step { service = known }
        if case .adding(let known, _) = step { service = known }
        if case .asking(let known, _) = step { service = known }
        step = .removing
        deadline = now + .milliseconds(500)
        switch mapping.mappingProtocol {
        case .pcp: sendPCP(lifetime: 0)
        case .natPMP: send(NATPMPMessage.mappingRequest(internalPort: port, externalPort: 0, lifetime: 0))
        case .upnp:
            guard let service else { return finishRemoval() }
            exchange(service.control.host, service.request(.deleteMapping(external: mapping.external.port)))
        }
    }

    /// Does whatever is due at `now`.
    package mutating func handleTimeout(now: ProtocolInstant) {
        guard let due = deadline, due <= now else { return }
        deadline = nil
        switch step {
        case .idle: break
        case .pcp(let attempts): tryPCP(attempts: attempts + 1, now: now)
        case .natPMP(let attempts): tryNATPMP(attempts: attempts + 1, now: now)
        case .searching(let attempts): search(attempts: attempts + 1, now: now)
        case .describing, .adding, .asking: begin(after: .upnp, because: "the router did not answer", now: now)
        case .mapped(let mapping, let service): renew(mapping, service, now: now)
        case .removing: finishRemoval()
        case .unavailable: start(now: now)
        }
    }

    /// Goes on with the protocol after `failed`, or from the beginning.
    mutating func begin(after failed: MappingProtocol?, because reason: String, now: ProtocolInstant) {
        let rest = MappingProtocol.allCases.drop { $0 != failed }.dropFirst()
        let candidates = failed == nil ? MappingProtocol.allCases[...] : rest
        switch candidates.first(where: protocols.contains) {
        case .pcp: tryPCP(attempts: 0, now: now)
        case .natPMP: tryNATPMP(attempts: 0, now: now)
        case .upnp: search(attempts: 0, now: now)
        case nil:
            step = .unavailable
            deadline = now + Self.retryPause
            current = nil
            events.append(.unmapped(reason))
        }
    }

    mutating func finish(_ mapping: PortMapping, _ service: GatewayService?, now: ProtocolInstant) {
        step = .mapped(mapping, service)
        current = mapping
        // At half of the lifetime (RFC 6887 section 11.2.1, RFC 6886 section 3.3) or sooner, since a router that restarts
        // forgets its mappings.
        deadline = now + max(.seconds(10), min((mapping.lifetime ?? Self.renewalPause) / 2, Self.renewalPause))
        events.append(.mapped(mapping))
    }

    private mutating func renew(_ mapping: PortMapping, _ service: GatewayService?, now: ProtocolInstant) {
        switch mapping.mappingProtocol {
        case .pcp: tryPCP(attempts: 0, now: now)
        case .natPMP: tryNATPMP(attempts: 0, now: now)
        case .upnp:
            guard let service else { return search(attempts: 0, now: now) }
            add(service, lease: mapping.lifetime == nil ? 0 : Int(Self.requestedLifetime), now: now)
        }
    }

    mutating func finishRemoval() {
        deadline = nil
        current = nil
        events.append(.removed)
    }

    mutating func send(_ bytes: [UInt8]) {
        transmits.append(Transmit(destination: UDPEndpoint(gateway, Self.routerPort), bytes: bytes))
    }

    mutating func exchange(_ destination: UDPEndpoint, _ request: [UInt8]) {
        exchanges += 1
        pending.append(Exchange(identifier: exchanges, destination: destination, request: request))
    }

    /// Whether an answer belongs to the exchange that was asked for last.
    func isCurrent(_ identifier: Int) -> Bool { identifier == exchanges }
}
