package import Logging
import TeredoCrypto
package import TeredoHost
import TeredoLinux
import TeredoProtocol
package import TeredoSettings
import TeredoWire

/// Runs a relay for routers or a host-specific relay: one thread, one event loop.
package final class RelayDriver {
    var configuration: RelayServiceConfiguration
    let runtime: ServiceRuntime
    let tunnel: Tunnel<TeredoRelay>
    private let monitor: NetworkMonitor
    /// The threads beside this one that move packets.
    let workers: PathWorkers?
    /// The path of trusted peers in the kernel.
    let kernelPath: KernelPath?
    var host: HostAddresses
    private var setup: InterfaceSetup
    /// The program of the operator that hears of the interface.
    private let hook: HookRunner?
    private var failure: ServiceError?

    private enum Source {
        static let service: UInt64 = 0
        static let interface: UInt64 = 1
        static let monitor: UInt64 = 2
        static let workers: UInt64 = 3
    }

    private var logger: Logger { runtime.logger }

    /// Makes interface, route, socket and control socket; throws, and leaves nothing behind, when one cannot be made.
    ///
    /// With a watch the role also ends when the watch calls for another one. `hooks` is started here unless given.
    package convenience init(
        _ configuration: RelayServiceConfiguration,
        logger: Logger,
        watch: RoleWatch? = nil,
        hooks: HookProcess? = nil
    ) throws(ServiceError) {
        let name = configuration.interfaceName
        try Privileges.require(.netAdmin, to: "make the interface \(name)", role: configuration.role)
        let path = configuration.controlSocketPath
        let runtime = try ServiceRuntime(controlSocketPath: path, logger: logger, watch: watch)
        try self.init(configuration, runtime: runtime, hooks: hooks)
    }

    /// Makes interface, route and socket; what the relay has for the clients of `server`, the server in the same process,
    /// goes to it.
    init(
        _ configuration: RelayServiceConfiguration,
        runtime: ServiceRuntime,
        server: ServerDriver? = nil,
        hooks: HookProcess? = nil
    ) throws(ServiceError) {
        self.configuration = configuration
        self.runtime = runtime
        let logger = runtime.logger
        let role = configuration.role
        let socket = try ServicePort.bindService(configuration.bind, isShared: configuration.workers > 1)
        let interface = try InterfaceSetup.makeInterface(
            configuration.interfaceName,
            role: role,
            offloads: configuration.offloads,
            workers: configuration.workers
        )
        setup = InterfaceSetup(index: interface.index, name: interface.name)
        hook = try HookRunner(
            path: configuration.hook,
            process: hooks,
            interface: .init(name: interface.name, index: interface.index),
            logger: logger
        )
        try setup.bringUp(mtu: TeredoConstants.mtu)
        try setup.addRoute(.teredo)
        monitor = try ServiceError.wrapping { () throws(SystemError) in try NetworkMonitor() }
        host = try HostAddresses(exceptInterface: interface.index)
        var settings = RelayConfiguration(configuration, host)
        settings.isBehindNAT = !host.isReachable(at: socket.localEndpoint.address, filter: settings.filter)
        var relay = TeredoRelay(
            configuration: settings,
            authenticator: HMACSHA1Authenticator(),
            generator: SystemRandomNumberGenerator(),
            now: ProtocolInstant(nanoseconds: MonotonicClock.nanoseconds)
        )
        relay.setOwnAddresses(ipv6: host.ipv6, ipv4: host.ipv4, subnets: host.subnets)
        tunnel = try Tunnel(relay, interface: interface, socket: socket, offloads: configuration.offloads)
        workers = try PathWorkers(
            count: configuration.workers - 1,
            tunnel: tunnel,
            offloads: configuration.offloads,
            peerLimit: configuration.peerLimit,
            countsOctets: configuration.countsPeerOctets
        )
        kernelPath = try KernelPath(
            configuration.dataPath,
            interface: tunnel.interface,
            bound: tunnel.socket.localEndpoint,
            role: Self.pathRole(configuration, host),
            peerLimit: configuration.peerLimit,
            logger: logger
        )
        tunnel.noticesPeers = kernelPath != nil
        try runtime.shareControl(withGroup: configuration.controlGroup)
        if let server, let address = configuration.ownServer {
            let relay = tunnel.socket.localEndpoint
            tunnel.elsewhere = UDPEndpoint(address, TeredoConstants.udpPort)
            tunnel.sendElsewhere = { _, octets in server.receive(octets, fromRelayAt: relay) }
        }
        if let workers { try runtime.add(workers.descriptor, source: Source.workers) }
        try runtime.add(tunnel.socket.descriptor, source: Source.service)
        try runtime.add(tunnel.interface.descriptor, source: Source.interface)
        try runtime.add(monitor.descriptor, source: Source.monitor)
    }

    /// Has SIGHUP do `action` instead of ending the role.
    package func onHangUp(_ action: ((Logger) -> Void)?) { runtime.onHangUp = action }

    /// Runs until a signal or its watch ends it; throws when it cannot go on.
    package func run() throws(ServiceError) {
        defer { closeHook() }
        logger.info(
            """
            interface \(tunnel.interface.name), service port \(tunnel.socket.localEndpoint), \
            control socket \(runtime.controlSocketPath), 2001::/32 routed to the interface
            """
        )
        runtime.publish("service port \(tunnel.socket.localEndpoint)")
        warn()
        begin()
        while !runtime.isStopping {
            runtime.wait(until: prepareToWait(), control: self, handle: handle)
            try handleTimeout()
        }
        end()
    }

    /// Tells the hook that the interface is up.
    func begin() { hook?.up(address: nil, mtu: TeredoConstants.mtu) }

    /// Tells the hook that the relay ends, and waits for it.
    func closeHook() { hook?.close() }

    /// Prepares for waiting, and tells when ``handleTimeout()`` has something to do at the latest.
    func prepareToWait() -> ProtocolInstant? {
        workers?.adoptRules(of: tunnel)
        let machines = ProtocolInstant.earlier(tunnel.machine.nextTimeout, workers?.nextTimeout)
        return ProtocolInstant.earlier(machines, kernelPath?.nextTimeout)
    }

    /// Does what is due after each wait; throws when the relay cannot go on.
    func handleTimeout() throws(ServiceError) {
        let now = runtime.now
        if let deadline = tunnel.machine.nextTimeout, deadline <= now { tunnel.handleTimeout(now: now) }
        workers?.handleTimeout(tunnel, now: now)
        kernelPath?.follow(tunnel, now: now)
        kernelPath?.handleTimeout(tunnel, now: now)
        if let failure { throw failure }
    }

    /// Takes back what was made.
    func end() {
        workers?.stop()
        setup.withdraw()
        logger.info("ended: interface \(tunnel.interface.name) and its route are gone")
    }

    /// Logs what the host lacks.
    func warn() {
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

    /// Serves one of the descriptors in the event loop.
    func handle(_ source: UInt64) {
        switch source {
        case Source.service: tunnel.receiveDatagrams()
        case Source.interface:
            if !tunnel.receivePackets() { checkInterface() }
        case Source.monitor: handleNetworkChange()
        case Source.workers: workers?.serve(tunnel, now: runtime.now)
        default: break
        }
    }

    private func handleNetworkChange() {
        monitor.drain()
        checkInterface()
        guard failure == nil else { return }
        _ = setup.restore()
        kernelPath?.handleNetworkChange()
        guard let current = try? HostAddresses(exceptInterface: tunnel.interface.index), current != host else { return }
        host = current
        let list = host.ipv6.isEmpty ? "none" : host.ipv6.map(\.description).joined(separator: ", ")
        logger.info("own IPv6 addresses: \(list)")
        tunnel.machine.setOwnAddresses(ipv6: host.ipv6, ipv4: host.ipv4, subnets: host.subnets)
        kernelPath?.adopt(Self.pathRole(configuration, host), mtu: TeredoConstants.mtu)
        tunnel.drain()
        tunnel.flush()
    }

    static func pathRole(
        _ configuration: RelayServiceConfiguration,
        _ host: HostAddresses
    ) -> KernelDataPath.Role {
        configuration.role == .hostRelay ? .hostRelay(host.ipv6) : .relay(configuration.servedPrefixes)
    }

    private func checkInterface() {
        guard !tunnel.interface.exists else { return }
        failure = ServiceError(
            "the interface \(tunnel.interface.name) was removed by another program",
            remedy: "start the relay again"
        )
    }
}

extension TeredoRelay: PathMachine, PeerMachine {
    mutating func handleServiceDatagram(
        _ bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        handleDatagram(bytes, from: source, now: now)
    }
}
