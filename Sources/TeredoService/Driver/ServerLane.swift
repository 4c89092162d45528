import Synchronization
import TeredoCrypto
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// The part of a server that one thread runs: sockets of its own on the shared ports, and a machine of its own.
///
/// Datagrams of one IPv4 address always come to the same lane, so that limits for a source hold; those for a target and
/// in all are divided among the lanes.
final class ServerLane: @unchecked Sendable {
    let primary: UDPSocket
    let secondary: UDPSocket
    private var server: TeredoServer
    private let native: RawIPv6Socket?
    private let incoming: DatagramBatch
    private let fromPrimary = SendBatch()
    private let fromSecondary = SendBatch()
    private let scratch = ScratchBuffer()
    private var packetsRefused: UInt64 = 0
    private let published = Mutex(Counters())

    /// What the lane did, for the driver's thread.
    struct Counters: Sendable {
        var traffic = TrafficCounters()
        var system = SystemCounters()
    }

    private static var batchesPerTurn: Int { 4 }

    /// Binds the sockets of one of `count` lanes.
    init(_ configuration: ServerConfiguration, count: Int, native: consuming RawIPv6Socket?) throws(ServiceError) {
        var settings = configuration
        settings.limits.divide(among: count)
        incoming = try ServiceError.wrapping { () throws(SystemError) in try DatagramBatch() }
        let port = TeredoConstants.udpPort
        primary = try ServicePort.bind(
            UDPEndpoint(settings.primary, port),
            option: "--address",
            lanes: count
        )
        secondary = try ServicePort.bind(
            UDPEndpoint(settings.secondary, port),
            option: "--secondary-address",
            lanes: count
        )
        self.native = native
        do {
            server = try TeredoServer(
                configuration: settings,
                authenticator: SwiftCryptoAuthenticator(),
                generator: SystemRandomNumberGenerator(),
                now: ProtocolInstant(nanoseconds: MonotonicClock.nanoseconds)
            )
        } catch {
            throw ServiceError(error.description, remedy: "see 'teredo server --help'")
        }
    }

    /// What the lane did up to its last batch.
    var counters: Counters { published.withLock { $0 } }

    /// Answers what waits on one of the sockets, at most a few batches so that the other gets its turn.
    func receive(on socket: ServerSocket) {
        for _ in 0..<Self.batchesPerTurn {
            let isFilled =
                socket == .primary ? primary.receive(into: incoming) : secondary.receive(into: incoming)
            guard isFilled else { break }
            answerBatch(socket)
            guard incoming.isFull else { break }
        }
        publish()
    }

    private func answerBatch(_ socket: ServerSocket) {
        let now = ProtocolInstant(nanoseconds: MonotonicClock.nanoseconds)
        for index in 0..<incoming.count {
            let source = incoming.source(index)
            let verdict = incoming.withOctets(index) { octets in
                scratch.fill { server.handleDatagram(octets, from: source, on: socket, now: now, into: &$0) }
            }
            switch verdict {
            case .reply(from: .primary, let destination, _): queue(fromPrimary, to: destination)
            case .reply(from: .secondary, let destination, _): queue(fromSecondary, to: destination)
            case .forwardNative: forwardNative()
            case .drop: break
            }
        }
        flush()
    }

    private func queue(_ batch: SendBatch, to destination: UDPEndpoint) {
        if batch.isFull(forCopyOf: scratch.count) { flush() }
        scratch.withOctets { batch.append(copying: $0, to: destination) }
    }

    private func forwardNative() {
        if !scratch.withOctets({ native?.send($0) ?? false }) { packetsRefused += 1 }
    }

    private func flush() {
        if fromPrimary.count > 0 { fromPrimary.flush(to: primary) }
        if fromSecondary.count > 0 { fromSecondary.flush(to: secondary) }
    }

    private func publish() {
        var system = SystemCounters()
        system.datagramsRefused = UInt64(fromPrimary.failures + fromSecondary.failures)
        system.sendBufferFull = UInt64(fromPrimary.overflows + fromSecondary.overflows)
        system.packetsRefused = packetsRefused
        let current = Counters(traffic: server.counters, system: system)
        published.withLock { $0 = current }
    }
}

extension ServerLimits {
    /// Gives a lane its share of what is limited over all sources.
    fileprivate mutating func divide(among count: Int) {
        func share(_ rate: Int) -> Int { max(1, rate / count) }
        targetRate = share(targetRate)
        targetBurst = share(targetBurst)
        nativeRate = share(nativeRate)
        echoRate = share(echoRate)
        bucketCount = share(bucketCount)
    }
}
