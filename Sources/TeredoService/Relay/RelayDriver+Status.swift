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
        var system = movers.adding(to: tunnel.systemCounters)
        system.subscribersDropped = runtime.droppedSubscribers
        system.receiveBufferFull += tunnel.receiveDrops
        let counters = movers.adding(to: tunnel.machine.counters)
        var status = RelayStatus(
            role: configuration.role,
            localEndpoint: tunnel.socket.localEndpoint,
            interface: tunnel.interface.name,
            counters: StatusCounters(counters, system: system)
        )
        status.roles = runtime.roleHistory
        status.interfaceFaults = hostState.faults
        status.interfaceRestorations = hostState.restorations
        status.servedPrefixes = configuration.servedPrefixes
        status.ownAddresses = host.ipv6
        status.peers = tunnel.machine.peerCount
        status.trustedPeers = tunnel.machine.trustedPeerCount
        status.peerLimit = configuration.peerLimit
        if configuration.transit != nil { status.transitClients = tunnel.machine.transitClientCount }
        status.forwarding = configuration.role == .relay ? KernelSetting.forwardsIPv6 : nil
        status.inbound = gate.status
        status.masquerade = configuration.role == .relay ? configuration.masquerades : nil
        status.offloads = tunnel.offloadsInForce
        status.workers = configuration.workers
        status.dataPath = configuration.dataPath
        status.kernelPeers = movers.kernelPeers
        status.uptime = runtime.uptime
        return status
    }

    package func measurements() -> RoleMeasurements {
        let relay = tunnel.machine
        return RoleMeasurements(
            started: runtime.startedAt,
            queuedPackets: relay.queuedPackets,
            queuedOctets: relay.queuedOctets,
            contacts: relay.contactMeasurements
        )
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
}
