import TeredoControl
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// The facts of each role.
extension StatusOverview {
    /// What there is to know, what is asked for most first.
    package var rows: [Row] {
        switch report {
        case .client(let status): clientRows(status)
        case .relay(let status): relayRows(status) + Self.traffic(status.counters, status.identity.uptime)
        case .server(let status): Self.serverRows(status) + fleetRows + Self.traffic(status.counters, status.uptime)
        case .gateway(let status): gatewayRows(status)
        case .dormant(let status): Self.dormantRows(status)
        }
    }

    private func clientRows(_ status: ClientStatus) -> [Row] {
        let isQualified = status.progress.state == .qualified
        var rows: [Row] = []
        if let address = status.identity.address {
            rows.append(Row(name: "Address", value: "\(address) on \(status.dataPath.interface)"))
        } else {
            rows.append(Row(name: "Address", value: "none: \(status.progress.reason ?? "not qualified yet")"))
        }
        rows.append(Row(name: "Server", value: Self.server(status)))
        if let mapped = status.mapping.mappedEndpoint {
            let here = status.mapping.localEndpoint.map { ", \($0) here" } ?? ""
            rows.append(Row(name: "Seen as", value: "\(mapped)\(here), \(Self.nat(status.mapping.nat))"))
        }
        if isQualified, status.mapping.nat.behavior.mapping != nil, let direct = CheckReport(of: status).directPeers {
            rows.append(Row(name: "Direct", value: direct.phrase))
        }
        rows.append(Self.inbound(status.traffic.inbound))
        if let proxy = status.traffic.proxy { rows.append(Row(name: "Proxy", value: proxy.phrase)) }
        if isQualified {
            rows.append(Row(name: "Peers", value: PathQuality(peers, total: status.traffic.peers).phrase))
            rows.append(Row(name: "Native IPv6", value: status.traffic.nativeIPv6.phrase))
        }
        if let relay = status.traffic.transitRelay, status.traffic.counters.packetsCarried > 0 {
            let packets = status.traffic.counters.packetsCarried
            rows.append(Row(name: "Transit", value: "\(packets) packets sent through \(relay)"))
        }
        return rows + Self.choice(status.identity.roles)
            + Self.traffic(status.traffic.counters, status.identity.uptime)
    }

    /// Why `teredo auto` took the role.
    private static func choice(_ roles: [RoleChange]?) -> [Row] {
        guard let change = roles?.first else { return [] }
        return [Row(name: "Chosen by", value: "teredo auto, \(TimeText.duration(change.age)) ago: \(change.reason)")]
    }

    private func relayRows(_ status: RelayStatus) -> [Row] {
        var rows = [
            Row(name: "Port", value: "\(status.identity.localEndpoint), interface \(status.dataPath.interface)")
        ]
        if status.identity.role == .hostRelay {
            let addresses = status.service.ownAddresses.map(\.description).joined(separator: ", ")
            rows.append(Row(name: "Speaks for", value: addresses.isEmpty ? "no address" : addresses))
        } else {
            let prefixes = status.service.servedPrefixes.map(\.description).joined(separator: ", ")
            let masquerade = status.service.masquerade == true ? ", clients leave with this host's own address" : ""
            rows.append(Row(name: "Serves", value: (prefixes.isEmpty ? "all of IPv6" : prefixes) + masquerade))
        }
        rows.append(Self.inbound(status.service.inbound))
        let quality = PathQuality(peers, total: status.peers.count).phrase
        rows.append(Row(name: "Peers", value: "\(quality) (limit \(status.peers.limit))"))
        if let clients = status.service.transitClients {
            let packets = status.counters.packetsCarried
            rows.append(Row(name: "Transit", value: "\(packets) packets carried, now for \(clients) clients"))
        }
        return rows + fleetRows + Self.choice(status.identity.roles)
    }

    /// What is announced, and how far a role is that drains.
    private var fleetRows: [Row] {
        [
            report.announcement.map { Row(name: "Announced", value: $0.phrase) },
            report.drain.map { Row(name: "Draining", value: $0.phrase) },
        ].compactMap(\.self)
    }

