package import TeredoControl
import TeredoHost
import TeredoLinux
package import TeredoProtocol
import TeredoSettings
package import TeredoWire

/// The report of a running relay.
extension RelayDriver: ControlSource {
    package func status() -> StatusReport { .relay(relayStatus) }

    /// The report of the relay.
    var relayStatus: RelayStatus {
        var system = tunnel.systemCounters
        if let workers { system.add(workers.systemCounters) }
        system.subscribersDropped = runtime.droppedSubscribers
        if let kernelPath { system.packetsRefused += kernelPath.lostPackets }
        let counters = tunnel.machine.counters.adding(workers?.traffic ?? PathTraffic())
            .adding(kernelPath?.traffic ?? PathTraffic())
        var status = RelayStatus(
            role: configuration.role,
            localEndpoint: tunnel.socket.localEndpoint.description,
            interface: tunnel.interface.name,
            counters: StatusCounters(counters, system: system)
        )
        status.roles = runtime.roleHistory
        status.servedPrefixes = configuration.servedPrefixes.map(\.description)
        status.ownAddresses = host.ipv6.map(\.description)
        status.peers = tunnel.machine.peerCount
        status.trustedPeers = tunnel.machine.trustedPeerCount
        status.peerLimit = configuration.peerLimit
        if configuration.transit != nil { status.transitClients = tunnel.machine.transitClientCount }
        status.forwarding = configuration.role == .relay ? KernelSetting.forwardsIPv6 : nil
        status.offloads = tunnel.offloadNames
        status.workers = configuration.workers
        status.dataPath = configuration.dataPath.rawValue
        status.kernelPeers = kernelPath?.peerCount ?? 0
        status.uptime = runtime.uptime
        return status
    }

    package func peers(limit: Int) -> PeerList? {
        tunnel.peerList(limit: limit, now: runtime.now, collect: collectActivity)
    }

    package func peer(_ address: IPv6Address) -> PeerList? {
        tunnel.peerList(of: address, now: runtime.now, collect: collectActivity)
    }

    /// Has the machine know what others moved for a client by now.
    private func collectActivity(of address: IPv6Address) {
        workers?.recordActivity(of: address, in: tunnel)
        kernelPath?.recordActivity(of: address, in: tunnel)
    }

    package func watchPaths(_ isOn: Bool) { tunnel.machine.watchPaths(isOn) }

    package func pollPathChange() -> PeerPathChange? { tunnel.machine.pollPathChange(now: runtime.now) }

    package var nextPathChange: ProtocolInstant? { tunnel.machine.nextPathChange }
}
