package import TeredoHost
package import TeredoSettings

/// What a running gateway reports about itself.
package struct GatewayStatus: Hashable, Sendable, Codable {
    package var role = Role.gateway
    /// `running` or `draining`, as the relay.
    package var state = RunningState.running
    /// What clients cannot find out because the server has one address only; empty when it has two.
    package var undetectable: [Undetectable]
    /// The server.
    package var server: ServerStatus
    /// The relay.
    package var relay: RelayStatus
    /// How long the service has run.
    @JSONTime<Seconds> package var uptime: Duration

    /// Joins the reports of the two parts.
    package init(server: ServerStatus, relay: RelayStatus, uptime: Duration) {
        undetectable = server.secondary == nil ? Undetectable.allCases : []
        self.server = server
        self.relay = relay
        self.uptime = uptime
        state = relay.identity.state
    }

    /// What takes an answer from a second address (RFC 4380 section 5.2.1); the words are part of the JSON form.
    package enum Undetectable: String, Hashable, Sendable, Codable, CaseIterable {
        /// Whether a NAT is symmetric.
        case symmetricNAT = "symmetric-nat"
        /// Whether a NAT is a cone NAT.
        case coneNAT = "cone-nat"
        /// How a NAT maps and filters.
        case natBehavior = "nat-behavior"

        /// The same for people, with what clients do without.
        package var phrase: String {
            switch self {
            case .symmetricNAT:
                """
                whether their NAT is symmetric: clients that insist on knowing stay offline (Windows, and ours with \
                --strict); others do without, ours and Miredo among them
                """
            case .coneNAT: "whether their NAT is a cone NAT: they take it for a restricted one, which works"
            case .natBehavior: "how their NAT maps and filters, which 'teredo check' would show"
            }
        }
    }

    private enum CodingKeys: String, CodingKey {
        case role, state, undetectable, server, relay
        case uptime = "uptimeSeconds"
    }
}

extension StatusReport {
    /// The gateway, then server and relay as they report themselves, each with its own counters.
    static func sections(_ status: GatewayStatus) -> [[(name: String, value: String)]] {
        let isSingle = !status.undetectable.isEmpty
        var rows = [
            ("Type", "teredo gateway: server and relay"), ("State", status.state.rawValue),
            ("Addresses", isSingle ? "one, so clients cannot find out:" : "two"),
        ]
        rows += status.undetectable.map { ("", $0.phrase) }
        rows.append(("Running For", TimeText.duration(status.uptime)))
        let repeated: Set = ["State", "Running For"]
        return [
            rows, Self.rows(status.server).filter { !repeated.contains($0.name) },
            Self.rows(status.server.counters, qualifies: true),
            Self.rows(status.relay).filter { !repeated.contains($0.name) },
            Self.rows(status.relay.counters, qualifies: false),
        ]
    }
}