    private static func serverRows(_ status: ServerStatus) -> [Row] {
        let counters = status.counters
        var addresses = "\(status.primary)"
        if let secondary = status.secondary { addresses += " and \(secondary)" }
        var rows = [Row(name: "Addresses", value: addresses)]
        if status.requiresAuthentication || status.secrets > 0 {
            let word = status.requiresAuthentication ? "required" : "optional"
            rows.append(Row(name: "Secrets", value: "\(word), \(status.secrets) known clients"))
        }
        rows.append(
            Row(
                name: "Served",
                value: "\(counters.advertisements) of \(counters.solicitations) solicitations answered, "
                    + "\(counters.bubblesReceived) bubbles received, \(counters.bubblesSent) sent"
            )
        )
        return rows
    }

    private func gatewayRows(_ status: GatewayStatus) -> [Row] {
        var rows = Self.serverRows(status.server)
        if !status.undetectable.isEmpty {
            rows.insert(Row(name: "", value: "one only: --all tells what clients cannot find out then"), at: 1)
        }
        rows += relayRows(status.relay)
        rows.append(contentsOf: Self.traffic(status.server.counters, status.uptime, of: "Server"))
        rows.append(contentsOf: Self.traffic(status.relay.counters, status.uptime, of: "Relay"))
        return rows
    }

    private static func dormantRows(_ status: DormantStatus) -> [Row] {
        var rows: [Row] = []
        if let network = status.network { rows.append(Row(name: "Network", value: network.rawValue)) }
        for (number, change) in status.roles.dropFirst().prefix(3).enumerated() {
            let text = "\(TimeText.duration(change.age)) ago \(change.role): \(change.reason)"
            rows.append(Row(name: number == 0 ? "Before" : "", value: text))
        }
        return rows
    }

    private static func server(_ status: ClientStatus) -> String {
        guard let primary = status.servers.primary else { return "\(status.servers.names), not resolved" }
        var parts = [primary.description]
        let names = status.servers.names.description
        if names != primary.description { parts[0] += " (\(names))" }
        let health = status.servers.health
        if let inUse = health.first(where: { $0.address == primary }) {
            if let time = inUse.roundTrip { parts.append(TimeText.milliseconds(time)) }
            if let answered = inUse.answered { parts.append("answered \(TimeText.duration(answered)) ago") }
            if inUse.unanswered > 0 { parts.append("\(inUse.unanswered) questions unanswered") }
        }
        let standby = health.count { $0.address != primary && $0.state == .standby }
        let silent = health.count { $0.address != primary && $0.state == .silent }
        if standby > 0 { parts.append("\(standby) on standby") }
        if silent > 0 { parts.append("\(silent) silent") }
        return parts.joined(separator: ", ")
    }

    private static func nat(_ status: NATStatus) -> String {
        switch status.observation.kind {
        case .some(.none): "no NAT"
        case .cone: "cone NAT"
        case .restricted where status.behavior.filtering == .endpointIndependent: "cone NAT"
        case .restricted where status.behavior.filtering == .dependent: "restricted NAT"
        case .restricted: "restricted or cone NAT"
        case .symmetric: "symmetric NAT"
        case nil: "NAT not known"
        }
    }

    /// Who may reach the host.
    private static func inbound(_ status: InboundStatus) -> Row { Row(name: "Inbound", value: status.phrase) }

    private static func traffic(_ counters: StatusCounters, _ uptime: Duration, of part: String = "") -> [Row] {
        let received = OctetText.short(counters.octetsReceived)
        let sent = OctetText.short(counters.octetsSent)
        var rows = [
            Row(
                name: part.isEmpty ? "Traffic" : part,
                value: "received \(received) in \(counters.datagramsReceived) datagrams, sent \(sent) in "
                    + "\(counters.datagramsSent), in \(TimeText.duration(uptime))"
            ),
            Row(name: "Dropped", value: DropRanking(counters).phrase),
        ]
        if let sender = counters.dropSources.first {
            let others = counters.dropSources.count - 1
            let rest = others > 0 ? ", and from \(others) \(others == 1 ? "other" : "others")" : ""
            rows.append(Row(name: "", value: "lately from \(sender.phrase)\(rest)"))
        }
        let lost = LossReason.allCases.map { ($0.rawValue, counters.system[$0]) }.filter { $0.1 > 0 }
        if !lost.isEmpty {
            rows.append(Row(name: "Lost", value: lost.map { "\($0.1) \($0.0)" }.joined(separator: ", ")))
        }
        return rows
    }
}
