package import TeredoHost
import TeredoProtocol
package import TeredoSettings
import TeredoWire

/// Other settings while the relay runs.
extension RelayDriver {
    /// Takes over those of the settings that can change without losing a client (``Role/settingsAtOnce``); throws, and
    /// leaves everything as it is, when there is no memory for them.
    package func adopt(_ fresh: RelayServiceConfiguration) throws(ServiceError) -> SettingsAdoption {
        try movers.adopt(peerLimit: fresh.peerLimit, countsOctets: fresh.countsPeerOctets)
        try gate.adopt(fresh.inbound, allowing: fresh.allowed)
        (configuration.inbound, configuration.allowed) = (fresh.inbound, fresh.allowed)
        configuration.servedPrefixes = fresh.servedPrefixes
        configuration.peerLimit = fresh.peerLimit
        configuration.countsPeerOctets = fresh.countsPeerOctets
        configuration.newPeersPerSecond = fresh.newPeersPerSecond
        configuration.foreignTunnelRelays = fresh.foreignTunnelRelays
        configuration.denied = fresh.denied
        configuration.fleet = fresh.fleet
        configuration.transit = fresh.transit
        configuration.announcement.drainLimit = fresh.announcement.drainLimit
        drain?.limit = fresh.announcement.drainLimit
        tunnel.machine.adopt(RelayConfiguration(configuration, host), now: runtime.now)
        tunnel.notes.drops.needed = configuration.neededAddresses(host)
        movers.adoptRules()
        // Paths of clients that were removed end with the next look at them, which is to come now.
        movers.review(now: runtime.now)
        tunnel.drain()
        tunnel.flush()
        return SettingsAdoption(live: configuration.role.settingsAtOnce, fleetKeyCount: fresh.fleet.key?.keys.count)
    }
}

extension RelayServiceConfiguration {
    /// The addresses of this host, of its server and of the other relays of the fleet, which the log never advises to deny; `nil`
    /// for a host-specific relay, which serves no strangers.
    func neededAddresses(_ host: HostAddresses) -> Set<IPv4Address>? {
        guard role == .relay else { return nil }
        return Set(
            ownIPv4Addresses(host) + fleet.siblings.map(\.address) + [ownServer, publicAddress].compactMap(\.self)
        )
    }
}

extension RelayConfiguration {
    /// What the machine of a service on a host is told.
    init(_ service: RelayServiceConfiguration, _ host: HostAddresses) {
        self.init(
            kind: service.role == .hostRelay ? .hostSpecific : .router(servedPrefixes: service.servedPrefixes),
            ownIPv6Addresses: host.ipv6,
            ownIPv4Addresses: service.ownIPv4Addresses(host)
        )
        peerLimit = service.peerLimit
        // A table of that size fills within 20 minutes at most.
        newPeersPerSecond = max(service.newPeersPerSecond, service.peerLimit / 1200)
        countsPeerOctets = service.countsPeerOctets
        foreignTunnelRelays = service.foreignTunnelRelays
        denied = service.denied
        fleet = service.fleet.key?.atTimeOfDay
        siblings = service.fleet.others(than: service.bind)
        transit = service.transit
        ownServer = service.ownServer
        filter.globalPrefixes = service.internalPrefixes
    }
}

extension RelayServiceConfiguration {
    /// The addresses that the relay must not send to: the host's, and the one that a 1:1 NAT has for it (I7, SEC-53).
    func ownIPv4Addresses(_ host: HostAddresses) -> [IPv4Address] {
        host.ipv4 + [publicAddress].compactMap(\.self).filter { !host.ipv4.contains($0) }
    }
}
