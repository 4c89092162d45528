package import Logging
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// Runs a Teredo server: a lane in this thread, and one in each further thread.
package final class ServerDriver: ControlSource {
    private let configuration: ServerConfiguration
    private let runtime: ServiceRuntime
    private let lane: ServerLane
    private var threads: [ServerLaneThread] = []
    private let forwardsNative: Bool
    private let responder: SolicitationResponder?

    private enum Source {
        static let primary: UInt64 = 0
        static let secondary: UInt64 = 1
    }

    private var logger: Logger { runtime.logger }

    /// Makes the sockets; throws, and leaves nothing behind, when one cannot be made.
    package init(_ configuration: ServerServiceConfiguration, logger: Logger) throws(ServiceError) {
        var settings = configuration.server
        let native = try Self.openNative(logger)
        forwardsNative = native != nil
        runtime = try ServiceRuntime(controlSocketPath: configuration.controlSocketPath, logger: logger)
        let host = try HostAddresses()
        settings.filter.attachedSubnets += host.subnets
        settings.otherOwnAddresses = host.ipv4.filter { $0 != settings.primary && $0 != settings.secondary }
        self.configuration = settings
        let count = configuration.workers
        lane = try ServerLane(settings, count: count, native: native)
        responder = try Self.responder(configuration.xdp, for: settings)
        for _ in 1..<max(1, count) {
            let native = forwardsNative ? try? RawIPv6Socket() : nil
            threads.append(try ServerLaneThread(ServerLane(settings, count: count, native: native)))
        }
        for (number, thread) in threads.enumerated() { try thread.start(name: "worker-\(number + 1)") }
        try runtime.shareControl(withGroup: configuration.controlGroup)
        try runtime.add(lane.primary.descriptor, source: Source.primary)
        try runtime.add(lane.secondary.descriptor, source: Source.secondary)
    }

    /// Has SIGHUP do `action` instead of ending the role.
    package func onHangUp(_ action: ((Logger) -> Void)?) { runtime.onHangUp = action }

    /// Runs until a signal ends it.
    package func run() {
        logger.info(
            """
            listening on \(lane.primary.localEndpoint) and \(lane.secondary.localEndpoint), \
            control socket \(runtime.controlSocketPath)
            """
        )
        runtime.publish("listening on \(lane.primary.localEndpoint) and \(lane.secondary.localEndpoint)")
        if let responder {
            logger.info(
                """
                solicitations are answered by XDP on \(responder.interfaces.joined(separator: ", ")), \
                \(responder.attachment.rawValue) mode
                """
            )
        }
        while !runtime.isStopping {
            runtime.wait(until: nil, control: self, handle: handle)
        }
        for thread in threads { thread.stop() }
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
        lane.receive(on: source == Source.primary ? .primary : .secondary)
    }

    package func status() -> StatusReport {
        var system = SystemCounters()
        var counters = TrafficCounters()
        for share in [lane.counters] + threads.map(\.counters) {
            system.add(share.system)
            counters.add(share.traffic)
        }
        if let responder { counters.add(responder.counters) }
        var status = ServerStatus(
            primary: lane.primary.localEndpoint.description,
            secondary: lane.secondary.localEndpoint.description,
            counters: StatusCounters(counters, system: system)
        )
        if let responder {
            status.xdp = responder.attachment.rawValue
            status.xdpInterfaces = responder.interfaces
            status.xdpAnswered = responder.counters.answered
        }
        status.requiresAuthentication = configuration.requiresSecureQualification
        status.secrets = configuration.secrets.count
        status.forwardsNative = forwardsNative
        status.workers = threads.count + 1
        status.uptime = runtime.uptime
        return .server(status)
    }

    package func peers(limit: Int) -> PeerList? { nil }
}
