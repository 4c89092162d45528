package import TeredoControl
import TeredoDiagnosis
import TeredoHost
import TeredoLinux
import TeredoPortMapping
package import TeredoProtocol
import TeredoSettings
package import TeredoWire

/// The report of a running client.
extension ClientDriver: ControlSource {
    /// What `teredo status` shows.
    package func status() -> StatusReport { .client(clientStatus) }

    /// What the client knows to be in its way.
    package func check() -> ClientCheck? { ClientCheck(clientStatus) }

    private var clientStatus: ClientStatus {
        let client = tunnel.machine
        var system = movers.adding(to: tunnel.systemCounters)
        system.subscribersDropped = runtime.droppedSubscribers
        let counters = StatusCounters(movers.adding(to: client.counters), system: system)
        var status = ClientStatus(
            state: ConnectivityState(client.status),
            serverNames: configuration.serverList,
            interface: tunnel.interface.name,
            counters: counters
        )
        status.phase = client.status.phase
        switch client.status {
        case .offline(let until) where until.nanoseconds != .max:
            status.retry = max(.zero, until - runtime.now)
        default: break
        }
        status.reason = isStarted ? history.reason?.description : "there is no IPv4 route towards the server"
        status.stateAge = runtime.now - history.since
        status.history = history.entries.map { change in
            StateChange(to: change.status, change.reason, age: runtime.now - change.instant)
        }
        status.roles = runtime.roleHistory
        status.address = client.address
        status.server = client.server?.primary
        status.secondaryServer = client.server?.secondary
        status.servers = client.servers.map { ServerHealthStatus($0, now: runtime.now) }
        status.mappedEndpoint = client.mappedEndpoint
        status.localEndpoint = network.localEndpoint
        status.type = runtime.autoType ?? .client
        status.clientPort = configuration.bind.flatMap { $0.port == 0 ? nil : $0.port }
        status.network = runtime.network
        status.nat = natStatus
        status.mtu = client.mtu
        status.interfaceFaults = hostState.faults
        status.interfaceRestorations = hostState.restorations
        status.offloads = tunnel.offloadsInForce
        status.workers = configuration.workers
        status.dataPath = configuration.dataPath
        status.kernelPeers = movers.kernelPeers
        status.refreshInterval = client.refreshInterval
        status.portMapping = portMappingStatus
        status.transitRelay = client.transitRelay
        status.nativeIPv6 = NativeStatus(client.nativeReachability(now: runtime.now), now: runtime.now)
        status.inbound = gate.status
        status.peers = client.peerCount
        status.uptime = runtime.uptime
        return status
    }

    package func peers(limit: Int) -> PeerList? {
        tunnel.peerList(limit: limit, now: runtime.now, collect: movers.recordActivity)
    }

    package func peer(_ address: IPv6Address) -> PeerList? {
        tunnel.peerList(of: address, now: runtime.now, collect: movers.recordActivity)
    }

    package func changeInbound(_ change: InboundChange) throws(ControlError) -> InboundStatus {
        try gate.change(change)
    }

    package func watchPaths(_ isOn: Bool) { tunnel.machine.watchPaths(isOn) }

    package func pollPathChange() -> PeerPathChange? { tunnel.machine.pollPathChange(now: runtime.now) }

    package var nextPathChange: ProtocolInstant? { tunnel.machine.nextPathChange }

    package var pingObstacle: String? {
        session == nil ? nil : "the interface is in the namespace of the command that this client serves: ping there"
    }

    private var portMappingStatus: PortMappingStatus? {
        guard let service = portMapping.active, let mapping = service.mapping, let mappedAt = service.mappedAt else {
            return nil
        }
        let age = Seconds.number(runtime.now - mappedAt)
        return PortMappingStatus(
            mappingProtocol: mapping.mappingProtocol,
            external: mapping.external,
            remaining: mapping.lifetime.map { max(.zero, $0 - .seconds(age)) },
            isReachable: tunnel.machine.isReachableAtMappedEndpoint
        )
    }

    /// What is known about the NAT; without a mapping nothing is.
    var natStatus: NATStatus {
        let client = tunnel.machine
        var status = NATStatus(
            natClass: client.natClass,
            isPortPreserving: client.isPortPreserving,
            isDirect: client.mappedEndpoint != nil && client.mappedEndpoint == network.localEndpoint
        )
        if let report = diagnosis.report { status.behavior = NATBehaviorStatus(report) }
        status.observation.isBeingDiagnosed = diagnosis.isRunning
        status.observation.mostLifetime = client.mappingLostWithin.map { .seconds(Seconds.roundedUp($0)) }
        if configuration.client.determinesRefreshInterval, client.mappingLostWithin == nil {
            status.observation.leastLifetime = client.refreshInterval
        }
        return status
    }
}
