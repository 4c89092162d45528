import Logging
package import TeredoHost
import TeredoProtocol
package import TeredoSettings

/// Other settings while the client runs.
extension ClientDriver {
    /// Takes over those of the settings that can change without losing address and peers (``Setting/liveForClient``);
    /// throws, and leaves everything as it is, when there is no memory for them.
    package func adopt(_ fresh: ClientServiceConfiguration) throws(ServiceError) {
        try workers?.adopt(
            peerLimit: configuration.client.peerLimit,
            countsOctets: fresh.client.countsPeerOctets,
            of: tunnel
        )
        let previous = configuration
        configuration.server = fresh.server
        configuration.furtherServers = fresh.furtherServers
        configuration.portMapping = fresh.portMapping
        configuration.client.adoptLive(of: fresh.client)
        tunnel.machine.adopt(configuration.client, now: runtime.now)
        tunnel.drain()
        if configuration.servers != previous.servers {
            directory.names = configuration.servers
            findServers()
        }
        if configuration.portMapping != previous.portMapping { isPortMappingOutdated = isStarted }
        pump()
    }

    /// Removes the port mapping and asks for another one; not while events are served, because removal waits for some.
    func replaceOutdatedPortMapping() {
        guard isPortMappingOutdated else { return }
        isPortMappingOutdated = false
        removePortMapping()
        isMappingRemoved = false
        restartPortMapping()
    }
}

extension ClientConfiguration {
    /// The same as ``TeredoClient/adopt(_:now:)`` takes, for what the driver itself knows.
    fileprivate mutating func adoptLive(of fresh: Self) {
        extensions = fresh.extensions
        secret = fresh.secret
        serverCheckInterval = fresh.serverCheckInterval
        refreshInterval = fresh.refreshInterval
        transit = fresh.transit
        countsPeerOctets = fresh.countsPeerOctets
    }
}
