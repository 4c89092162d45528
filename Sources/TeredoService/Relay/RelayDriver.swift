package import Logging
import TeredoCrypto
package import TeredoHost
import TeredoLinux
import TeredoProtocol
package import TeredoSettings
import TeredoWire

/// Runs a relay for routers or a host-specific relay: one thread, one event loop.
package final class RelayDriver: TunnelDriver, RoleDriver {
    var configuration: RelayServiceConfiguration
    let runtime: ServiceRuntime
    let parts: [any DriverPart]
    let ports: TunnelPorts<TeredoRelay>
    /// What moves packets beside this thread.
    let movers: [any PathMover]
    let interface: HostInterface
    let hostState: HostStateKeeper
    /// What changes the host for the relay.
    let changes: any HostChanging
    /// What may come out of the tunnel.
    let gate: InboundGate
    var inboundGate: InboundGate? { gate }
    var host: HostAddresses
    /// The routes that announce the relay; `nil` for none.
    let announcement: Announcement?
    /// The end of the relay when it is asked to drain; `nil` for a host-specific relay.
    let drain: Drain?
    /// Looks for the end of the NAT in front of this relay; `nil` where there is none.
    let nearHops: NearHopsPart?

    var tunnel: Tunnel<TeredoRelay> { ports.tunnel }
    private var logger: Logger { runtime.logger }

    /// Makes interface, route, socket and control socket; throws, and leaves nothing behind, when one cannot be made.
    package convenience init(_ configuration: RelayServiceConfiguration, logger: Logger) throws(ServiceError) {
        try self.init(configuration, logger: logger, watch: nil, process: nil, hooks: nil)
    }

    /// Makes interface, route, socket and control socket; throws, and leaves nothing behind, when one cannot be made.
    ///
    /// With a watch the role also ends when the watch calls for another one. `process` and `hooks` are started here unless given.
    convenience init(
        _ configuration: RelayServiceConfiguration,
        logger: Logger,
        watch: RoleWatch?,
        process: HostProcess?,
        hooks: HookProcess?,
        allowances: InboundAllowances? = nil
    ) throws(ServiceError) {
        let name = configuration.tunnel.interfaceName
        if process == nil {
            try Privileges.require(.netAdmin, to: "make the interface \(name)", role: configuration.role)
        }
        let path = configuration.controlSocketPath
        let runtime = try ServiceRuntime(controlSocketPath: path, logger: logger, watch: watch, takesOver: true)
        try self.init(configuration, runtime: runtime, process: process, hooks: hooks, allowances: allowances)
    }

    /// Makes interface, route and socket; what the relay has for the clients of `server`, the server in the same process,
    /// goes to it.
    init(
        _ configuration: RelayServiceConfiguration,
        runtime: ServiceRuntime,
        server: ServerDriver? = nil,
        process: HostProcess? = nil,
        hooks: HookProcess? = nil,
        allowances: InboundAllowances? = nil
    ) throws(ServiceError) {
        self.configuration = configuration
        self.runtime = runtime
        let logger = runtime.logger
        let role = configuration.role
        var kept = KeptTunnel(runtime)
        let socket = try kept.service(configuration, by: process)
        let device = try kept.interface(configuration, by: process, logger)
        let process =
            if let process { process } else { try HostProcess(HostLimits(configuration, index: device.index)) }
        runtime.hostProcess = process
        runtime.enlargeBuffers(socket.descriptor)
        changes = process
        let watch = try HostProcessWatch(process, runtime.sources)
        gate = try InboundGate(
            InboundGateSettings(configuration),
            allowances ?? InboundAllowances(configuration.allowed),
            by: process,
            now: runtime.now,
            logger: logger
        )
        interface = try HostInterface(
            device,
            behind: gate,
            changes: process,
            mtu: TeredoConstants.mtu,
            hook: configuration.tunnel.hook,
            hooks: hooks,
            logger: logger
        )
        try interface.addRoute(.teredo)
        let networkWatch = try NetworkWatch(interface: device.index, runtime.sources)
        hostState = HostStateKeeper(interface, role: "relay", now: runtime.now, logger: logger)
        host = try HostAddresses(exceptInterface: device.index)
        var settings = RelayConfiguration(configuration, host)
        let reachedAt = configuration.publicAddress ?? socket.localEndpoint.address
        settings.isBehindNAT = !host.isReachable(at: reachedAt, filter: settings.filter)
        var relay = TeredoRelay(
            configuration: settings,
            authenticator: HMACSHA1Authenticator(),
            generator: SystemRandomNumberGenerator(),
            now: runtime.now
        )
        relay.setOwnAddresses(ipv6: host.ipv6, ipv4: settings.ownIPv4Addresses, subnets: host.subnets)
        // A port on all addresses answers from the one that was addressed: others' NATs let nothing else in.
        var generator = SystemRandomNumberGenerator()
        let answering =
            socket.localEndpoint.address == .unspecified
            ? try ServiceError.wrapping { () throws(SystemError) in try AnsweringAddresses(using: &generator) } : nil
        let tunnel = try Tunnel(
            relay,
            interface: device,
            socket: socket,
            offloads: configuration.tunnel.offloads,
            answeringFrom: answering
        )
        tunnel.serverProofs = ServerProofs()
        tunnel.notes.drops = DropTrace(logger, needing: configuration.neededAddresses(host))
        tunnel.notes.countsNativeHosts = configuration.role != .hostRelay
        tunnel.notes.exchanges = runtime.control.exchanges
        movers = try .all(for: tunnel, PathMoverSettings(configuration), runtime)
        try runtime.control.share(withGroup: configuration.controlGroup)
        if let server, let address = configuration.ownServer {
            // What clients are told: behind a 1:1 NAT it is the outer address that they reach the relay at.
            let bound = tunnel.socket.localEndpoint
            let relay = UDPEndpoint(reachedAt, bound.port)
            tunnel.elsewhere = UDPEndpoint(address, TeredoConstants.udpPort)
            tunnel.sendElsewhere = { _, octets in server.receive(octets, fromRelayAt: relay) }
        }
        ports = try TunnelPorts(tunnel, role: role, runtime.sources)
        nearHops =
            settings.isBehindNAT ? NearHopsPart(filter: settings.filter, runtime.sources, logger: logger) : nil
        announcement = try Self.announce(
            configuration,
            [.ipv6(.teredo)] + (server?.announcedPrefixes ?? []),
            through: tunnel.interface.index,
            runtime
        )
        drain =
            role == .relay ? Drain(limit: configuration.announcement.drainLimit, logger: logger) : nil
        let usual: [any DriverPart] = [watch, networkWatch, hostState, ports, gate]
        let optional: [(any DriverPart)?] = [nearHops, announcement, drain]
        parts = usual + movers + optional.compactMap(\.self)
        hostState.exists = { [unowned self] in self.tunnel.interface.exists }
        nearHops?.way = { [unowned self] in wayOut }
        nearHops?.report = { tunnel.machine.setNearHops($0) }
        networkWatch.onChange = { [unowned self] () throws(ServiceError) in try handleNetworkChange() }
        prepareEnd(boundTo: [tunnel.socket.localEndpoint.address] + (server?.boundAddresses ?? []))
    }

    /// Has those who ask on the control socket see and change `settings`, and SIGHUP read them again.
    package func follow(_ settings: RunningSettings?) { runtime.settings = settings }

    /// Runs until a signal or its watch ends it; throws when it cannot go on.
    package func run() throws(ServiceError) {
        defer { close() }
        logger.info(
            """
            interface \(tunnel.interface.name), service port \(tunnel.socket.localEndpoint), \
            control socket \(runtime.control.path), 2001::/32 routed to the interface
            """
        )
        runtime.publish("service port \(tunnel.socket.localEndpoint)")
        warn()
        begin()
        while !runtime.isStopping { try turn() }
        try end()
    }

    /// Lets go of everything, however the role ends: movers hold the tunnel and it them.
    func close() {
        movers.stop(tunnel)
        interface.close()
    }

    /// Tells the hook that the interface is up.
    ///
    /// From then on the relay is announced, while it is healthy.
    func begin() {
        interface.announce(address: nil, mtu: TeredoConstants.mtu)
        announcement?.begin(now: runtime.now)
    }

    func settle() {
        movers.adoptRules()
        nearHops?.beginIfPossible(now: runtime.now)
    }

    /// The way to the server of a client, once there is one.
    private var wayOut: HopSearch.Way? {
        guard let client = tunnel.machine.peerAddresses(limit: 1).first.flatMap({ TeredoAddress($0) }),
            let local = Netlink.sourceAddress(towards: client.server)
        else { return nil }
        return HopSearch.Way(server: client.server, local: local, mapped: nil)
    }

    /// Takes back what was made.
    ///
    /// A service manager may start the next process at once: it goes on with interface, routes and service port. If it does not, the
    /// manager closes them, and the kernel removes the routes with the interface. Throws when something may still be there.
    func end() throws(ServiceError) {
        if runtime.supervision.isManaged, configuration.handsOver, drain?.isOn != true, runtime.endingSignal != nil {
            announcement?.leave()
            tunnel.flush()
            runtime.supervision.keep(tunnel.interface.descriptor, as: KeptTunnel.interfaceName)
            runtime.supervision.keep(tunnel.socket.descriptor, as: KeptTunnel.serviceName)
            return logger.info(
                "ended: the service manager keeps the interface \(tunnel.interface.name) for the next process"
            )
        }
        announcement?.end()
        movers.stop(tunnel)
        interface.withdraw()
        if changes.isGone { throw HostProcessWatch.error }
        logger.info("ended: interface \(tunnel.interface.name) and its route are gone")
    }

    /// Logs what the host lacks.
    func warn() {
        gate.warn()
        if host.ipv6.isEmpty {
            let loss = configuration.role == .hostRelay ? "nothing can be relayed" : "no ICMPv6 error can be sent"
            logger.warning("this host has no global native IPv6 address: \(loss)")
        }
        if configuration.role == .relay, KernelSetting.forwardsIPv6 == false {
            logger.warning(
                """
                the kernel does not forward IPv6, so nothing is relayed for other hosts: \
                sysctl -w net.ipv6.conf.all.forwarding=1
                """
            )
        }
    }

    private func handleNetworkChange() throws(ServiceError) {
        try hostState.look(now: runtime.now)
        announcement?.look(now: runtime.now)
        movers.handleNetworkChange()
        if nearHops?.isDone == true { nearHops?.begin(now: runtime.now) }
        guard let current = try? HostAddresses(exceptInterface: tunnel.interface.index), current != host else { return }
        host = current
        tunnel.answeringAddresses?.forget()
        let list = host.ipv6.isEmpty ? "none" : host.ipv6.map(\.description).joined(separator: ", ")
        logger.info("own IPv6 addresses: \(list)")
        tunnel.machine.setOwnAddresses(
            ipv6: host.ipv6,
            ipv4: configuration.ownIPv4Addresses(host),
            subnets: host.subnets
        )
        tunnel.drain()
        tunnel.flush()
    }
}

extension PathMoverSettings {
    fileprivate init(_ configuration: RelayServiceConfiguration) {
        self.init(
            tunnel: configuration.tunnel,
            peerLimit: configuration.peerLimit,
            countsOctets: configuration.countsPeerOctets
        )
    }
}

extension RelayServiceConfiguration: RoleConfiguration {
    package var needs: RoleNeeds {
        var needs = RoleNeeds.tunnel(tunnel.dataPath, hook: tunnel.hook)
        if announcement.table != nil { needs.addAnnouncement() }
        return needs
    }
    package var writtenFiles: [String] { [controlSocketPath] }
}
