package import Logging
package import TeredoControl
package import TeredoHost
import TeredoLinux
import TeredoProtocol
package import TeredoSettings
import TeredoWire

/// Runs a Teredo server: a lane in this thread, and one in each further thread.
package final class ServerDriver: ControlSource {
    private var configuration: ServerConfiguration
    private let runtime: ServiceRuntime
    private let lane: ServerLane
    private var threads: [ServerLaneThread] = []
    private let forwardsNative: Bool
    private let responder: SolicitationResponder?

    // Other numbers than those of a relay, which may share the event loop.
    private enum Source {
        static let primary: UInt64 = 8
        static let secondary: UInt64 = 9
    }

    private var logger: Logger { runtime.logger }

    /// Makes the sockets; throws, and leaves nothing behind, when one cannot be made.
    package convenience init(_ configuration: ServerServiceConfiguration, logger: Logger) throws(ServiceError) {
        let native = try Self.openNative(logger)
        let runtime = try ServiceRuntime(controlSocketPath: configuration.controlSocketPath, logger: logger)
        try self.init(configuration, native: native, runtime: runtime)
    }

    /// Makes the sockets of a server that shares its event loop with a relay.
    convenience init(_ configuration: ServerServiceConfiguration, runtime: ServiceRuntime) throws(ServiceError) {
        try self.init(configuration, native: try Self.openNative(runtime.logger), runtime: runtime)
    }

    private init(
        _ configuration: ServerServiceConfiguration,
        native: consuming RawIPv6Socket?,
        runtime: ServiceRuntime
    ) throws(ServiceError) {
        var settings = configuration.server
        forwardsNative = native != nil
        self.runtime = runtime
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
        if let secondary = lane.secondary { try runtime.add(secondary.descriptor, source: Source.secondary) }
    }

    /// Has SIGHUP do `action` instead of ending the role.
    package func onHangUp(_ action: ((Logger) -> Void)?) { runtime.onHangUp = action }

    /// Takes over those of the settings that can change while the server runs (``Setting/liveForServer``); returns whether
    /// it can: what XDP answers in the kernel cannot be changed.
    package func adopt(_ fresh: ServerServiceConfiguration) throws(ServiceError) -> Bool {
        guard responder == nil else { return false }
        var settings = configuration
        settings.limits = fresh.server.limits
        settings.secrets = fresh.server.secrets
        settings.requiresSecureQualification = fresh.server.requiresSecureQualification
        settings.toleratesPortMismatch = fresh.server.toleratesPortMismatch
        settings.announcedTransitRelay = fresh.server.announcedTransitRelay
        try lane.adopt(settings)
        for thread in threads { try thread.adopt(settings) }
        configuration = settings
        return true
    }

    /// Runs until a signal ends it.
    package func run() {
        logger.info("listening on \(endpoints), control socket \(runtime.controlSocketPath)")
        runtime.publish("listening on \(endpoints)")
        if let responder {
            logger.info(
                """
                solicitations are answered by XDP on \(responder.interfaces.joined(separator: ", ")), \
                \(responder.attachment.rawValue) mode
                """
            )
        }
        while !runtime.isStopping {
            runtime.wait(until: nil, control: self) { _ = handle($0) }
        }
        for thread in threads { thread.stop() }
        logger.info("ended")
    }

    /// Where the server listens, for people.
    var endpoints: String {
        let secondary = lane.secondary.map { " and \($0.localEndpoint)" } ?? ""
        return "\(lane.primary.localEndpoint)\(secondary)"
    }

    /// Passes on what the relay in the same process, at the endpoint `relay`, has for a client.
    func receive(_ octets: Span<UInt8>, fromRelayAt relay: UDPEndpoint) {
        lane.receive(octets, fromRelayAt: relay)
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

    /// Serves one of the descriptors in the event loop; returns whether it is the server's.
    func handle(_ source: UInt64) -> Bool {
        switch source {
        case Source.primary: lane.receive(on: .primary)
        case Source.secondary: lane.receive(on: .secondary)
        default: return false
        }
        return true
    }

    package func status() -> StatusReport { .server(serverStatus) }

    /// The report of the server.
    var serverStatus: ServerStatus {
        var system = SystemCounters()
        var counters = TrafficCounters()
        for share in [lane.counters] + threads.map(\.counters) {
            system.add(share.system)
            counters.add(share.traffic)
        }
        system.subscribersDropped = runtime.droppedSubscribers
        if let responder { counters.add(responder.counters) }
        var status = ServerStatus(
            primary: lane.primary.localEndpoint.description,
            secondary: lane.secondary?.localEndpoint.description,
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
        return status
    }

    package func peers(limit: Int) -> PeerList? { nil }
}
