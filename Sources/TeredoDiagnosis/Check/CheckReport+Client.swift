package import TeredoControl
import TeredoHost
import TeredoProtocol
package import TeredoSettings
import TeredoWire

/// What a running client adds to a check, and a check out of nothing but what it knows.
extension CheckReport {
    /// The report that a running client can give without asking anybody.
    package init(of client: ClientStatus) {
        self.init(serverName: client.serverToCheck)
        self.client = client
        guard let primary = client.servers.primary else { return }
        let server = ServerAddresses(primary: primary, secondary: client.servers.secondary)
        self.server = server
        var nat = NATReport(server: server)
        nat.localEndpoint = client.mapping.localEndpoint
        nat.mappedEndpoint = client.mapping.mappedEndpoint
        client.mapping.nat.behavior.fill(&nat)
        if nat.mapping == nil, client.mapping.nat.observation.kind == .symmetric { nat.mapping = .dependent }
        self.nat = nat
        localAddress = nat.localEndpoint?.address
    }

    /// Whether the running client has a port that anybody reaches.
    var hasForwardedPort: Bool { client?.mapping.portMapping?.isReachable == true }

    var clientProblems: [CheckProblem] {
        guard let client else { return [] }
        guard client.progress.state == .qualified else { return [notQualified(client)] }
        return [interfaceChanged(client), shortLifetime(client), noRelay(client), exposure(client)].compactMap(\.self)
    }

    private func interfaceChanged(_ client: ClientStatus) -> CheckProblem? {
        guard let fault = client.dataPath.interfaceFaults.first else { return nil }
        return CheckProblem(
            name: .interfaceChanged,
            description: "Another program changed the interface of the running client: \(fault.description).",
            remedy: "Keep that program away from the interface; the log of the client says what was tried."
        )
    }

    private func noRelay(_ client: ClientStatus) -> CheckProblem? {
        guard client.traffic.nativeIPv6.isWithoutRelay else { return nil }
        return CheckProblem(
            name: .noRelay,
            description:
                "No relay to native IPv6 answers: none of the \(client.traffic.nativeIPv6.hostsTried) hosts tried recently"
                + " was reached.",
            remedy: "Other Teredo clients can still be reached; native hosts need a relay: teredo relay."
        )
    }

    private func exposure(_ client: ClientStatus) -> CheckProblem? {
        guard client.traffic.inbound.isExposed else { return nil }
        return CheckProblem(
            name: .inboundOpen,
            description:
                "Whatever this host listens on can be reached through the tunnel: --inbound is open, and no other filter"
                + " looks at IPv6.",
            remedy: "Leave --inbound open out and name what is to be reached with --allow, or filter IPv6 on this host."
        )
    }

    /// The running client saw a mapping lost; it renews more often then, if that can help.
    private func shortLifetime(_ client: ClientStatus) -> CheckProblem? {
        guard let lifetime = client.mapping.nat.observation.mostLifetime else { return nil }
        let seconds = Seconds.number(lifetime)
        let interval = Seconds.number(client.mapping.refreshInterval)
        guard client.mapping.refreshInterval < lifetime else {
            return CheckProblem(
                name: .shortLifetime,
                description:
                    "The NAT forgets idle mappings within \(seconds) seconds, faster than the client renews them.",
                remedy: "Raise the UDP timeout of the router, or try --refresh-interval \(max(1, seconds / 4))."
            )
        }
        return CheckProblem(
            name: .shortLifetime,
            description:
                "The NAT forgets idle mappings within \(seconds) seconds; the client renews them every \(interval).",
            remedy: "Raise the UDP timeout of the router, so that idle connections last and less traffic is needed."
        )
    }

    private func notQualified(_ client: ClientStatus) -> CheckProblem {
        CheckProblem(
            name: .notQualified,
            description:
                "The running client has no address: it is \(client.progress.state)"
                + (client.progress.reason.map { " (\($0))" } ?? "") + ".",
            remedy: "Wait a minute, or look at 'teredo status' and at the other problems here; then restart the client."
        )
    }
}

extension ClientStatus {
    /// The server to check when nobody names one: of several that are configured, the one in use.
    package var serverToCheck: ServerName {
        guard servers.names.names.count != 1, let primary = servers.primary else {
            return servers.names.names.first ?? .name("")
        }
        return .address(primary)
    }
}

extension NATBehaviorStatus {
    /// Puts what is known into a report.
    fileprivate func fill(_ report: inout NATReport) {
        report.mapping = mapping
        report.filtering = filtering
        report.portAssignment = portAssignment
        report.hairpinning = hairpinning
        report.usesSeveralAddresses = severalAddresses
        report.remembersStrays = remembersStrays
    }
}
