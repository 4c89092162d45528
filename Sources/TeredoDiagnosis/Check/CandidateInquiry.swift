import TeredoCrypto
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// Asks all addresses of a server's name, and tells which server a client would begin with.
struct CandidateInquiry {
    let configuration: NATCheckConfiguration
    let filter: GlobalUnicastFilter

    /// Asks the addresses; takes three seconds when one is silent.
    func run(_ servers: [ServerAddresses]) throws(ServiceError) -> [ServerCandidate] {
        var survey = ServerSurvey(
            of: servers.map(\.primary),
            secret: configuration.secret,
            filter: filter,
            authenticator: HMACSHA1Authenticator(),
            generator: SystemRandomNumberGenerator()
        )
        let port = try AuxiliaryPort(address: configuration.bind ?? .unspecified)
        var loop = try ServiceError.wrapping { () throws(SystemError) in try EventLoop() }
        try ServiceError.wrapping { () throws(SystemError) in try loop.add(port.descriptor, token: 0) }
        survey.start(now: MonotonicClock.now)
        while true {
            send(&survey, from: port)
            guard let deadline = survey.nextTimeout else { break }
            if loop.wait(until: deadline) > 0 {
                port.receive {
                    survey.handleDatagram($0, from: $1, now: MonotonicClock.now)
                } errors: { _, _ in
                    // A candidate that refuses is silent, and the others decide how long the survey takes.
                }
            }
            survey.handleTimeout(now: MonotonicClock.now)
        }
        return survey.findings.map { ServerCandidate($0.address, $0.finding) }
    }

    private func send(_ survey: inout ServerSurvey, from port: AuxiliaryPort) {
        while true {
            var destination: UDPEndpoint?
            let octets = [UInt8](capacity: Self.longestDatagram) { destination = survey.pollTransmit(into: &$0) }
            guard let destination else { return }
            port.send(octets.span, to: destination)
        }
    }

    /// The first server that answered, with the secondary address that it turned out to have; else the first one listed.
    static func choose(
        among servers: [ServerAddresses],
        _ candidates: [ServerCandidate],
        configuredSecondary: IPv4Address?
    ) -> ServerAddresses? {
        func finding(_ address: IPv4Address?) -> ServerSurvey.Finding? {
            candidates.first { $0.address == address }?.finding
        }
        guard
            var chosen = servers.first(where: { if case .server? = finding($0.primary) { true } else { false } })
        else { return servers.first }
        guard configuredSecondary == nil else { return chosen }
        let told = candidates.first { if case .secondary(chosen.primary, _) = $0.finding { true } else { false } }
        if let told {
            chosen.secondary = told.address
        } else if case .server? = finding(chosen.secondary) {
            let next = chosen.primary.successor
            chosen.secondary = servers.contains { $0.primary == next } ? nil : next
        }
        return chosen
    }

    private static let longestDatagram = 2048
}
