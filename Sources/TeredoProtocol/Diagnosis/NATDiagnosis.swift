public import TeredoWire

/// Finds out what the NAT in front of this host does, with the two addresses of a Teredo server; a machine without I/O.
///
/// Open a socket for each of ``ports``, call ``start(localEndpoints:now:)``, and drive it as a client is driven until
/// ``isFinished``. Lost datagrams are repeated; answers count only from the right address with the right nonce.
public struct NATDiagnosis: Sendable {
    let configuration: NATDiagnosisConfiguration
    let exchange: SolicitationExchange
    var generator: any RandomNumberGenerator & Sendable
    var probes: [Probe] = []
    var hairpin: HairpinTest?
    var lifetime: LifetimeTest?
    var localEndpoints: [ProbePort: UDPEndpoint] = [:]
    var outbox: [(transmit: ProbeTransmit, bytes: [UInt8])] = []
    var startTime: ProtocolInstant?
    var lastSolicitation: ProtocolInstant?
    var holdDeadline: ProtocolInstant?
    var ignoredCount = 0
    var lastRejection: DropReason?
    /// Whether the secondary address turned out to be another server: it tells the mapping as well, and answers for nobody else.
    var isSecondaryIndependent = false

    /// Makes a diagnosis that has not begun.
    ///
    /// `generator` must be cryptographically secure outside tests (SEC-64).
    public init(
        configuration: NATDiagnosisConfiguration,
        authenticator: any MessageAuthenticator,
        generator: any RandomNumberGenerator & Sendable
    ) {
        self.configuration = configuration
        self.generator = generator
        exchange = SolicitationExchange(
            linkLocalIdentifier: 0x0000_FFFF_FFFF_FFFF,
            secret: configuration.secret,
            authenticator: authenticator,
            filter: configuration.filter
        )
        lifetime = configuration.lifetimeLimit.map { LifetimeTest(limit: $0, using: &self.generator) }
    }

    /// The sockets that are needed, each with a port of its own.
    public var ports: [ProbePort] {
        let trials = lifetime?.trials.count ?? 0
        return [.main, .hairpin, .extra(0), .extra(1), .filtering] + (0..<trials).map { .lifetime(UInt8($0)) }
    }

    /// Begins; `localEndpoints` are the endpoints of the sockets as this host sees them.
    public mutating func start(localEndpoints: [ProbePort: UDPEndpoint], now: ProtocolInstant) {
        guard startTime == nil else { return }
        startTime = now
        self.localEndpoints = localEndpoints
        let server = configuration.server
        probes = [Probe(.main, to: server.primary)]
        if let secondary = server.secondary {
            // Both attempts are over before anything goes to the secondary address: some NATs filter for the host as
            // a whole and not for each port.
            probes.append(
                Probe(.filtering, to: server.primary, answerer: secondary, pauses: Self.filteringPauses)
            )
            // What the filter drops, a box may remember: the secondary address sees it while the memory is fresh.
            probes.append(Probe(.filtering, to: secondary, pauses: Self.secondaryPauses))
        }
        probes += [.hairpin, .extra(0), .extra(1)].map { Probe($0, to: server.primary) }
        for index in probes.indices where !probes[index].isAfterStray { probes[index].begin(at: now) }
        if let secondary = server.secondary {
            probes.append(Probe(.main, to: secondary, pauses: Self.secondaryPauses))
            probes.append(Probe(.filtering, to: server.primary))
        }
        for index in 0..<(lifetime?.trials.count ?? 0) {
            var probe = Probe(.lifetime(UInt8(index)), to: server.primary)
            // Servers limit the solicitations from one address.
            probe.begin(at: now + Self.lifetimeStart + Self.lifetimeSpacing * index)
            probes.append(probe)
        }
        handleTimeout(now: now)
    }

    /// Sends no solicitation before `time`; later calls replace earlier ones.
    public mutating func hold(until time: ProtocolInstant) { holdDeadline = time }

    /// Takes a datagram that came in on a socket; returns `false` when it belongs to no probe.
    @discardableResult
    public mutating func handleDatagram(
        _ bytes: Span<UInt8>,
        from source: UDPEndpoint,
        on port: ProbePort,
        now: ProtocolInstant
    ) -> Bool {
        let isOurs = accept(bytes, from: source, on: port, now: now)
        if !isOurs { ignoredCount += 1 }
        handleTimeout(now: now)
        return isOurs
    }

    /// Does what is due.
    public mutating func handleTimeout(now: ProtocolInstant) {
        guard startTime != nil else { return }
        concludeFiltering(now: now)
        sendSolicitations(now: now)
        runHairpinTest(now: now)
        runLifetimeTest(now: now)
    }

    /// The next datagram to send, written into `output`; `nil` when there is none.
    public mutating func pollTransmit(into output: inout OutputSpan<UInt8>) -> ProbeTransmit? {
        guard let next = outbox.first, output.freeCapacity >= next.bytes.count else { return nil }
        outbox.removeFirst()
        output.append(copying: next.bytes.span)
        return next.transmit
    }

    /// When to call ``handleTimeout(now:)`` next; `nil` when the diagnosis is finished.
    public var nextTimeout: ProtocolInstant? {
        guard !isFinished else { return nil }
        var earliest = [hairpin?.deadline, lifetime?.deadline].compactMap(\.self).min()
        for probe in probes {
            guard var deadline = probe.deadline else { continue }
            if !probe.isExhausted, let nextSolicitation { deadline = max(deadline, nextSolicitation) }
            if probe.coneBit, probe.isExhausted { deadline = filteringDeadline(probe) ?? deadline }
            earliest = min(earliest ?? deadline, deadline)
        }
        return earliest
    }

    /// When the next solicitation may leave.
    var nextSolicitation: ProtocolInstant? {
        [lastSolicitation.map { $0 + configuration.solicitationSpacing }, holdDeadline].compactMap(\.self).max()
    }

    /// Whether nothing more will be found out.
    public var isFinished: Bool {
        guard startTime != nil, probes.allSatisfy(\.isOver), hairpin?.isOver ?? true else { return false }
        return !isMapped || (lifetime?.isOver ?? true)
    }

    private var isMapped: Bool { probes.contains { $0.port == .main && $0.isAnswered && !$0.coneBit } }

    static let filteringPauses: [Duration] = [.milliseconds(400), .milliseconds(400)]
    /// The secondary address is asked later, and yet a blocked server must be known within 8 s.
    static let secondaryPauses: [Duration] = [.seconds(1), .seconds(2), .milliseconds(2500)]
    /// How long the filtering probe waits while no round-trip time is known.
    static let filteringPatience = Duration.milliseconds(1600)
    private static let lifetimeStart = Duration.seconds(2)
    private static let lifetimeSpacing = Duration.milliseconds(400)
}
