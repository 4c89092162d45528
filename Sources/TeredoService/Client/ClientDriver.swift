package import Logging
import TeredoCrypto
package import TeredoHost
import TeredoLinux
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
    /// Where packets come from and go to on this host.
    let host: any ClientHost
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
    /// Whether what the client runs for is over, if that is anything but a command.
    var isDone: () -> Bool = { false }

    /// How far the client has come.
    enum Progress {
        /// There is no way to the server yet; whether that was logged.
        case waiting(isLogged: Bool)
        case started
    }

    var tunnel: Tunnel<TeredoClient> { ports.tunnel }
    var logger: Logger { runtime.logger }
    var inboundGate: InboundGate? { host.gate }
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
    /// With a watch the role also ends when the watch calls for another one. `process` and `hooks` are started here unless given, and
    /// `allowances` are those of the settings.
    convenience init(
        _ configuration: ClientServiceConfiguration,
        logger: Logger,
        session: CommandSession?,
        watch: RoleWatch?,
        process: HostProcess? = nil,
        hooks: HookProcess? = nil,
        allowances: InboundAllowances? = nil
    ) throws(ServiceError) {
        if session == nil, process == nil {
            try Privileges.require(
                .netAdmin,
                to: "make the interface \(configuration.tunnel.interfaceName)",
                role: .client
            )
        }
        let runtime = try ServiceRuntime(
            controlSocketPath: configuration.controlSocketPath,
            logger: logger,
            watch: watch
        )
        let device = try InterfaceSetup.makeInterface(
            configuration.tunnel.interfaceName,
            role: .client,
            offloads: configuration.tunnel.offloads,
            workers: configuration.tunnel.workers,
            inside: session?.command,
            by: process
        )
        let host = try InterfaceHost(
            configuration,
            on: device,
            inside: session?.command,
            by: process,
            hooks: hooks,
            allowances: allowances,
            runtime
        )
        try self.init(configuration, runtime, session: session, host: host, device: device)
        host.exists = { [unowned self] in tunnel.interface.exists }
    }

    /// Makes all but the host's side, which packets for the host reach through `device`.
    init(
        _ configuration: ClientServiceConfiguration,
        _ runtime: ServiceRuntime,
        session: CommandSession?,
        host: any ClientHost,
        device: consuming TUNDevice
    ) throws(ServiceError) {
        self.configuration = configuration
        self.runtime = runtime
        self.session = session
        self.host = host
        let (sources, logger) = (runtime.sources, runtime.logger)
        stateFile = ClientStateFile(path: configuration.stateFile, logger: logger)
        let remembered = stateFile.remembered
        let socket = try ServicePort.bind(configuration, remembered: remembered, by: runtime.bind, logger)
        runtime.enlargeBuffers(socket.descriptor)
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
        var directory = ServerDirectory(configuration.servers, configuredSecondary: configuration.secondaryServer)
        directory.denied = client.denied
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
        tunnel.notes.exchanges = runtime.control.exchanges
        movers = try .all(for: tunnel, PathMoverSettings(configuration), runtime)
        try runtime.control.share(withGroup: configuration.controlGroup)
        ports = try TunnelPorts(tunnel, role: .client, sources)
        auxiliaryPorts = AuxiliaryPorts(tunnel, runtime)
        diagnosis = NATDiagnosisPart(bound: bound.address, sources, logger: logger)
        nearHops = NearHopsPart(filter: client.filter, sources, logger: logger)
        let records = MappingRecordFile(
            stateFile: configuration.stateFile,
            controlSocketPath: runtime.control.path,
            logger: logger
        )
        portMapping = PortMappingPart(records, sources, logger: logger)
        try session?.watch(sources)
        let usual: [any DriverPart] = [networkWatch, diagnosis, nearHops, servers, ports]
        let optional: [(any DriverPart)?] = [discovery, session]
        parts = usual + host.parts + movers + [portMapping, auxiliaryPorts] + optional.compactMap(\.self)
        connect(networkWatch)
    }

    /// Has those who ask on the control socket see and change `settings`, and SIGHUP read them again.
    package func follow(_ settings: RunningSettings?) { runtime.settings = settings }

    /// Runs until a signal or its watch ends it; throws when it cannot go on.
    package func run() throws(ServiceError) {
        // Movers hold the tunnel and it them, and so all that has to go when the role ends, by an error as well.
        defer {
            movers.stop(tunnel)
            host.close()
        }
        announce()
        startIfPossible()
        beginSession()
        while !runtime.isStopping, session?.exitStatus == nil, !isDone() { try turn() }
        host.end(now: runtime.now)
        tunnel.flush()
        removePortMapping()
        movers.stop(tunnel)
        try host.withdraw()
        session?.conclude(signal: runtime.endingSignal)
        logger.info("ended: \(host.farewell)")
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
        try host.gate?.adopt(fresh.inbound, allowing: fresh.allowed)
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
        let denied = configuration.client.denied
        if configuration.servers != previous.servers || denied != previous.client.denied {
            servers.adopt(configuration.servers, denied: denied, now: runtime.now)
        }
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
            \(host.place), service port \(tunnel.socket.localEndpoint), \
            control socket \(runtime.control.path)
            """
        )
        host.announce(isAlone: session == nil && runtime.watch == nil)
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
    package var needs: RoleNeeds { .client(tunnel.dataPath, hook: tunnel.hook) }
    package var writtenFiles: [String] { [controlSocketPath, stateFile].compactMap(\.self) }
}
