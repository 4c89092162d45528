import Logging
import TeredoLinux
import TeredoProtocol
import TeredoWire

/// How the client finds its servers.
extension ClientDriver {
    /// Looks all names up; servers that are known wait a second for those that are not, so that the order counts.
    func findServers() {
        for name in directory.beginLookUps() {
            logger.debug("resolving \(name)")
            resolver.resolve(name)
        }
        if directory.isComplete {
            supplyServers()
        } else if !directory.servers.isEmpty {
            supplyDeadline = runtime.now + Self.lookUpPatience
        }
    }

    func handleResolution() {
        for (name, addresses) in resolver.takeResults() {
            logger.debug("\(name) has the addresses \(addresses.map(\.description))")
            if addresses.isEmpty, directory.names.count > 1 {
                logger.warning("the server name \(name) does not resolve to an IPv4 address, going on without it")
            }
            directory.record(addresses, of: name)
        }
        if directory.isComplete {
            supplyServers()
        } else if supplyDeadline == nil, !directory.servers.isEmpty {
            supplyDeadline = runtime.now + Self.lookUpPatience
        }
    }

    /// When servers have to be supplied or names looked up again.
    var serverDeadline: ProtocolInstant? { [supplyDeadline, lookUpDeadline].compactMap(\.self).min() }

    /// Does what is due.
    func handleServerTimeouts(now: ProtocolInstant) {
        if let supplyDeadline, supplyDeadline <= now { supplyServers() }
        if let lookUpDeadline, lookUpDeadline <= now {
            self.lookUpDeadline = nil
            findServers()
        }
    }

    private func supplyServers() {
        supplyDeadline = nil
        let servers = directory.servers
        if tunnel.machine.address == nil {
            serverAddress = servers.first?.primary ?? serverAddress
            // The way to the server may be another than the one assumed before its address was known.
            refreshNetwork()
        }
        tunnel.machine.setServers(servers, now: runtime.now)
        tunnel.drain()
        // A client without any server asks by itself; one that has some would never hear of the others.
        let isIncomplete = directory.hasUnresolvedNames && !servers.isEmpty
        lookUpDeadline = isIncomplete ? runtime.now + Self.lookUpPause : nil
    }

    private static let lookUpPatience = Duration.seconds(1)
    private static let lookUpPause = Duration.seconds(60)
}
