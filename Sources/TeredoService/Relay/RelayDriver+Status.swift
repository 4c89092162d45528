package import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// The report of a running relay.
extension RelayDriver: ControlSource {
    package func status() -> StatusReport { .relay(relayStatus) }

    /// The report of the relay.
    var relayStatus: RelayStatus {
        var system = movers.adding(to: tunnel.systemCounters)
        system.subscribersDropped = runtime.control.droppedSubscribers
        system.receiveBufferFull += tunnel.receiveDrops
        let counters = movers.adding(to: tunnel.machine.counters)
        var status = RelayStatus(
            role: configuration.role,
            localEndpoint: tunnel.socket.localEndpoint,
            interface: tunnel.interface.name,
            counters: StatusCounters(
                counters,
                system: system,
                dropSources: DropSources.most(of: [tunnel.notes.drops.sources], now: runtime.now)
            )
        )
        status.identity.roles = runtime.watch?.roles(now: runtime.now)
        status.dataPath.interfaceFaults = hostState.faults
        status.dataPath.interfaceRestorations = hostState.restorations
        status.service.servedPrefixes = configuration.servedPrefixes
        status.service.ownAddresses = host.ipv6
        status.peers.count = tunnel.machine.peerCount
        status.peers.trusted = tunnel.machine.trustedPeerCount
        status.peers.limit = configuration.peerLimit
        if configuration.transit != nil { status.service.transitClients = tunnel.machine.transitClientCount }
        status.service.forwarding = configuration.role == .relay ? KernelSetting.forwardsIPv6 : nil
        status.service.inbound = gate.status
        status.service.announcement = announcement?.status
        status.service.drain = drainStatus
        if drain?.isOn == true { status.identity.state = .draining }
        status.service.masquerade = configuration.role == .relay ? configuration.masquerades : nil
        status.dataPath.offloads = tunnel.offloadsInForce
        status.dataPath.workers = configuration.tunnel.workers
        status.dataPath.choice = configuration.tunnel.dataPath
        status.dataPath.kernelPeers = movers.kernelPeers
        status.identity.uptime = runtime.uptime
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
}
