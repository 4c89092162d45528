package import Logging
import TeredoCrypto
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// Runs a Teredo server: one thread, one event loop, two sockets and one for native IPv6.
package final class ServerDriver {
    private let configuration: ServerConfiguration
    private let runtime: ServiceRuntime
    private var server: TeredoServer
    private let primary: UDPSocket
    private let secondary: UDPSocket
    private let native: RawIPv6Socket?
    private let responder: SolicitationResponder?
    private let incoming: DatagramBatch
    private let fromPrimary = SendBatch()
    private let fromSecondary = SendBatch()
    private let scratch = ScratchBuffer()
    private var packetsRefused: UInt64 = 0

    private enum Source {
        static let primary: UInt64 = 0
        static let secondary: UInt64 = 1
    }

    private static var batchesPerTurn: Int { 4 }

    private var logger: Logger { runtime.logger }

    /// Makes the sockets; throws, and leaves nothing behind, when one cannot be made.
    package init(_ configuration: ServerServiceConfiguration, logger: Logger) throws(ServiceError) {
        var settings = configuration.server
        incoming = try ServiceError.wrapping { () throws(SystemError) in try DatagramBatch() }
        native = try Self.openNative(logger)
        runtime = try ServiceRuntime(controlSocketPath: configuration.controlSocketPath, logger: logger)
        let port = TeredoConstants.udpPort
        primary = try ServicePort.bind(UDPEndpoint(settings.primary, port), option: "--address")
        secondary = try ServicePort.bind(UDPEndpoint(settings.secondary, port), option: "--secondary-address")
        let host = try HostAddresses()
        settings.filter.attachedSubnets += host.subnets
        settings.otherOwnAddresses = host.ipv4.filter { $0 != settings.primary && $0 != settings.secondary }
        self.configuration = settings
        responder = try Self.responder(configuration.xdp, for: settings)
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
        try runtime.add(primary.descriptor, source: Source.primary)
        try runtime.add(secondary.descriptor, source: Source.secondary)
    }

    /// Runs until a signal ends it.
    package func run() {
        logger.info(
            """
            listening on \(primary.localEndpoint) and \(secondary.localEndpoint), \
            control socket \(runtime.controlSocketPath)
            """
        )
        if let responder {
            logger.info(
                """
                solicitations are answered by XDP on \(responder.interfaces.joined(separator: ", ")), \
                \(responder.attachment.rawValue) mode
                """
            )
        }
        while !runtime.isStopping {
            runtime.wait(until: nil, status: status, handle: handle)
        }
        logger.info("ended")
    }

    private static func openNative(_ logger: Logger) throws(ServiceError) -> RawIPv6Socket? {
        do {
            return try RawIPv6Socket()
        } catch {
            if error.isNotPermitted {
                throw Privileges.missing(.netRaw, to: "forward connectivity tests to native IPv6", role: .server)
            }
            logger.warning("connectivity tests are not forwarded to native IPv6: \(error)")
            return nil
        }
    }

    private func handle(_ source: UInt64) {
        let socket: ServerSocket = source == Source.primary ? .primary : .secondary
        for _ in 0..<Self.batchesPerTurn {
            let isFilled =
                socket == .primary ? primary.receive(into: incoming) : secondary.receive(into: incoming)
            guard isFilled else { return }
            answerBatch(socket)
        }
    }

    private func answerBatch(_ socket: ServerSocket) {
        let now = runtime.now
        for index in 0..<incoming.count {
            let source = incoming.envelope(index).source
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

    private func status() -> StatusReport {
        var system = SystemCounters()
        system.datagramsRefused = UInt64(fromPrimary.failures + fromSecondary.failures)
        system.sendBufferFull = UInt64(fromPrimary.overflows + fromSecondary.overflows)
        system.packetsRefused = packetsRefused
        var counters = server.counters
        if let responder { counters.add(responder.counters) }
        var status = ServerStatus(
            primary: primary.localEndpoint.description,
            secondary: secondary.localEndpoint.description,
            counters: StatusCounters(counters, system: system)
        )
        if let responder {
            status.xdp = responder.attachment.rawValue
            status.xdpInterfaces = responder.interfaces
            status.xdpAnswered = responder.counters.answered
        }
        status.requiresAuthentication = configuration.requiresSecureQualification
        status.secrets = configuration.secrets.count
        status.forwardsNative = native != nil
        status.uptime = runtime.uptime
        return .server(status)
    }
}
