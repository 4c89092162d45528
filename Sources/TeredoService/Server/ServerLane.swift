import Logging
import Synchronization
import TeredoControl
import TeredoCrypto
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// The part of a server that one thread runs: sockets of its own on the shared ports, and a machine of its own.
///
/// Datagrams of one IPv4 address always come to the same lane, so that limits for a source hold; those for a target and
/// in all are divided among the lanes.
final class ServerLane: @unchecked Sendable {
    let primary: ServerPort
    /// `nil` when the server has one address only.
    let secondary: ServerPort?
    private var server: TeredoServer
    private let native: NativeWay?
    private let incoming: ReceiveBatch
    private let scratch = ScratchBuffer()
    private var packetsRefused: UInt64 = 0
    private var drops: DropTrace
    private let exchanges: ExchangeWatch
    private let published = Mutex(Counters())
    private let lanes: Int
    /// The machine with other settings that takes over before the next datagram.
    private let successor = Mutex<TeredoServer?>(nil)
    /// Whether there is one: datagrams take no lock to learn that there is none.
    private let hasSuccessor = Atomic<Bool>(false)

    /// What the lane did, for the driver's thread.
    struct Counters: Sendable {
        var traffic = TrafficCounters()
        var system = SystemCounters()
        var dropSources = DropSources()
    }

    private static var batchesPerTurn: Int { 4 }

    /// Binds the sockets of one of `count` lanes to the addresses `local` of this host.
    init(
        _ configuration: ServerConfiguration,
        on local: ServerAddresses,
        count: Int,
        native: NativeWay?,
        logger: Logger,
        exchanges: ExchangeWatch
    ) throws(ServiceError) {
        drops = DropTrace(logger, needing: Self.needed(configuration, local))
        self.exchanges = exchanges
        lanes = count
        incoming = try ServiceError.wrapping { () throws(SystemError) in try ReceiveBatch() }
        let port = TeredoConstants.udpPort
        primary = ServerPort(
            try ServicePort.bind(UDPEndpoint(local.primary, port), option: "--address", lanes: count)
        )
        secondary =
            if let address = local.secondary {
                ServerPort(
                    try ServicePort.bind(UDPEndpoint(address, port), option: "--secondary-address", lanes: count)
                )
            } else {
                nil
            }
        self.native = native
        server = try Self.server(configuration, lanes: count)
    }

    /// Has the lane go on with other settings; its addresses stay.
    ///
    /// May be called from any thread.
    func adopt(_ configuration: ServerConfiguration) throws(ServiceError) {
        let server = try Self.server(configuration, lanes: lanes)
        successor.withLock { $0 = server }
        hasSuccessor.store(true, ordering: .releasing)
    }

    /// The addresses of the server itself, and of the relay that it names to its clients.
    private static func needed(_ configuration: ServerConfiguration, _ local: ServerAddresses) -> Set<IPv4Address> {
        Set(
            [
                configuration.primary, configuration.secondary, local.primary, local.secondary,
                configuration.announcedTransitRelay?.address,
            ]
            .compactMap(\.self)
        )
    }

    private static func server(_ configuration: ServerConfiguration, lanes: Int) throws(ServiceError) -> TeredoServer {
        var settings = configuration
        settings.limits = settings.limits.divided(among: lanes)
        do {
            return try TeredoServer(
                configuration: settings,
                authenticator: HMACSHA1Authenticator(),
                generator: SystemRandomNumberGenerator(),
                now: MonotonicClock.now
            )
        } catch {
            throw ServiceError(error.description, remedy: "see 'teredo server --help'")
        }
    }

    private func takeSuccessor() {
        guard hasSuccessor.load(ordering: .acquiring) else { return }
        hasSuccessor.store(false, ordering: .relaxed)
        let successor = successor.withLock { successor in
            defer { successor = nil }
            return successor
        }
        guard var successor else { return }
        successor.succeed(server)
        server = successor
    }

