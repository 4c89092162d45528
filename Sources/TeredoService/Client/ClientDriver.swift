package import Logging
import TeredoCrypto
package import TeredoHost
package import TeredoLinux
import TeredoProtocol
package import TeredoSettings
import TeredoWire

/// Runs a Teredo client: one thread, one event loop, from set-up to the signal that ends it.
///
/// What it does itself is what concerns several of its parts: beginning and ending, and what the machine asks for.
package final class ClientDriver: TunnelDriver, RoleDriver {
    var configuration: ClientServiceConfiguration
    let runtime: ServiceRuntime
    let parts: [any DriverPart]
    let ports: TunnelPorts<TeredoClient>
    /// What moves packets beside this thread.
    let movers: [any PathMover]
    let interface: HostInterface
    let hostState: HostStateKeeper
    /// What may come out of the tunnel.
    let gate: InboundGate
    let servers: ServerFinder
    /// `nil` where it is not wanted or cannot be had.
    let discovery: LocalDiscovery?
    let auxiliaryPorts: AuxiliaryPorts
    let diagnosis: NATDiagnosisPart
    let nearHops: NearHopsPart
    let portMapping: PortMappingPart
    let stateFile: ClientStateFile
    /// The command that the client runs for; `nil` for a client of the whole host.
    let session: CommandSession?
    var network: ClientNetwork
    var history: StateHistory
    var progress = Progress.waiting(isLogged: false)

    /// How far the client has come.
    enum Progress {
        /// There is no way to the server yet; whether that was logged.
        case waiting(isLogged: Bool)
        case started
    }

    var tunnel: Tunnel<TeredoClient> { ports.tunnel }
    var logger: Logger { runtime.logger }
    var isStarted: Bool { if case .started = progress { true } else { false } }

    /// Makes interface, sockets and control socket; throws, and leaves nothing behind, when one cannot be made.
    package convenience init(_ configuration: ClientServiceConfiguration, logger: Logger) throws(ServiceError) {
        try self.init(configuration, logger: logger, session: nil)
    }

    /// Makes interface, sockets and control socket; throws, and leaves nothing behind, when one cannot be made.
    ///
    /// With a session the interface is in the command's network namespace, and everything else in that of this process.
    package convenience init(
        _ configuration: ClientServiceConfiguration,
        logger: Logger,
        session: CommandSession?
    ) throws(ServiceError) {
        try self.init(configuration, logger: logger, session: session, watch: nil)
    }

    /// Makes interface, sockets and control socket, as ``init(_:logger:session:)`` does.
    ///
    /// With a watch the role also ends when the watch calls for another one. `hooks` is started here unless given,
    /// and `allowances` are those of the settings.
    init(
        _ configuration: ClientServiceConfiguration,
        logger: Logger,
        session: CommandSession?,
        watch: RoleWatch?,
        hooks: HookProcess? = nil,
        allowances: InboundAllowances? = nil
    ) throws(ServiceError) {
        self.configuration = configuration
        self.session = session
        if session == nil {
            try Privileges.require(
                .netAdmin,
                to: "make the interface \(configuration.tunnel.interfaceName)",
                role: .client
            )
        }
        runtime = try ServiceRuntime(controlSocketPath: configuration.controlSocketPath, logger: logger, watch: watch)
        let sources = runtime.sources
        let device = try InterfaceSetup.makeInterface(
            configuration.tunnel.interfaceName,
            role: .client,
            offloads: configuration.tunnel.offloads,
            workers: configuration.tunnel.workers,
            inside: session?.command
        )
        gate = try InboundGate(
            InboundGateSettings(configuration, socket: session?.command.netfilter),
            allowances ?? InboundAllowances(configuration.allowed),
            on: device,
            now: runtime.now,
            logger: logger
        )
        interface = try HostInterface(
            device,
            behind: gate,
            mtu: configuration.client.mtu,
            hook: configuration.tunnel.hook,
            hooks: hooks,
            table: HostInterface.Table(configuration.routingTable, isAlone: session != nil),
            socket: session?.command.netlink,
            logger: logger
        )
        stateFile = ClientStateFile(path: configuration.stateFile, logger: logger)
        let remembered = stateFile.remembered
        let socket = try ServicePort.bind(configuration, remembered: remembered, logger)
        let bound = socket.localEndpoint
        let addresses = try ServiceError.wrapping { () throws(SystemError) in try Netlink.ipv4Addresses() }
        let client = configuration.client
        discovery =
            if client.localDiscovery.isOn {
                try LocalDiscovery.begin(on: addresses, filter: client.filter, sources, logger: logger)
            } else {
                nil
            }
        let networkWatch = try NetworkWatch(interface: device.index, inside: session?.command, sources)
        hostState = HostStateKeeper(interface, role: "client", now: runtime.now, logger: logger)
        let directory = ServerDirectory(configuration.servers, configuredSecondary: configuration.secondaryServer)
        servers = try ServerFinder(directory, sources, logger: logger)
        network = ClientNetwork(addresses, server: directory.servers.first?.primary, bound: bound)
        history = StateHistory(beginning: runtime.now)
        var settings = client
        settings.localDiscovery.isOn = discovery != nil
        settings.rememberedAddress = remembered?.address
        let machine = TeredoClient(
            configuration: settings,
            authenticator: HMACSHA1Authenticator(),
            generator: SystemRandomNumberGenerator(),
            now: runtime.now
        )
        let tunnel = try Tunnel(machine, interface: device, socket: socket, offloads: configuration.tunnel.offloads)
        tunnel.notes.drops = DropTrace(logger)
        tunnel.notes.exchanges = runtime.exchanges
        movers = try .all(for: tunnel, PathMoverSettings(configuration), runtime)
        try runtime.shareControl(withGroup: configuration.controlGroup)
        ports = try TunnelPorts(tunnel, role: .client, sources)
        auxiliaryPorts = AuxiliaryPorts(tunnel, sources, logger: logger)
        diagnosis = NATDiagnosisPart(bound: bound.address, sources, logger: logger)
        nearHops = NearHopsPart(filter: client.filter, sources, logger: logger)
        let records = MappingRecordFile(
            stateFile: configuration.stateFile,
            controlSocketPath: runtime.controlSocketPath,
            logger: logger
        )
        portMapping = PortMappingPart(records, sources, logger: logger)
        try session?.watch(sources)
        let usual: [any DriverPart] = [networkWatch, hostState, diagnosis, nearHops, servers, ports, gate]
        let optional: [(any DriverPart)?] = [discovery, session]
        parts = usual + movers + [portMapping, auxiliaryPorts] + optional.compactMap(\.self)
        connect(networkWatch)
    }

    /// Has those who ask on the control socket see and change `settings`, and SIGHUP read them again.
    package func follow(_ settings: RunningSettings?) { runtime.settings = settings }

    /// Runs until a signal or its watch ends it; throws when it cannot go on.
    package func run() throws(ServiceError) {
        defer { interface.close() }
        announce()
        startIfPossible()
        beginSession()
        while !runtime.isStopping, session?.exitStatus == nil { try turn() }
        removePortMapping()
        movers.stop(tunnel)
        interface.withdraw()
        session?.conclude(signal: runtime.endingSignal)
        logger.info("ended: interface \(tunnel.interface.name), its address and routes are gone")
    }

    /// Removes the port mapping at the end; the client goes on meanwhile, half a second at most.
    private func removePortMapping() {
        portMapping.end(now: runtime.now)
        while portMapping.isRemoving {
            // What fails now would have ended the role, which ends anyway.
            do { try turn() } catch { return }
        }
    }

    /// Takes over those of the settings that can change without losing address and peers (``Role/settingsAtOnce``);
    /// throws, and leaves everything as it is, when there is no memory for them.
    package func adopt(_ fresh: ClientServiceConfiguration) throws(ServiceError) -> SettingsAdoption {
        try movers.adopt(peerLimit: configuration.client.peerLimit, countsOctets: fresh.client.countsPeerOctets)
        try gate.adopt(fresh.inbound, allowing: fresh.allowed)
        let previous = configuration
        configuration.server = fresh.server
        configuration.furtherServers = fresh.furtherServers
        configuration.portMapping = fresh.portMapping
        (configuration.inbound, configuration.allowed) = (fresh.inbound, fresh.allowed)
        configuration.client.adopt(fresh.client)
        tunnel.machine.adopt(configuration.client, now: runtime.now)
        // Paths of peers that are denied end with the next look at them, which is to come now.
        movers.review(now: runtime.now)
        tunnel.drain()
        if configuration.servers != previous.servers { servers.adopt(configuration.servers, now: runtime.now) }
        if configuration.portMapping != previous.portMapping, isStarted { portMapping.replace(now: runtime.now) }
        return SettingsAdoption(live: Role.client.settingsAtOnce)
    }

    private func beginSession() {
        guard let session else { return }
        runtime.divertSignal = { session.take(signal: $0, isFromTerminal: $1) }
        session.begin(now: runtime.now)
    }

    private func announce() {
        logger.info(
            """
            interface \(tunnel.interface.name), service port \(tunnel.socket.localEndpoint), \
            control socket \(runtime.controlSocketPath)
            """
        )
        gate.warn()
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
}

extension HostInterface.Table {
    /// What the operator chose, for an interface that is the only one in its network namespace or not.
    fileprivate init(_ choice: RoutingTableChoice, isAlone: Bool) {
        self =
            switch choice {
            case .auto: isAlone ? .none : .ofInterface
            case .off: .none
            case .number(let number): .chosen(number)
            }
    }
}

extension PathMoverSettings {
    fileprivate init(_ configuration: ClientServiceConfiguration) {
        self.init(
            tunnel: configuration.tunnel,
            peerLimit: configuration.client.peerLimit,
            countsOctets: configuration.client.countsPeerOctets
        )
    }
}

extension ClientServiceConfiguration: RoleConfiguration {
    package var role: Role { .client }
    package var keptCapabilities: Set<Capability> { tunnel.dataPath.capabilities }
    package var needs: RoleNeeds { .client(tunnel.dataPath, hook: tunnel.hook) }
    package var writtenFiles: [String] { [controlSocketPath, stateFile].compactMap(\.self) }
}
