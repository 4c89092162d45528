package import Logging
package import TeredoControl
package import TeredoHost
import TeredoKernel
package import TeredoLinux
import TeredoProtocol
package import TeredoSettings
import TeredoWire

/// Runs a Teredo server: a lane in this thread, and one in each further thread.
package final class ServerDriver: PartDriver, RoleDriver {
    private var configuration: ServerConfiguration
    let runtime: ServiceRuntime
    private(set) var parts: [any DriverPart]
    /// The lane in this thread.
    private let lane: ServerLane
    private var threads: [ServerLaneThread] = []
    private let forwardsNative: Bool
    private let responder: SolicitationResponder?
    /// The routes that announce the server; `nil` for none.
    private(set) var announcement: Announcement?
    /// The end of the server when it is asked to drain; `nil` in a gateway, whose relay has it.
    private(set) var drain: Drain?

    private var logger: Logger { runtime.logger }

    /// Makes the sockets; throws, and leaves nothing behind, when one cannot be made.
    package convenience init(_ configuration: ServerServiceConfiguration, logger: Logger) throws(ServiceError) {
        let native = try Self.openNative(logger)
        let runtime = try ServiceRuntime(controlSocketPath: configuration.controlSocketPath, logger: logger)
        try self.init(configuration, native: native, runtime: runtime)
        try announce(configuration.announcement)
    }

    /// Makes the sockets of a server that shares its event loop with a relay, whose interface is to be its way to native hosts.
    convenience init(
        _ configuration: ServerServiceConfiguration,
        native: NativeWay,
        sharing runtime: ServiceRuntime
    ) throws(ServiceError) {
        try self.init(configuration, native: native, runtime: runtime)
    }

    private init(
        _ configuration: ServerServiceConfiguration,
        native: NativeWay?,
        runtime: ServiceRuntime
    ) throws(ServiceError) {
        var settings = configuration.server
        settings.fleet = settings.fleet?.atTimeOfDay
        forwardsNative = native != nil
        self.runtime = runtime
        let host = try HostAddresses()
        settings.filter.attachedSubnets += host.subnets
        settings.otherOwnAddresses = host.ipv4.filter { $0 != settings.primary && $0 != settings.secondary }
        self.configuration = settings
        let count = configuration.workers
        lane = try ServerLane(
            settings,
            on: configuration.local,
            count: count,
            native: native,
            logger: runtime.logger,
            exchanges: runtime.control.exchanges
        )
        parts = [lane]
        responder = try Self.responder(configuration.xdp, for: settings, on: configuration.local)
        for _ in 1..<max(1, count) {
            threads.append(
                try ServerLaneThread(
                    ServerLane(
                        settings,
                        on: configuration.local,
                        count: count,
                        native: native?.another,
                        logger: runtime.logger,
                        exchanges: runtime.control.exchanges
                    )
                )
            )
        }
        for (number, thread) in threads.enumerated() { try thread.start(name: "worker-\(number + 1)") }
        try runtime.control.share(withGroup: configuration.controlGroup)
        for (source, descriptor) in lane.sources { try runtime.sources.add(descriptor, for: lane, as: source) }
    }

    /// Has those who ask on the control socket see and change `settings`, and SIGHUP read them again.
    package func follow(_ settings: RunningSettings?) { runtime.settings = settings }

    /// Takes over those of the settings that can change while the server runs (``Role/settingsAtOnce``): only who is not served,
    /// what the fleet shares and how long it drains where XDP answers in the kernel.
    package func adopt(_ fresh: ServerServiceConfiguration) throws(ServiceError) -> SettingsAdoption {
        drain?.limit = fresh.announcement.drainLimit
        var settings = configuration
        settings.denied = fresh.server.denied
        settings.fleet = fresh.server.fleet?.atTimeOfDay
        if let responder {
            try ServiceError.wrapping { () throws(SystemError) in
                try responder.deny(settings.denied.ipv4, insteadOf: configuration.denied.ipv4)
            }
            try adopt(settings)
            return SettingsAdoption(
                live: [.drainTimeout, .denySource, .fleetKeyFile],
                fleetKeyCount: fresh.server.fleet?.keys.count
            )
        }
        settings.limits = fresh.server.limits
        settings.secrets = fresh.server.secrets
        settings.requiresSecureQualification = fresh.server.requiresSecureQualification
        settings.toleratesPortMismatch = fresh.server.toleratesPortMismatch
        settings.announcedTransitRelay = fresh.server.announcedTransitRelay
        try adopt(settings)
        return SettingsAdoption(live: Role.server.settingsAtOnce, fleetKeyCount: fresh.server.fleet?.keys.count)
    }

    private func adopt(_ settings: ServerConfiguration) throws(ServiceError) {
        try lane.adopt(settings)
        for thread in threads { try thread.adopt(settings) }
        configuration = settings
    }

    /// Runs until a signal ends it.
    package func run() throws(ServiceError) {
        logger.info("listening on \(endpoints), control socket \(runtime.control.path)")
        runtime.publish("listening on \(endpoints)")
        if let responder {
            logger.info(
                """
                solicitations are answered by XDP on \(responder.interfaces.joined(separator: ", ")), \
                \(responder.attachment.rawValue) mode
                """
            )
        }
        announcement?.begin(now: runtime.now)
        while !runtime.isStopping { try turn() }
        announcement?.end()
        for thread in threads { thread.stop() }
        logger.info("ended")
    }

    /// Makes ready to announce the server and to drain it.
    private func announce(_ settings: AnnouncementConfiguration) throws(ServiceError) {
        let drain = Drain(limit: settings.drainLimit, logger: logger)
        if let table = settings.table {
            announcement = try Announcement(
                announcedPrefixes,
                table: table,
                interface: nil,
                runtime.sources,
                logger: logger
            )
        }
        let reach = HostReach(bound: boundAddresses, tunnel: nil)
        var load = LoadMeter()
        announcement?.condition = { [unowned self] _ in
            let (received, lost) = intake
            let overload = load.objection(received: received, lost: lost)
            if let objection = reach.objection { return .unhealthy(objection) }
            return overload.map { .overLimits($0) } ?? .healthy
        }
        var heard = (datagrams: UInt64(0), at: MonotonicClock.now)
        drain.remaining = { [unowned self] now in
            let count = intake.received
            if count != heard.datagrams { heard = (count, now) }
            return now - heard.at < Drain.quiet ? 1 : 0
        }
        drain.onChange = { [unowned self] in announcement?.setDraining($0, now: $1) }
        drain.end = { [unowned runtime] in runtime.end(because: $0) }
        runtime.drain = drain
        self.drain = drain
        let parts: [(any DriverPart)?] = [announcement, drain]
        self.parts += parts.compactMap(\.self)
    }

    /// What came to the sockets, and what was lost there because it was not read in time.
    private var intake: (received: UInt64, lost: UInt64) {
        var sum = (received: UInt64(0), lost: UInt64(0))
        for counters in [lane.counters] + threads.map(\.counters) {
            sum.received += counters.traffic.datagramsReceived
            sum.lost += counters.system.receiveBufferFull
        }
        if let answered = responder?.counters.answered { sum.received += answered }
        return sum
    }

    /// The addresses of this host that the server listens at.
    var boundAddresses: [IPv4Address] {
        [lane.primary.localEndpoint.address] + [lane.secondary?.localEndpoint.address].compactMap(\.self)
    }

    /// What leads others to the server.
    var announcedPrefixes: [AnnouncedPrefix] { boundAddresses.map { .ipv4(IPv4Prefix($0, length: 32)) } }

    package func drain(_ order: DrainOrder) throws(ControlError) -> ControlDrain {
        drain?.obey(order, isAnnounced: announcement != nil, now: runtime.now)
        return ControlDrain(role: .server, drain: drainStatus)
    }

    private var drainStatus: DrainStatus? { drain?.status(clients: nil, now: runtime.now) }

    /// Where the server listens, for people.
    var endpoints: String {
        let secondary = lane.secondary.map { " and \($0.localEndpoint)" } ?? ""
        let listening = "\(lane.primary.localEndpoint)\(secondary)"
        guard configuration.primary != lane.primary.localEndpoint.address else { return listening }
        let known = [configuration.primary, configuration.secondary].compactMap { $0?.description }
        return "\(listening), known to clients as \(known.joined(separator: " and "))"
    }

    /// Passes on what the relay in the same process, at the endpoint `relay`, has for a client.
    func receive(_ octets: Span<UInt8>, fromRelayAt relay: UDPEndpoint) {
        lane.receive(octets, fromRelayAt: relay)
    }

    private static func openNative(_ logger: Logger) throws(ServiceError) -> NativeWay? {
        do {
            return try NativeWay()
        } catch {
            if error.isNotPermitted {
                throw Privileges.missing(.netRaw, to: "forward connectivity tests to native IPv6", role: .server)
            }
            logger.warning("connectivity tests are not forwarded to native IPv6: \(error)")
            return nil
        }
    }

    /// A server decides nothing but its answers.
    func settle() {}

    package func status() -> StatusReport { .server(serverStatus) }

    /// The report of the server.
    var serverStatus: ServerStatus {
        var system = SystemCounters()
        var counters = TrafficCounters()
        let shares = [lane.counters] + threads.map(\.counters)
        for share in shares {
            system.add(share.system)
            counters.add(share.traffic)
        }
        system.subscribersDropped = runtime.control.droppedSubscribers
        if let responder { counters.add(responder.counters) }
        var status = ServerStatus(
            primary: UDPEndpoint(configuration.primary, TeredoConstants.udpPort),
            secondary: configuration.secondary.map { UDPEndpoint($0, TeredoConstants.udpPort) },
            counters: StatusCounters(
                counters,
                system: system,
                dropSources: DropSources.most(of: shares.map(\.dropSources), now: runtime.now)
            )
        )
        if let responder {
            status.xdp = responder.attachment == .xdpNative ? .native : .generic
            status.xdpInterfaces = responder.interfaces
            status.xdpAnswered = responder.counters.answered
        }
        status.requiresAuthentication = configuration.requiresSecureQualification
        status.secrets = configuration.secrets.count
        status.forwardsNative = forwardsNative
        status.limits = ServerLimitsStatus(configuration.limits)
        status.workers = threads.count + 1
        status.announcement = announcement?.status
        status.drain = drainStatus
        if status.drain != nil { status.state = .draining }
        status.uptime = runtime.uptime
        return status
    }

    package func measurements() -> RoleMeasurements { RoleMeasurements(started: runtime.startedAt) }

    package func peers(limit: Int) -> PeerList? { nil }
}

extension ServerServiceConfiguration: RoleConfiguration {
    package var role: Role { .server }
    package var keptCapabilities: Set<Capability> { xdp.capabilities }
    package var needs: RoleNeeds {
        var needs = RoleNeeds.server(xdp)
        if announcement.table != nil { needs.addAnnouncement() }
        return needs
    }
    package var writtenFiles: [String] { [controlSocketPath].compactMap(\.self) }
}
