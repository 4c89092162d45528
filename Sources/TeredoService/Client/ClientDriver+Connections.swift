import Logging
import TeredoCrypto
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// What the parts of a client want of its machine and of each other.
extension ClientDriver {
    /// Gives the parts what they want; the driver outlives them.
    func connect(_ networkWatch: NetworkWatch) {
        networkWatch.onChange = { [unowned self] () throws(ServiceError) in try handleNetworkChange() }
        servers.supply = { [unowned self] in supply($0) }
        servers.filter = { [unowned self] in configuration.client.filter.completedWithHost }
        discovery?.receive = { [unowned self] octets, source, link, now in
            tunnel.receive(octets, from: source, now: now) {
                $0.handleDiscoveryDatagram($1, from: source, onLink: link, now: now)
            }
        }
        diagnosis.subject = { [unowned self] in diagnosisSubject }
        diagnosis.nextSolicitation = { [unowned self] in tunnel.machine.nextForeignSolicitation(now: $0) }
        portMapping.request = { [unowned self] in portMappingRequest }
        portMapping.observed = { [unowned self] in tunnel.machine.mappedEndpoint }
        portMapping.changePort = { [unowned self] in changePort() }
        portMapping.report = { [unowned self] endpoint in
            tunnel.machine.setPortMapping(endpoint, now: runtime.now)
            tunnel.drain()
        }
        nearHops.way = { [unowned self] in wayOut }
        nearHops.report = { [unowned self] in tunnel.machine.setNearHops($0) }
        session?.obstacle = { [unowned self] in (configuration.server, history.reason) }
        tunnel.sendElsewhere = { [unowned self] transmit, octets in sendElsewhere(transmit, octets) }
    }

    /// Starts the client as soon as there is a way to the server.
    func startIfPossible() {
        guard case .waiting(let isLogged) = progress else { return }
        guard let endpoint = network.localEndpoint else {
            guard !isLogged else { return }
            progress = .waiting(isLogged: true)
            logger.warning(
                "offline, waiting for the network: there is no IPv4 route towards \(configuration.serverList)"
            )
            return
        }
        progress = .started
        tunnel.machine.setOwnAddresses(network.current.ownAddresses)
        tunnel.machine.start(localEndpoint: endpoint, subnets: network.current.subnets, now: runtime.now)
        tunnel.drain()
        portMapping.beginElsewhere(now: runtime.now)
    }

    /// Looks at the host again because something changed.
    private func handleNetworkChange() throws(ServiceError) {
        refreshNetwork()
        movers.handleNetworkChange()
        try host.look(now: runtime.now)
        startIfPossible()
    }

    /// Tells the client when the address towards the server or the subnets are others than before.
    ///
    /// Only another address ends the qualification: an interface that comes or goes elsewhere must not.
    private func refreshNetwork() {
        guard let addresses = try? Netlink.ipv4Addresses() else { return }
        discovery?.update(addresses, filter: configuration.client.filter)
        let change = network.refresh(addresses)
        guard isStarted else { return }
        let subnets = network.current.subnets
        tunnel.machine.setOwnAddresses(network.current.ownAddresses)
        switch change {
        case .none: break
        case .subnets: tunnel.machine.setSubnets(subnets)
        case .way:
            tunnel.machine.setSubnets(subnets)
            let router = network.gateway?.description ?? "no router"
            logger.info("network change: the way to the server leads through \(router) now")
            nearHops.begin(now: runtime.now)
            portMapping.beginElsewhere(now: runtime.now)
        case .address:
            diagnosis.abandon()
            logger.info("network change: the local address is now \(network.current.address?.description ?? "none")")
            tunnel.machine.handleNetworkChange(localEndpoint: network.localEndpoint, subnets: subnets, now: runtime.now)
            nearHops.begin(now: runtime.now)
            tunnel.drain()
            portMapping.beginElsewhere(now: runtime.now)
        }
    }

    /// Goes on with another service port, which the router may forward although it does not forward this one; returns
    /// `false` when the port stays, because the operator chose it, or threads or the kernel are bound to it.
    private func changePort() -> Bool {
        guard configuration.bind?.port ?? 0 == 0, movers.isEmpty else { return false }
        let former = tunnel.socket.localEndpoint
        do {
            let socket = try ServicePort.bindRandom(on: former.address, option: "--bind")
            runtime.enlargeBuffers(socket.descriptor)
            try ports.moveService(to: socket)
        } catch {
            logger.notice("the service port stays \(former.port): \(error)")
            return false
        }
        network.bound = tunnel.socket.localEndpoint
        logger.notice("service port \(network.bound.port) instead of \(former.port), for the router to forward")
        diagnosis.abandon()
        let subnets = network.current.subnets
        tunnel.machine.handleNetworkChange(localEndpoint: network.localEndpoint, subnets: subnets, now: runtime.now)
        tunnel.drain()
        return true
    }

    private func supply(_ servers: [ServerAddresses]) {
        if tunnel.machine.address == nil {
            network.choose(servers.map(\.primary))
            // The way to the server may be another than the one assumed before its address was known.
            refreshNetwork()
        }
        tunnel.machine.setServers(servers, now: runtime.now)
        tunnel.drain()
    }

    private var diagnosisSubject: (diagnosis: NATDiagnosis, address: IPv4Address)? {
        guard let server = tunnel.machine.server, let address = network.current.address else { return nil }
        var settings = NATDiagnosisConfiguration(server: server)
        if !configuration.client.qualification.checksSecondaryServer { settings.server.secondary = nil }
        // SEC-39: the server hears no more of a client than it would without the diagnosis.
        settings.solicitationSpacing = RFC4380.solicitationTimeout
        settings.secret = configuration.client.secret
        settings.filter = configuration.client.filter
        let diagnosis = NATDiagnosis(
            configuration: settings,
            authenticator: HMACSHA1Authenticator(),
            generator: SystemRandomNumberGenerator()
        )
        return (diagnosis, address)
    }

    private var wayOut: HopSearch.Way? {
        guard let server = network.server, let local = network.current.address else { return nil }
        return HopSearch.Way(server: server, local: local, mapped: tunnel.machine.mappedEndpoint?.address)
    }

    private var portMappingRequest: PortMappingRequest? {
        guard configuration.portMapping != .off, let local = network.localEndpoint, let gateway = network.gateway else {
            return nil
        }
        return PortMappingRequest(gateway: gateway, local: local, protocols: configuration.portMapping.protocols)
    }

    private func sendElsewhere(_ transmit: Transmit, _ octets: Span<UInt8>) {
        switch transmit.port {
        case .secondary:
            auxiliaryPorts.sendFromSecondary(octets, to: transmit.destination)
        case .randomPort(let slot):
            auxiliaryPorts.send(
                octets,
                fromRandom: slot,
                to: transmit.destination,
                timeToLive: transmit.timeToLive
            )
        case .service:
            for index in discovery?.interfaces ?? [] {
                tunnel.send(octets, to: transmit.destination, onInterface: index)
            }
        }
    }
}
