import TeredoCrypto
package import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// Runs a NAT diagnosis to its end: needs no privileges, no interface and no control socket.
package struct NATCheck {
    private let configuration: NATCheckConfiguration

    /// Makes a check; ``run()`` sends the first datagram.
    package init(_ configuration: NATCheckConfiguration) {
        self.configuration = configuration
    }

    /// Resolves the server, probes, and reports; throws only for faults of this host.
    package func run() throws(ServiceError) -> CheckReport {
        var report = CheckReport(serverName: configuration.server)
        report.host = .current
        let resolved: [IPv4Address]
        var filter = GlobalUnicastFilter()
        filter.globalPrefixes = configuration.internalPrefixes
        var names: NameServiceInquiry?
        switch configuration.server {
        case .address(let address): resolved = [address]
        case .name(let name):
            do {
                let answer = ServerNameAnswer(try NameResolver.addresses(of: name), filter: filter.completedWithHost)
                resolved = answer.usable
                report.refusedAddresses = answer.objection
                guard !resolved.isEmpty else { return report }
                names = NameServiceInquiry()
            } catch {
                report.isNameServiceSilent = error == .noAnswer
                return report
            }
        }
        let selection = ServerSelection(configuredSecondary: configuration.secondaryServer)
        let servers = selection.servers(from: resolved)
        // Nobody is asked when there is no way to any of them.
        if servers.count > 1, servers.contains(where: { Netlink.sourceAddress(towards: $0.primary) != nil }) {
            report.candidates = try CandidateInquiry(configuration: configuration, filter: filter).run(servers)
        }
        let chosen = CandidateInquiry.choose(
            among: servers,
            report.candidates,
            configuredSecondary: configuration.secondaryServer
        )
        guard let server = chosen else { return report }
        report.server = server
        let way = Netlink.sourceAddress(towards: server.primary, from: configuration.bind)
        guard let source = way else { return report }
        report.localAddress = source
        let router = try configuration.asksRouter ? RouterInquiry(towards: server.primary, from: source) : nil
        let path = PathInquiry(to: server.primary, from: configuration.bind)
        let nat = try probe(server, from: source, filter, router, path)
        report.nat = nat
        report.portMapping = router?.finding
        report.path = path.findings(isSilent: !nat.allowsClient)
        report.host?.hidesIPv6Addresses = names?.hidesIPv6Addresses
        return report
    }

    private func probe(
        _ server: ServerAddresses,
        from source: IPv4Address,
        _ filter: GlobalUnicastFilter,
        _ router: RouterInquiry?,
        _ path: PathInquiry
    ) throws(ServiceError) -> NATReport {
        var settings = NATDiagnosisConfiguration(server: server)
        settings.lifetimeLimit = configuration.lifetimeLimit
        settings.secret = configuration.secret
        settings.filter = filter
        let diagnosis = NATDiagnosis(
            configuration: settings,
            authenticator: HMACSHA1Authenticator(),
            generator: SystemRandomNumberGenerator()
        )
        let sockets = try ProbeSockets(diagnosis, on: configuration.bind ?? .unspecified)
        var loop = try ServiceError.wrapping { () throws(SystemError) in try EventLoop() }
        for (index, descriptor) in sockets.descriptors.enumerated() {
            try ServiceError.wrapping { () throws(SystemError) in try loop.add(descriptor, token: UInt64(index)) }
        }
        if let router { try router.watch(in: &loop) }
        sockets.start(from: source, now: MonotonicClock.now)
        router?.start(now: MonotonicClock.now)
        let earliestEnd = MonotonicClock.now + Self.leastPatience
        while true {
            let isHopeless =
                MonotonicClock.now >= earliestEnd && !sockets.diagnosis.report.allowsClient && path.isHopeless
            let isProbing = !sockets.diagnosis.isFinished && !isHopeless
            guard isProbing || router?.isFinished == false else { break }
            // Looked at once more when the patience ends: what is hopeless then needs no eight seconds.
            let timeout = sockets.diagnosis.nextTimeout.map {
                MonotonicClock.now < earliestEnd ? min($0, earliestEnd) : $0
            }
            let probing = isProbing ? timeout : nil
            let asking = router?.isFinished == false ? router?.nextTimeout : nil
            guard let deadline = [probing, asking].compactMap(\.self).min() else { break }
            for position in 0..<loop.wait(until: deadline) {
                let token = loop.token(position)
                guard router?.handle(token, now: MonotonicClock.now) != true else { continue }
                sockets.receive(on: Int(token), now: MonotonicClock.now)
            }
            if let probing, probing <= MonotonicClock.now { sockets.handleTimeout(now: MonotonicClock.now) }
            if let asking, asking <= MonotonicClock.now { router?.handleTimeout(now: MonotonicClock.now) }
        }
        return sockets.diagnosis.report
    }

    /// How long a server has for its first answer although its port was said to be closed.
    private static let leastPatience = Duration.milliseconds(1500)
}