    /// What the lane did up to its last batch, and what it did not come to; for the driver's thread.
    var counters: Counters {
        var counters = published.withLock { $0 }
        counters.system.receiveBufferFull = primary.receiveDrops + (secondary?.receiveDrops ?? 0)
        return counters
    }

    /// Answers what waits on one of the sockets, at most a few batches so that the other gets its turn.
    func receive(on socket: ServerSocket) {
        guard let port = socket == .primary ? primary : secondary else { return }
        takeSuccessor()
        drops.refresh()
        for _ in 0..<Self.batchesPerTurn {
            guard port.socket.receive(into: incoming) else {
                // Clients that are gone: nothing is remembered of them that could be forgotten.
                port.socket.takeErrors { _, _ in server.noteICMPError() }
                break
            }
            answerBatch(socket)
            guard incoming.isFull else { break }
        }
        publish()
    }

    /// Passes on what the relay in the same process, at the endpoint `relay`, has for a client.
    func receive(_ octets: Span<UInt8>, fromRelayAt relay: UDPEndpoint) {
        let now = MonotonicClock.now
        carryOut(scratch.fill { server.handleRelayDatagram(octets, from: relay, now: now, into: &$0) })
        flush()
        publish()
    }

    private func answerBatch(_ socket: ServerSocket) {
        let now = MonotonicClock.now
        for index in 0..<incoming.count {
            let source = incoming.source(index)
            let verdict = incoming.withOctets(index) { octets in
                scratch.fill { server.handleDatagram(octets, from: source, on: socket, now: now, into: &$0) }
            }
            if case .drop(let reason) = verdict {
                drops.note(reason, from: source, octets: incoming.length(index), now: now)
            } else if exchanges.isOn {
                incoming.withOctets(index) { exchanges.note(.received, $0, source) }
            }
            carryOut(verdict)
        }
        flush()
    }

    /// Does what the machine decided about the datagram whose answer is in the scratch buffer.
    private func carryOut(_ verdict: ServerVerdict) {
        if exchanges.isOn, case .reply(_, let destination, _) = verdict {
            scratch.withOctets { exchanges.note(.sent, $0, destination) }
        }
        switch verdict {
        case .reply(from: .primary, let destination, _): queue(primary, to: destination)
        case .reply(from: .secondary, let destination, _): queue(secondary, to: destination)
        case .forwardNative: forwardNative()
        case .drop: break
        }
    }

    private func queue(_ port: ServerPort?, to destination: UDPEndpoint) {
        guard let port else { return }
        if port.outgoing.isFull(forCopyOf: scratch.count) { port.flush() }
        scratch.withOctets { port.outgoing.append(copying: $0, to: destination) }
    }

    private func forwardNative() {
        if !scratch.withOctets({ native?.send($0) ?? false }) { packetsRefused += 1 }
    }

    private func flush() {
        primary.flush()
        secondary?.flush()
    }

    private func publish() {
        var system = SystemCounters()
        for port in [primary, secondary].compactMap(\.self) {
            system.datagramsRefused += UInt64(port.outgoing.failures)
            system.sendBufferFull += UInt64(port.outgoing.overflows)
        }
        system.packetsRefused = packetsRefused
        let current = Counters(traffic: server.counters, system: system, dropSources: drops.sources)
        published.withLock { $0 = current }
    }
}

extension ServerLane: DriverPart {
    var name: String { "server" }

    private enum Source {
        static let primary = 0
        static let secondary = 1
    }

    /// The descriptors of the sockets with their numbers.
    var sources: [(source: Int, descriptor: CInt)] {
        var sources = [(Source.primary, primary.descriptor)]
        if let secondary { sources.append((Source.secondary, secondary.descriptor)) }
        return sources
    }

    func handle(_ source: Int, now: ProtocolInstant) { receive(on: source == Source.primary ? .primary : .secondary) }
}
