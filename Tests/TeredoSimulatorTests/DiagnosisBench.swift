import TeredoCrypto
import TeredoProtocol
import TeredoSimulator
import TeredoTestSupport
import TeredoWire
import Testing

/// A diagnosis, a NAT and a server on a wire of 10 ms, with what a test may do to the datagrams.
struct DiagnosisBench {
    private struct Event {
        let time: ProtocolInstant
        let sequence: Int
        let payload: [UInt8]
        let source: UDPEndpoint
        let target: Target
    }

    private enum Target {
        case server(ServerSocket)
        /// The NAT's outside, or the host itself where there is no NAT.
        case outside(UDPEndpoint)
        /// The NAT, from inside, to its own external endpoint.
        case hairpin(UDPEndpoint)
    }

    static let addresses = ServerAddresses(primary: IPv4Address(192, 0, 2, 1), secondary: IPv4Address(192, 0, 2, 2))
    private static let latency = Duration.milliseconds(10)

    var diagnosis: NATDiagnosis
    var nat: SimulatedNAT?
    /// Which server addresses are reachable.
    var isPrimaryUp = true
    var isSecondaryUp = true
    /// The port whose datagrams do not leave the host.
    var blockedPort: ProbePort?
    /// The number of the one datagram that gets lost, counted from 0 over both directions.
    var lost: Int?
    /// More datagrams that come in before each answer of the server.
    var forgeries: (_ answer: [UInt8], _ source: UDPEndpoint) -> [(payload: [UInt8], source: UDPEndpoint)] = { _, _ in
        []
    }
    private(set) var now = ProtocolInstant(nanoseconds: 1_000_000_000)
    private(set) var datagramCount = 0
    private(set) var solicitationTimes: [ProtocolInstant] = []
    private var server: TeredoServer
    private var events: [Event] = []
    private var sequence = 0
    private let ports: [(port: ProbePort, endpoint: UDPEndpoint)]
    private let start: ProtocolInstant

    init(
        _ behavior: NATBehavior?,
        seed: UInt64 = 1,
        _ change: (inout NATDiagnosisConfiguration) -> Void = { _ in }
    ) throws {
        var generator = SeededGenerator(seed: seed)
        nat = behavior.map {
            SimulatedNAT(
                behavior: $0,
                address: IPv4Address(198, 51, 100, 1),
                generator: SeededGenerator(seed: generator.next())
            )
        }
        var configuration = NATDiagnosisConfiguration(server: Self.addresses)
        change(&configuration)
        diagnosis = NATDiagnosis(
            configuration: configuration,
            authenticator: HMACSHA1Authenticator(),
            generator: SeededGenerator(seed: generator.next())
        )
        server = try TeredoServer(
            configuration: ServerConfiguration(
                primary: Self.addresses.primary,
                secondary: IPv4Address(192, 0, 2, 2)
            ),
            authenticator: HMACSHA1Authenticator(),
            generator: SeededGenerator(seed: generator.next()),
            now: now
        )
        let host = behavior == nil ? IPv4Address(198, 51, 100, 7) : IPv4Address(192, 168, 1, 2)
        var ports: [(port: ProbePort, endpoint: UDPEndpoint)] = []
        for port in diagnosis.ports {
            ports.append((port, UDPEndpoint(host, 40_000 + UInt16(ports.count) * 977)))
        }
        self.ports = ports
        start = now
    }

    /// Runs to the end, and returns what was found out.
    mutating func run(limit: Duration = .seconds(900)) -> NATReport {
        diagnosis.start(
            localEndpoints: Dictionary(uniqueKeysWithValues: ports.map { ($0.port, $0.endpoint) }),
            now: now
        )
        drain()
        var watch = TimeoutWatch()
        while !diagnosis.isFinished {
            let next = events.indices.min {
                (events[$0].time, events[$0].sequence) < (events[$1].time, events[$1].sequence)
            }
            let timeout = diagnosis.nextTimeout
            guard let time = [next.map { events[$0].time }, timeout].compactMap(\.self).min(), time - start <= limit
            else { break }
            now = max(now, time)
            if let next, events[next].time <= now {
                deliver(events.remove(at: next))
            } else {
                diagnosis.handleTimeout(now: now)
                guard !watch.isStuck(at: now) else {
                    Issue.record("the diagnosis never sleeps again")
                    break
                }
            }
            drain()
        }
        return diagnosis.report
    }

