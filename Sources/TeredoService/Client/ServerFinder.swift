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
    /// Which addresses a server can have.
    var filter: () -> GlobalUnicastFilter = { GlobalUnicastFilter() }
    private let resolver: NameResolver
    private var directory: ServerDirectory
    /// When the servers that are known are used although names are still being looked up.
    private var supplyDeadline: ProtocolInstant?
    /// When names that did not resolve are looked up again.
    private var lookUpDeadline: ProtocolInstant?
    /// What was last said about each name that has no usable address, so that it is not said every minute.
    private var complaints: [String: String] = [:]
    /// The servers that are left out, which was said.
    private var denied: [ServerAddresses] = []
    private let logger: Logger

    /// A finder that has looked no name up yet.
    init(_ directory: ServerDirectory, _ sources: SourceRegistry, logger: Logger) throws(ServiceError) {
        self.directory = directory
        self.logger = logger
        resolver = try ServiceError.wrapping { () throws(SystemError) in try NameResolver() }
        try sources.add(resolver.descriptor, for: self)
    }

    var nextTimeout: ProtocolInstant? { .earlier(supplyDeadline, lookUpDeadline) }

    /// Goes on with other servers, or with another list of those that get nothing.
    func adopt(_ names: [ServerName], denied: DenyList, now: ProtocolInstant) {
        directory.names = names
        directory.denied = denied
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
        for result in resolver.takeResults() { record(result) }
        if directory.isComplete {
            supplyServers(now: now)
        } else if supplyDeadline == nil, !directory.servers.isEmpty {
            supplyDeadline = now + Self.lookUpPatience
        }
    }

    private func record(_ result: NameResolver.Result) {
        let name = result.name
        logger.debug("\(name) has the addresses \(result.addresses.map(\.description))")
        let answer = ServerNameAnswer(result.addresses, filter: filter())
        let complaint: String? =
            switch result.failure {
            case .noAddress: "the server name \(name) has no IPv4 address"
            case .noAnswer: "the name service does not answer for the server name \(name)"
            case nil:
                answer.objection.map { objection in
                    let what = answer.usable.isEmpty ? "no usable address" : "an unusable address beside others"
                    return "the name service gives \(what) for the server name \(name): \(objection)"
                }
            }
        if let complaint, complaint != complaints[name] { logger.warning("\(complaint)") }
        complaints[name] = complaint
        directory.record(answer.usable, of: name)
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
        let denied = directory.deniedServers
        for server in denied where !self.denied.contains(server) {
            let addresses = [server.primary, server.secondary].compactMap { $0?.description }.joined(separator: " and ")
            logger.warning("a server's name leads to \(addresses), which --deny-source denies: it is left out")
        }
        self.denied = denied
        supply(servers)
        // A client without any server asks by itself; one that has some would never hear of the others.
        let isIncomplete = directory.hasUnresolvedNames && !servers.isEmpty
        lookUpDeadline = isIncomplete ? now + Self.lookUpPause : nil
    }

    private static let lookUpPatience = Duration.seconds(1)
    private static let lookUpPause = Duration.seconds(60)
}
