import TeredoWire

/// Asks a router for a mapping by PCP (RFC 6887), and goes on asking as section 8.1.1 says.
struct PCPRequester: Sendable {
    /// The nonce of the mapping.
    let nonce: PCPNonce
    private let site: MappingSite
    /// Thousandths to add to each pause, -100 to 100 (RAND of RFC 6887 section 8.1.1).
    private let jitter: [Int]
    private var attempts = 0
    private var deadline: ProtocolInstant?
    /// When silence is called silence; a late answer still counts.
    private var verdict: ProtocolInstant?

    init(site: MappingSite, nonce: PCPNonce, using generator: inout some RandomNumberGenerator) {
        self.site = site
        self.nonce = nonce
        jitter = (0..<8).map { _ in Int.random(in: -100...100, using: &generator) }
    }

    var nextTimeout: ProtocolInstant? { .earlier(deadline, verdict) }

    /// Asks, and gives up after `patience`, which is when ``handleTimeout(now:outbox:)`` says so.
    mutating func start(now: ProtocolInstant, patience: Duration, outbox: inout MapperOutbox) {
        attempts = 0
        verdict = now + patience
        request(now: now, outbox: &outbox)
    }

    /// Asks no more.
    mutating func stop() {
        deadline = nil
        verdict = nil
    }

    /// Has the router forget the mapping.
    func remove(outbox: inout MapperOutbox) {
        send(lifetime: 0, outbox: &outbox)
    }

    mutating func handleTimeout(now: ProtocolInstant, outbox: inout MapperOutbox) -> MappingOutcome? {
        if let deadline, deadline <= now { request(now: now, outbox: &outbox) }
        guard let verdict, verdict <= now else { return nil }
        self.verdict = nil
        return .failed(.silent)
    }

    /// Whether a response is about this mapping.
    func isConcerned(_ map: PCPMap) -> Bool { map.nonce == nonce && map.internalPort == site.port }

    /// Judges a response that is.
    mutating func handle(_ map: PCPMap) -> MappingOutcome? {
        let wasAsking = nextTimeout != nil
        guard map.result == 0 else { return wasAsking ? fail(.refused(.pcp, code: Int(map.result))) : nil }
        guard map.lifetime > 0 else { return nil }
        guard let external = map.external, external.port != 0, PortMapping.isPossible(external.address) else {
            return wasAsking ? fail(.addressUnknown(.pcp)) : nil
        }
        stop()
        let mapping = PortMapping(
            mappingProtocol: .pcp,
            external: external,
            internalPort: site.port,
            lifetime: .seconds(min(map.lifetime, MappingSite.longestLifetime))
        )
        return .mapped(mapping, nil)
    }

    /// The router has another version, or says no without details.
    mutating func handleRefusal(_ failure: MappingFailure) -> MappingOutcome? {
        nextTimeout == nil ? nil : fail(failure)
    }

    private mutating func fail(_ failure: MappingFailure) -> MappingOutcome {
        stop()
        return .failed(failure)
    }

    private mutating func request(now: ProtocolInstant, outbox: inout MapperOutbox) {
        send(lifetime: MappingSite.lifetime, outbox: &outbox)
        let doubled = Self.initialPause * (1 << min(attempts, 9))
        let pause = min(doubled, Self.longestPause)
        deadline = now + pause + pause * jitter[attempts % jitter.count] / 1000
        attempts += 1
    }

    private func send(lifetime: UInt32, outbox: inout MapperOutbox) {
        let request = PCPMap.request(
            client: site.client,
            nonce: nonce,
            internalPort: site.port,
            externalPort: lifetime == 0 ? 0 : site.port,
            lifetime: lifetime
        )
        outbox.send(request, to: site.router)
    }

    /// IRT of RFC 6887 section 8.1.1.
    private static let initialPause = Duration.seconds(3)
    /// MRT of RFC 6887 section 8.1.1.
    private static let longestPause = Duration.seconds(1024)
}
