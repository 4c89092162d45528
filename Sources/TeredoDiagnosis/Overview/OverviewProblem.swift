package import TeredoControl
import TeredoSettings

/// Something that is wrong with a role, and what to do about it, for people.
package struct OverviewProblem: Hashable, Sendable {
    /// How much it matters.
    package let severity: CheckProblem.Severity
    /// What is wrong, a sentence.
    package let text: String
    /// What to do, a sentence.
    package let remedy: String
}

extension OverviewProblem {
    /// What is wrong with a role by its own report, what matters most first.
    package static func all(of report: StatusReport) -> [Self] {
        switch report {
        case .client(let status):
            ClientCheck(status).problems.map {
                Self(severity: $0.name.severity, text: $0.description, remedy: $0.remedy)
            } + all(of: status.traffic.proxy)
        case .relay(let status): all(of: status)
        case .server(let status): all(of: status)
        case .gateway(let status): all(of: status.relay) + all(of: status.server)
        case .dormant: []
        }
    }

    private static func all(of proxy: ProxyStatus?) -> [Self] {
        guard let proxy, proxy.isFull else { return [] }
        return [
            Self(
                severity: .limiting,
                text: "The proxy is full: there are \(proxy.connections) connections, and it refuses more.",
                remedy: "Close some, or start a second proxy with another --listen and --control-socket."
            )
        ]
    }

    private static func all(of status: RelayStatus) -> [Self] {
        var problems: [Self] = []
        if let fault = status.dataPath.interfaceFaults.first {
            problems.append(
                Self(
                    severity: .blocking,
                    text: "Another program changed the interface: \(fault.description).",
                    remedy: "Keep that program away from the interface; the log says what was tried."
                )
            )
        }
        if status.service.forwarding == false {
            problems.append(
                Self(
                    severity: .blocking,
                    text: "IPv6 forwarding is off, so nothing is relayed for other hosts.",
                    remedy: "Switch it on: sysctl -w net.ipv6.conf.all.forwarding=1"
                )
            )
        }
        if status.identity.role == .hostRelay, status.service.ownAddresses.isEmpty {
            problems.append(
                Self(
                    severity: .blocking,
                    text: "This host has no native IPv6 address to speak for.",
                    remedy: "Run a client here: teredo client, or teredo auto, which takes the right role."
                )
            )
        }
        if status.service.inbound.isExposed {
            problems.append(
                Self(
                    severity: .limiting,
                    text: "Whatever this host listens on can be reached: no filter of it looks at IPv6.",
                    remedy: "Use --inbound filtered with --allow, or filter IPv6 on this host (docs/inbound.md)."
                )
            )
        }
        if status.peers.limit > 0, status.peers.count >= status.peers.limit / 10 * 9 {
            problems.append(
                Self(
                    severity: .limiting,
                    text: "The table of peers is nearly full: \(status.peers.count) of \(status.peers.limit).",
                    remedy: "Raise --peer-limit, or find out who fills it: teredo peers."
                )
            )
        }
        return problems
    }

    private static func all(of status: ServerStatus) -> [Self] {
        guard !status.forwardsNative else { return [] }
        return [
            Self(
                severity: .limiting,
                text: "Connectivity tests of clients are not forwarded: this host has no native IPv6.",
                remedy: "Give it native IPv6 and CAP_NET_RAW, or clients find no relay (docs/servers.md)."
            )
        ]
    }
}
