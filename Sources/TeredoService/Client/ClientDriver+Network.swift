import Logging
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// How the client follows the host's IPv4 side.
extension ClientDriver {
    /// Starts the client as soon as there is a way to the server.
    func startIfPossible() {
        guard !isStarted else { return }
        guard let endpoint = localEndpoint else {
            guard !isWaitingForNetwork else { return }
            isWaitingForNetwork = true
            logger.warning(
                "offline, waiting for the network: there is no IPv4 route towards \(configuration.serverList)"
            )
            return
        }
        isStarted = true
        tunnel.machine.start(localEndpoint: endpoint, subnets: network.subnets, now: runtime.now)
        tunnel.drain()
        restartPortMapping()
    }

    /// Looks at the host again because something changed.
    func handleNetworkChange() {
        monitor.drain()
        refreshNetwork()
        kernelPath?.handleNetworkChange()
        guard tunnel.interface.exists else {
            failure = ServiceError(
                "the interface \(tunnel.interface.name) was removed by another program",
                remedy: "start the client again"
            )
            return
        }
        sourceRouting?.restore()
        if setup.restore() { logger.notice("the address was gone from \(tunnel.interface.name): put back") }
        startIfPossible()
    }

    /// Tells the client when the address towards the server or the subnets are others than before.
    ///
    /// Only another address ends the qualification: an interface that comes or goes elsewhere must not.
    func refreshNetwork() {
        guard let addresses = try? Netlink.ipv4Addresses() else { return }
        discovery?.update(addresses, filter: configuration.client.filter)
        let current = LocalNetwork(
            addresses,
            towards: serverAddress ?? Self.anyGlobalAddress,
            bound: tunnel.socket.localEndpoint.address
        )
        let previous = network
        guard current != previous else { return }
        network = current
        guard isStarted else { return }
        guard current.address != previous.address else {
            tunnel.machine.setSubnets(current.subnets)
            return
        }
        abandonDiagnosis()
        logger.info("network change: local address is \(current.address?.description ?? "none") now")
        tunnel.machine.handleNetworkChange(localEndpoint: localEndpoint, subnets: current.subnets, now: runtime.now)
        tunnel.drain()
        restartPortMapping()
    }

    /// The service port as the host sees it.
    var localEndpoint: UDPEndpoint? {
        network.address.map { UDPEndpoint($0, tunnel.socket.localEndpoint.port) }
    }
}
