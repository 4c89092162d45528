package import TeredoControl
import TeredoProtocol
import TeredoWire

/// What a running client adds to a check, and a check out of nothing but what it knows.
extension CheckReport {
    /// The report that a running client can give without asking anybody.
    package init(of client: ClientStatus) {
        self.init(serverName: client.serverName)
        self.client = client
        guard let primary = client.server.flatMap(IPv4Address.init) else { return }
        let server = ServerAddresses(primary: primary, secondary: client.secondaryServer.flatMap(IPv4Address.init))
        self.server = server
        var nat = NATReport(server: server)
        nat.localEndpoint = client.localEndpoint.flatMap(UDPEndpoint.init)
        nat.mappedEndpoint = client.mappedEndpoint.flatMap(UDPEndpoint.init)
        client.nat.behavior.fill(&nat)
        if nat.mapping == nil, client.nat.type == "symmetric" { nat.mapping = .dependent }
        self.nat = nat
        localAddress = nat.localEndpoint?.address
    }

    /// Whether the running client has a port that anybody reaches.
    var hasForwardedPort: Bool { client?.portMapping?.isReachable == true }

    var clientProblems: [CheckProblem] {
        guard let client else { return [] }
        guard client.state == "qualified" else { return [notQualified(client)] }
        guard client.nativeIPv6.isWithoutRelay else { return [] }
        return [
            CheckProblem(
                name: .noRelay,
                description:
                    "No relay to native IPv6 answers: none of the \(client.nativeIPv6.hostsTried) hosts tried recently"
                    + " was reached.",
                remedy: "Other Teredo clients can still be reached; native hosts need a relay: teredo relay."
            )
        ]
    }

    private func notQualified(_ client: ClientStatus) -> CheckProblem {
        CheckProblem(
            name: .notQualified,
            description:
                "The running client has no address: it is \(client.state)"
                + (client.reason.map { " (\($0))" } ?? "") + ".",
            remedy: "Wait a minute, or look at 'teredo status' and at the other problems here; then restart the client."
        )
    }
}

extension ClientStatus {
    /// The server to check when nobody names one: of several that are configured, the one in use.
    package var serverToCheck: String {
        let names = serverName.split(separator: ",").map { $0.filter { $0 != " " } }
        guard names.count > 1 else { return serverName }
        return server ?? names[0]
    }
}

extension NATBehaviorStatus {
    /// Puts the words back into a report.
    fileprivate func fill(_ report: inout NATReport) {
        switch mapping {
        case "none": report.mapping = NATReport.Mapping.none
        case Self.independent: report.mapping = .endpointIndependent
        case Self.dependent: report.mapping = .dependent
        default: break
        }
        switch filtering {
        case Self.independent: report.filtering = .endpointIndependent
        case Self.dependent: report.filtering = .dependent
        default: break
        }
        switch portAssignment {
        case "preserved": report.portAssignment = .preserved
        case "sequential": report.portAssignment = .sequential(step: portStep ?? 1)
        case "other": report.portAssignment = .other
        default: break
        }
        report.hairpinning = hairpinning == "none" ? NATReport.Hairpinning.none : nil
        if hairpinning == "internal-source" { report.hairpinning = .internalSource }
        if hairpinning == "external-source" { report.hairpinning = .externalSource }
        report.usesSeveralAddresses = severalAddresses
    }
}