    var elapsed: Duration { now - start }

    private mutating func drain() {
        while true {
            var transmit: ProbeTransmit?
            let payload = [UInt8](capacity: 2048) { output in transmit = diagnosis.pollTransmit(into: &output) }
            guard let transmit else { return }
            send(payload, transmit)
        }
    }

    private mutating func send(_ payload: [UInt8], _ transmit: ProbeTransmit) {
        guard transmit.port != blockedPort, let inside = ports.first(where: { $0.port == transmit.port })?.endpoint
        else {
            return
        }
        let destination = transmit.destination
        if payload.count > TeredoBubble.length { solicitationTimes.append(now) }
        let isLost = count()
        if nat?.addresses.contains(destination.address) == true {
            if !isLost { schedule(payload, from: inside, to: .hairpin(destination)) }
            return
        }
        // Lost before the NAT: it makes no mapping.
        guard !isLost else { return }
        let source = nat?.outbound(from: inside, to: destination, now: now) ?? inside
        if destination.address == Self.addresses.primary, isPrimaryUp {
            schedule(payload, from: source, to: .server(.primary))
        } else if destination.address == Self.addresses.secondary, isSecondaryUp {
            schedule(payload, from: source, to: .server(.secondary))
        }
    }

    private mutating func deliver(_ event: Event) {
        switch event.target {
        case .server(let socket): serve(event, on: socket)
        case .outside(let destination):
            guard
                let inside = nat.map({ _ in nat?.inbound(from: event.source, to: destination, now: now) })
                    ?? destination
            else { return }
            receive(event.payload, from: event.source, at: inside)
        case .hairpin(let destination):
            guard let hairpinning = nat?.behavior.hairpinning,
                let external = nat?.outbound(from: event.source, to: destination, now: now), hairpinning != .none,
                let inside = nat?.inbound(from: external, to: destination, now: now)
            else { return }
            receive(event.payload, from: hairpinning == .internalSource ? event.source : external, at: inside)
        }
    }

    private mutating func serve(_ event: Event, on socket: ServerSocket) {
        var verdict = ServerVerdict.drop(.malformed)
        let answer = [UInt8](capacity: 4096) { output in
            verdict = server.handleDatagram(
                event.payload.span,
                from: event.source,
                on: socket,
                now: now,
                into: &output
            )
        }
        guard case .reply(let from, let destination, _) = verdict else { return }
        let isReachable = from == .primary ? isPrimaryUp : isSecondaryUp
        guard isReachable, !count() else { return }
        let source = UDPEndpoint(
            from == .primary ? Self.addresses.primary : IPv4Address(192, 0, 2, 2),
            TeredoConstants.udpPort
        )
        for forgery in forgeries(answer, source) {
            schedule(forgery.payload, from: forgery.source, to: .outside(destination))
        }
        schedule(answer, from: source, to: .outside(destination))
    }

    private mutating func receive(_ payload: [UInt8], from source: UDPEndpoint, at inside: UDPEndpoint) {
        guard let port = ports.first(where: { $0.endpoint == inside })?.port else { return }
        diagnosis.handleDatagram(payload.span, from: source, on: port, now: now)
    }

    private mutating func schedule(_ payload: [UInt8], from source: UDPEndpoint, to target: Target) {
        sequence += 1
        events.append(
            Event(time: now + Self.latency, sequence: sequence, payload: payload, source: source, target: target)
        )
    }

    /// Counts a datagram, and tells whether it is the one that gets lost.
    private mutating func count() -> Bool {
        defer { datagramCount += 1 }
        return datagramCount == lost
    }
}
