package import Logging
import TeredoCrypto
import TeredoDiagnosis
package import TeredoHost
import TeredoLinux
import TeredoProtocol
package import TeredoSettings
import TeredoWire

/// Runs a Teredo client: one thread, one event loop, from set-up to the signal that ends it.
package final class ClientDriver {
    var configuration: ClientServiceConfiguration
    let runtime: ServiceRuntime
    let tunnel: Tunnel<TeredoClient>
    let discovery: LocalDiscovery?
    let monitor: NetworkMonitor
    let resolver: NameResolver
    /// The threads beside this one that move packets.
    let workers: PathWorkers?
    /// The path of trusted peers in the kernel.
    let kernelPath: KernelPath?
    /// The command that the client runs for; `nil` for a client of the whole host.
    let session: CommandSession?
    var setup: InterfaceSetup
    var directory: ServerDirectory
    /// When the servers that are known are used although names are still being looked up.
    var supplyDeadline: ProtocolInstant?
    /// When names that did not resolve are looked up again.
    var lookUpDeadline: ProtocolInstant?
    var sourceRouting: SourceRouting?
    /// The program of the operator that hears of the address.
    let hook: HookRunner?
    var secondaryPort: AuxiliaryPort?
    var randomPorts: [UInt8: AuxiliaryPort] = [:]
    /// The NAT diagnosis while it runs.
    var probeSockets: ProbeSockets?
    /// What the NAT diagnosis found out; `nil` until it has ended.
    var natReport: NATReport?
    var portMapping: PortMappingService?
    var isMappingRemoved = false
    /// Whether another way to a port mapping is wanted than the one in use.
    var isPortMappingOutdated = false
    var network: LocalNetwork
    var isStarted = false
    /// Whether the lack of a way to the server was logged.
    var isWaitingForNetwork = false
    /// The primary address that the route is looked up for, once the name is resolved.
    var serverAddress: IPv4Address?
    var stateSince: Int64
    var stateReason: StateChangeReason?
    /// The last changes of state, the newest first.
    var history: [(instant: Int64, status: ConnectivityStatus, reason: StateChangeReason)] = []
    var failure: ServiceError?

    enum Source {
        static let service: UInt64 = 0
        static let interface: UInt64 = 1
        static let discovery: UInt64 = 2
        static let secondary: UInt64 = 3
        static let monitor: UInt64 = 4
        static let resolver: UInt64 = 5
        /// First socket of the NAT diagnosis; the others follow.
        static let probes: UInt64 = 16
        static let portMapping: UInt64 = 6
        static let workers: UInt64 = 8
        static let portMappingAnswer: UInt64 = 7
        static let command: UInt64 = 9
        /// Random port of slot 0; those of the other slots follow.
        static let randomPorts: UInt64 = 256
    }

    var logger: Logger { runtime.logger }

    /// Makes interface, sockets and control socket; throws, and leaves nothing behind, when one cannot be made.
    ///
    /// With a session the interface is in the command's network namespace, and everything else in that of this process.
    /// With a watch the role also ends when the watch calls for another one. `hooks` is started here unless given.
    package init(
        _ configuration: ClientServiceConfiguration,
        logger: Logger,
        session: CommandSession? = nil,
        watch: RoleWatch? = nil,
        hooks: HookProcess? = nil
    ) throws(ServiceError) {
        self.configuration = configuration
        self.session = session
        if session == nil {
            try Privileges.require(.netAdmin, to: "make the interface \(configuration.interfaceName)", role: .client)
        }
        runtime = try ServiceRuntime(controlSocketPath: configuration.controlSocketPath, logger: logger, watch: watch)
        let interface = try InterfaceSetup.makeInterface(
            configuration.interfaceName,
            role: .client,
            offloads: configuration.offloads,
            workers: configuration.workers,
            inside: session?.command
        )
        setup = InterfaceSetup(index: interface.index, name: interface.name, socket: session?.command.netlink)
        hook = try HookRunner(
            path: configuration.hook,
            process: hooks,
            interface: .init(name: interface.name, index: interface.index),
            logger: logger
        )
        try setup.bringUp(mtu: configuration.client.mtu)
        sourceRouting = configuration.routingTable.map {
            SourceRouting(
                table: UInt32($0),
                index: interface.index,
                name: interface.name,
                socket: session?.command.netlink
            )
        }
        let remembered = Self.rememberedState(configuration, logger)
        let socket = try Self.bindService(configuration, remembered: remembered, logger)
        let addresses = try ServiceError.wrapping { () throws(SystemError) in try Netlink.ipv4Addresses() }
        discovery = Self.makeDiscovery(configuration, addresses, logger)
        monitor = try ServiceError.wrapping { () throws(SystemError) in try NetworkMonitor() }
        resolver = try ServiceError.wrapping { () throws(SystemError) in try NameResolver() }
        directory = ServerDirectory(configuration.servers, configuredSecondary: configuration.secondaryServer)
        serverAddress = directory.servers.first?.primary
        network = LocalNetwork(
            addresses,
            towards: serverAddress ?? Self.anyGlobalAddress,
            bound: socket.localEndpoint.address
        )
        stateSince = MonotonicClock.nanoseconds
        var settings = configuration.client
        settings.usesLocalDiscovery = discovery != nil
        settings.rememberedAddress = remembered?.address
        let client = TeredoClient(
            configuration: settings,
            authenticator: HMACSHA1Authenticator(),
            generator: SystemRandomNumberGenerator(),
            now: ProtocolInstant(nanoseconds: MonotonicClock.nanoseconds)
        )
        tunnel = try Tunnel(client, interface: interface, socket: socket, offloads: configuration.offloads)
        workers = try PathWorkers(
            count: configuration.workers - 1,
            tunnel: tunnel,
            offloads: configuration.offloads,
            peerLimit: configuration.client.peerLimit,
            countsOctets: configuration.client.countsPeerOctets
        )
        kernelPath = try KernelPath(
            configuration.dataPath,
            interface: tunnel.interface,
            bound: tunnel.socket.localEndpoint,
            role: .client(nil),
            peerLimit: configuration.client.peerLimit,
            logger: logger
        )
        tunnel.noticesPeers = kernelPath != nil
        try watchSources()
    }

    /// Has SIGHUP do `action` instead of ending the role.
    package func onHangUp(_ action: ((Logger) -> Void)?) { runtime.onHangUp = action }

    /// Runs until a signal or its watch ends it; throws when it cannot go on.
    package func run() throws(ServiceError) {
        defer { hook?.close() }
        tunnel.sendElsewhere = { [unowned self] transmit, octets in sendElsewhere(transmit, octets) }
        announce()
        startIfPossible()
        beginSession()
        while !runtime.isStopping, session?.exitStatus == nil {
            pump()
            if let failure { throw failure }
            try session?.checkPatience(server: configuration.server, reason: stateReason)
            runtime.wait(until: nextTimeout, control: self, handle: handle)
            let now = runtime.now
            handleDiagnosisTimeout(now: now)
            handleServerTimeouts(now: now)
            replaceOutdatedPortMapping()
            if let deadline = tunnel.machine.nextTimeout, deadline <= now { tunnel.handleTimeout(now: now) }
            workers?.handleTimeout(tunnel, now: now)
            kernelPath?.follow(tunnel, now: now)
            kernelPath?.handleTimeout(tunnel, now: now)
            if let deadline = portMapping?.nextTimeout, deadline <= now {
                servePortMapping { $0.handleTimeout(now: $1) }
            }
        }
        workers?.stop()
        withdraw()
        removePortMapping()
        session?.conclude(signal: runtime.endingSignal)
        logger.info("ended: interface \(tunnel.interface.name), its address and routes are gone")
    }

    private var nextTimeout: ProtocolInstant? {
        var next = ProtocolInstant.earlier(tunnel.machine.nextTimeout, probeSockets?.diagnosis.nextTimeout)
        next = .earlier(next, portMapping?.nextTimeout)
        next = .earlier(next, workers?.nextTimeout)
        next = .earlier(next, session?.deadline)
        next = .earlier(next, serverDeadline)
        return .earlier(next, kernelPath?.nextTimeout)
    }

    /// An address that only serves to ask the kernel for a route while the server's address is unknown.
    static let anyGlobalAddress = IPv4Address(192, 0, 2, 1)

    private static func makeDiscovery(
        _ configuration: ClientServiceConfiguration,
        _ addresses: [InterfaceAddress<IPv4Address>],
        _ logger: Logger
    ) -> LocalDiscovery? {
        guard configuration.client.usesLocalDiscovery else { return nil }
        do {
            let discovery = try LocalDiscovery()
            discovery.update(addresses, filter: configuration.client.filter)
            return discovery
        } catch {
            logger.notice("local client discovery is off: \(error)")
            return nil
        }
    }

    private func watchSources() throws(ServiceError) {
        try runtime.shareControl(withGroup: configuration.controlGroup)
        try runtime.add(tunnel.socket.descriptor, source: Source.service)
        try runtime.add(tunnel.interface.descriptor, source: Source.interface)
        try runtime.add(monitor.descriptor, source: Source.monitor)
        try runtime.add(resolver.descriptor, source: Source.resolver)
        if let workers { try runtime.add(workers.descriptor, source: Source.workers) }
        if let discovery { try runtime.add(discovery.descriptor, source: Source.discovery) }
        if let session { try runtime.add(session.command.descriptor, source: Source.command) }
    }

    private func beginSession() {
        guard let session else { return }
        runtime.divertSignal = { session.take(signal: $0, isFromTerminal: $1) }
        session.begin()
    }

    private func announce() {
        logger.info(
            """
            interface \(tunnel.interface.name), service port \(tunnel.socket.localEndpoint), \
            control socket \(runtime.controlSocketPath)
            """
        )
        guard session == nil, !runtime.isWatched else { return }
        let native = (try? Netlink.ipv6Addresses())?.first { $0.address.isGlobalScope && !$0.address.isTeredo }
        if let native {
            logger.notice(
                """
                this host has native IPv6 (\(native.address) on \(native.interfaceName)), which is preferred to Teredo; \
                to reach Teredo clients directly run a host-relay instead (RFC 4380 section 5.5)
                """
            )
        }
    }

    private func handle(_ source: UInt64) {
        switch source {
        case Source.service: tunnel.receiveDatagrams()
        case Source.interface: receivePackets()
        case Source.discovery: receiveDiscovery()
        case Source.secondary: receiveSecondary()
        case Source.monitor: handleNetworkChange()
        case Source.resolver: handleResolution()
        case Source.workers: workers?.serve(tunnel, now: runtime.now)
        case Source.probes..<Source.randomPorts: receive(onProbe: Int(source - Source.probes))
        case Source.command: session?.handleEnd()
        case Source.portMapping: servePortMapping { $0.receive(now: $1) }
        case Source.portMappingAnswer: servePortMapping { $0.receiveAnswer(now: $1) }
        case Source.randomPorts...Source.randomPorts + 255: receive(onRandomPort: UInt8(source - Source.randomPorts))
        default: break
        }
        pump()
    }

    private func receivePackets() {
        guard !tunnel.receivePackets(), !tunnel.interface.exists else { return }
        failure = ServiceError(
            "the interface \(tunnel.interface.name) was removed by another program",
            remedy: "start the client again"
        )
    }

    private func receiveDiscovery() {
        let now = runtime.now
        discovery?.receive { octets, source in
            _ = tunnel.machine.handleDatagram(octets, from: source, on: .discovery, now: now)
            tunnel.drain()
        }
        tunnel.flush()
    }

    private func receiveSecondary() {
        let now = runtime.now
        secondaryPort?.receive { octets, source in
            _ = tunnel.machine.handleDatagram(octets, from: source, on: .secondary, now: now)
            tunnel.drain()
        }
        tunnel.flush()
    }

    private func receive(onRandomPort slot: UInt8) {
        let now = runtime.now
        randomPorts[slot]?.receive { octets, source in
            tunnel.receive(octets) { $0.handleDatagram($1, from: source, on: .randomPort(slot), now: now) }
        }
        tunnel.flush()
    }

    private func sendElsewhere(_ transmit: Transmit, _ octets: Span<UInt8>) {
        switch transmit.port {
        case .secondary:
            secondaryPort?.send(octets, to: transmit.destination)
        case .randomPort(let slot):
            randomPorts[slot]?.send(octets, to: transmit.destination)
        case .service, .discovery:
            for index in discovery?.interfaces ?? [] {
                tunnel.send(octets, to: transmit.destination, onInterface: index)
            }
        }
    }
}
