import TeredoWire

/// Asks a router for its address and for a mapping by NAT-PMP (RFC 6886 sections 3.1 to 3.3).
struct NATPMPRequester: Sendable {
    private let site: MappingSite
    private var attempts = 0
    private var deadline: ProtocolInstant?
    private var verdict: ProtocolInstant?
    private var address: IPv4Address?
    private var granted: (port: UInt16, lifetime: UInt32)?
    private var hasFailed = false

    init(site: MappingSite) { self.site = site }

    var nextTimeout: ProtocolInstant? { .earlier(deadline, verdict) }

    /// Asks, and gives up after `patience`, which is when ``handleTimeout(now:outbox:)`` says so.
    mutating func start(now: ProtocolInstant, patience: Duration, outbox: inout MapperOutbox) {
        attempts = 0
        address = nil
        granted = nil
        hasFailed = false
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
        outbox.send(
            NATPMPMessage.mappingRequest(internalPort: site.port, externalPort: 0, lifetime: 0),
            to: site.router
        )
    }

    mutating func handleTimeout(now: ProtocolInstant, outbox: inout MapperOutbox) -> MappingOutcome? {
        if let deadline, deadline <= now {
            if attempts < Self.attemptLimit { request(now: now, outbox: &outbox) } else { self.deadline = nil }
        }
        // What was granted after the verdict, and of no use without an address, goes with the last attempt.
        if nextTimeout == nil, granted != nil { _ = fail(.addressUnknown(.natPMP), outbox: &outbox) }
        guard let verdict, verdict <= now else { return nil }
        self.verdict = nil
        guard granted != nil else { return .failed(.silent) }
        return fail(.addressUnknown(.natPMP), outbox: &outbox)
    }

    /// The port of the router is closed.
    mutating func handleRefusal() -> MappingOutcome? {
        guard nextTimeout != nil, granted == nil else { return nil }
        stop()
        return .failed(.silent)
    }

    mutating func handle(_ message: NATPMPMessage, outbox: inout MapperOutbox) -> MappingOutcome? {
        let wasAsking = nextTimeout != nil
        switch message {
        case .unsupportedVersion: return wasAsking ? fail(.unsupported(.natPMP), outbox: &outbox) : nil
        case .externalAddress(let result, let address):
            guard !hasFailed else { return nil }
            guard result == 0 else {
                return wasAsking ? fail(.refused(.natPMP, code: Int(result)), outbox: &outbox) : nil
            }
            // The line may come up yet: the next attempt asks again.
            guard PortMapping.isPossible(address) else { return nil }
            self.address = address
        case .mapping(let result, let internalPort, let externalPort, let lifetime):
            guard internalPort == site.port else { return nil }
            guard result == 0 else {
                return wasAsking ? fail(.refused(.natPMP, code: Int(result)), outbox: &outbox) : nil
            }
            guard externalPort != 0, lifetime > 0 else { return nil }
            guard !hasFailed else {
                remove(outbox: &outbox)
                return nil
            }
            granted = (externalPort, lifetime)
        }
        return conclude()
    }

    private mutating func conclude() -> MappingOutcome? {
        guard let address, let (port, lifetime) = granted else { return nil }
        stop()
        granted = nil
        let mapping = PortMapping(
            mappingProtocol: .natPMP,
            external: UDPEndpoint(address, port),
            internalPort: site.port,
            lifetime: .seconds(min(lifetime, MappingSite.longestLifetime))
        )
        return .mapped(mapping, nil)
    }

    /// What the router granted without giving its address is of no use.
    private mutating func fail(_ failure: MappingFailure, outbox: inout MapperOutbox) -> MappingOutcome {
        stop()
        hasFailed = true
        if granted != nil { remove(outbox: &outbox) }
        granted = nil
        return .failed(failure)
    }

    private mutating func request(now: ProtocolInstant, outbox: inout MapperOutbox) {
        outbox.send(NATPMPMessage.externalAddressRequest, to: site.router)
        outbox.send(
            NATPMPMessage.mappingRequest(
                internalPort: site.port,
                externalPort: site.port,
                lifetime: MappingSite.lifetime
            ),
            to: site.router
        )
        attempts += 1
        // Nine attempts, each twice as long after the one before (RFC 6886 section 3.1).
        deadline = now + Self.initialPause * (1 << (attempts - 1))
    }

    private static let initialPause = Duration.milliseconds(250)
    private static let attemptLimit = 9
}
