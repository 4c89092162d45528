package import TeredoControl
import TeredoDiagnosis
import TeredoHost
import TeredoLinux
import TeredoPortMapping
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// The report of a running client.
extension ClientDriver: ControlSource {
    /// What `teredo status` shows.
    package func status() -> StatusReport { .client(clientStatus) }

    /// What the client knows to be in its way.
    package func check() -> ClientCheck? { ClientCheck(clientStatus) }

    private var clientStatus: ClientStatus {
        let client = tunnel.machine
        var system = movers.adding(to: tunnel.systemCounters)
        system.subscribersDropped = runtime.control.droppedSubscribers
        system.receiveBufferFull += tunnel.receiveDrops + auxiliaryPorts.receiveDrops + (discovery?.receiveDrops ?? 0)
        let counters = StatusCounters(
            movers.adding(to: client.counters),
            system: system,
            dropSources: DropSources.most(of: [tunnel.notes.drops.sources], now: runtime.now)
        )
        var status = ClientStatus(
            state: ConnectivityState(client.status),
            serverNames: configuration.serverList,
            interface: tunnel.interface.name,
            counters: counters
        )
        status.identity.type = runtime.watch?.type ?? .client
        status.identity.roles = runtime.watch?.roles(now: runtime.now)
        status.identity.network = runtime.watch?.network
        status.identity.address = client.address
        status.identity.uptime = runtime.uptime
        fill(&status.progress)
        status.servers.primary = client.server?.primary
        status.servers.secondary = client.server?.secondary
        status.servers.health = client.servers.map { ServerHealthStatus($0, now: runtime.now) }
        status.mapping.mappedEndpoint = client.mappedEndpoint
        status.mapping.localEndpoint = network.localEndpoint
        status.mapping.clientPort = configuration.bind.flatMap { $0.port == 0 ? nil : $0.port }
        status.mapping.nat = natStatus
        status.mapping.refreshInterval = client.refreshInterval
        status.mapping.portMapping = portMappingStatus
        status.dataPath.mtu = client.mtu
        status.dataPath.offloads = tunnel.offloadsInForce
        status.dataPath.workers = configuration.tunnel.workers
        status.dataPath.choice = configuration.tunnel.dataPath
        status.dataPath.kernelPeers = movers.kernelPeers
        status.traffic.transitRelay = client.transitRelay
        status.traffic.nativeIPv6 = NativeStatus(client.nativeReachability(now: runtime.now), now: runtime.now)
        host.describe(in: &status)
        status.traffic.peers = client.peerCount
        return status
    }

    private func fill(_ progress: inout ClientProgress) {
        let status = tunnel.machine.status
        progress.phase = status.phase
        if case .offline(let until) = status, until.nanoseconds != .max {
            progress.retry = max(.zero, until - runtime.now)
        }
        progress.cause = isStarted ? history.reason.map { StateCause($0) } : .noRoute
        progress.reason = isStarted ? history.reason?.description : "there is no IPv4 route towards the server"
        progress.age = runtime.now - history.since
        progress.history = history.entries.map { change in
            StateChange(to: change.status, change.reason, age: runtime.now - change.instant)
        }
    }

    package func measurements() -> RoleMeasurements {
        let client = tunnel.machine
        return RoleMeasurements(
            started: runtime.startedAt,
            queuedPackets: client.queuedPackets,
            queuedOctets: client.queuedOctets,
            contacts: client.contactMeasurements,
            qualifications: client.qualificationTimes
        )
    }

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
