import Logging
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// Finds the servers of a client: looks their names up, and says when enough of them are known.
final class ServerFinder: DriverPart {
    let name = "servers"
    /// Takes the servers that are known by now, in order.
    var supply: ([ServerAddresses]) -> Void = { _ in }
    private let resolver: NameResolver
    private var directory: ServerDirectory
    /// When the servers that are known are used although names are still being looked up.
    private var supplyDeadline: ProtocolInstant?
    /// When names that did not resolve are looked up again.
    private var lookUpDeadline: ProtocolInstant?
    private let logger: Logger

    /// A finder that has looked no name up yet.
    init(_ directory: ServerDirectory, _ sources: SourceRegistry, logger: Logger) throws(ServiceError) {
        self.directory = directory
        self.logger = logger
        resolver = try ServiceError.wrapping { () throws(SystemError) in try NameResolver() }
        try sources.add(resolver.descriptor, for: self)
    }

    var nextTimeout: ProtocolInstant? { .earlier(supplyDeadline, lookUpDeadline) }

    /// Goes on with other servers.
    func adopt(_ names: [ServerName], now: ProtocolInstant) {
        directory.names = names
        find(now: now)
    }

    /// Looks all names up; servers that are known wait a second for those that are not, so that the order counts.
    func find(now: ProtocolInstant) {
        for name in directory.beginLookUps() {
            logger.debug("resolving \(name)")
            resolver.resolve(name)
        }
        if directory.isComplete {
            supplyServers(now: now)
        } else if !directory.servers.isEmpty {
            supplyDeadline = now + Self.lookUpPatience
        }
    }

    /// Takes what was found.
    func handle(_ source: Int, now: ProtocolInstant) {
        for (name, addresses) in resolver.takeResults() {
            logger.debug("\(name) has the addresses \(addresses.map(\.description))")
            if addresses.isEmpty, directory.names.count > 1 {
                logger.warning("the server name \(name) does not resolve to an IPv4 address; going on without it")
            }
            directory.record(addresses, of: name)
        }
        if directory.isComplete {
            supplyServers(now: now)
        } else if supplyDeadline == nil, !directory.servers.isEmpty {
            supplyDeadline = now + Self.lookUpPatience
        }
    }

    func handleTimeout(now: ProtocolInstant) {
        if let supplyDeadline, supplyDeadline <= now { supplyServers(now: now) }
        if let lookUpDeadline, lookUpDeadline <= now {
            self.lookUpDeadline = nil
            find(now: now)
        }
    }

    private func supplyServers(now: ProtocolInstant) {
        supplyDeadline = nil
        let servers = directory.servers
        supply(servers)
        // A client without any server asks by itself; one that has some would never hear of the others.
        let isIncomplete = directory.hasUnresolvedNames && !servers.isEmpty
        lookUpDeadline = isIncomplete ? now + Self.lookUpPause : nil
    }

    private static let lookUpPatience = Duration.seconds(1)
    private static let lookUpPause = Duration.seconds(60)
}
