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
            state: Self.word(client.status),
            serverName: configuration.serverList,
            interface: tunnel.interface.name,
            counters: counters
        )
        status.phase = Self.phase(client.status)
        switch client.status {
        case .offline(let until) where until.nanoseconds != .max:
            status.retrySeconds = TimeText.wholeSeconds(
                nanoseconds: max(0, until.nanoseconds - MonotonicClock.nanoseconds)
            )
        default: break
        }
        status.reason = isStarted ? history.reason?.description : "there is no IPv4 route towards the server"
        status.stateSeconds = TimeText.wholeSeconds(nanoseconds: MonotonicClock.nanoseconds - history.since.nanoseconds)
        status.history = history.entries.map { change in
            let age = TimeText.wholeSeconds(nanoseconds: MonotonicClock.nanoseconds - change.instant.nanoseconds)
            return Self.change(to: change.status, change.reason, secondsAgo: age)
        }
        status.roles = runtime.roleHistory
        status.address = client.address?.description
        status.server = client.server?.primary.description
        status.secondaryServer = client.server?.secondary?.description
        status.servers = client.servers.map { ServerHealthStatus($0, now: runtime.now) }
        status.mappedEndpoint = client.mappedEndpoint?.description
        status.localEndpoint = network.localEndpoint?.description
        status.type = (runtime.autoType ?? .client).rawValue
        status.clientPort = configuration.bind.flatMap { $0.port == 0 ? nil : Int($0.port) }
        status.network = runtime.network
        status.nat = natStatus
        status.mtu = client.mtu
        status.offloads = tunnel.offloadNames
        status.workers = configuration.workers
        status.dataPath = configuration.dataPath.rawValue
        status.kernelPeers = movers.kernelPeers
        status.refreshInterval = Int(client.refreshInterval.components.seconds)
        status.portMapping = portMappingStatus
        status.transitRelay = client.transitRelay?.description
        status.nativeIPv6 = NativeStatus(client.nativeReachability(now: runtime.now), now: runtime.now)
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

    package func watchPaths(_ isOn: Bool) { tunnel.machine.watchPaths(isOn) }

    package func pollPathChange() -> PeerPathChange? { tunnel.machine.pollPathChange(now: runtime.now) }

    package var nextPathChange: ProtocolInstant? { tunnel.machine.nextPathChange }

    package var pingObstacle: String? {
        session == nil ? nil : "the interface is in the namespace of the command that this client serves: ping there"
    }

    static func change(
        to status: ConnectivityStatus,
        _ reason: StateChangeReason,
        secondsAgo: Int
    ) -> StateChange {
        StateChange(secondsAgo: secondsAgo, state: word(status), phase: phase(status), reason: reason.description)
    }

    private static func word(_ status: ConnectivityStatus) -> String { status == .initial ? "offline" : status.word }

    private static func phase(_ status: ConnectivityStatus) -> String? {
        if case .starting(let phase) = status { phase.rawValue } else { nil }
    }

    private var portMappingStatus: PortMappingStatus? {
        guard let service = portMapping.active, let mapping = service.mapping else { return nil }
        let age = TimeText.wholeSeconds(nanoseconds: MonotonicClock.nanoseconds - service.mappedAt)
        return PortMappingStatus(
            mappingProtocol: mapping.mappingProtocol.rawValue,
            external: mapping.external.description,
            remainingSeconds: mapping.lifetime.map { max(0, Int($0.components.seconds) - age) },
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
        status.isBeingDiagnosed = diagnosis.isRunning
        if configuration.client.determinesRefreshInterval {
            status.lifetimeAtLeast = Int(client.refreshInterval.components.seconds)
        }
        return status
    }
}
