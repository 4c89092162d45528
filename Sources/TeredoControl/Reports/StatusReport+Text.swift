import TeredoHost
import TeredoLinux
import TeredoPortMapping
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// The report for people: aligned, in the words of `netsh interface teredo show state` where there is one.
extension StatusReport {
    /// Lines without a trailing newline.
    package var text: String {
        let sections: [[(name: String, value: String)]] =
            switch self {
            case .client(let status):
                [
                    Self.rows(status) + RoleChange.rows(status.identity.roles),
                    Self.rows(status.traffic.counters, qualifies: true),
                ]
            case .server(let status): [Self.rows(status), Self.rows(status.counters, qualifies: true)]
            case .relay(let status):
                [
                    Self.rows(status) + RoleChange.rows(status.identity.roles),
                    Self.rows(status.counters, qualifies: false),
                ]
            case .dormant(let status): [Self.rows(status) + RoleChange.rows(status.roles)]
            case .gateway(let status): Self.sections(status)
            }
        let width = sections.joined().map(\.name.count).max() ?? 0
        return
            sections.map { rows in
                rows.map { row in
                    row.name + String(repeating: " ", count: width - row.name.count) + " : \(row.value)"
                }.joined(separator: "\n")
            }.joined(separator: "\n\n")
    }

    private static func rows(_ status: ClientStatus) -> [(name: String, value: String)] {
        let unknown = status.mapping.nat.observation.isBeingDiagnosed ? "not known yet, being determined" : "not known"
        var rows = [
            ("Type", status.identity.type.rawValue),
            ("Client Type", "teredo client"),
            ("State", state(status)),
        ]
        if let reason = status.progress.reason {
            rows.append((status.progress.state == .offline ? "Error" : "Reason", reason))
        }
        rows += [
            ("Address", status.identity.address?.description ?? "none"),
            ("Server Name", status.servers.names.description),
            ("Server", status.servers.primary.map { "\($0)\(secondary(status))" } ?? "not resolved"),
            ("NAT", status.mapping.nat.phrase),
            ("NAT Mapping", status.mapping.nat.behavior.mappingPhrase ?? unknown),
            ("NAT Filtering", status.mapping.nat.behavior.filteringPhrase ?? unknown),
            ("Port Assignment", status.mapping.nat.behavior.portAssignmentPhrase ?? unknown),
            ("Hairpinning", status.mapping.nat.behavior.hairpinningPhrase ?? unknown),
            (
                "NAT Special Behaviour",
                "UPNP: \(word(status.mapping.portMapping != nil)), PortPreserving: \(word(status.mapping.nat.observation.isPortPreserving))"
            ),
            ("Client Port", status.mapping.clientPort.map { "\($0)" } ?? "unspecified: any free port"),
            ("Network", status.identity.network?.rawValue ?? notJudged),
            ("Local Mapping", status.mapping.localEndpoint?.description ?? "unknown"),
            ("External NAT Mapping", status.mapping.mappedEndpoint?.description ?? "unknown"),
            ("Client Refresh Interval", "\(Seconds.number(status.mapping.refreshInterval)) seconds"),
            ("Interface", interface(status.dataPath.interface, status.dataPath.mtu, status.dataPath.interfaceFaults)),
            ("Offloads", offloads(status.dataPath.offloads)),
            ("Workers", "\(status.dataPath.workers)"),
            ("Data Path", dataPath(status.dataPath.choice, status.dataPath.kernelPeers)),
            ("Port Mapping", portMapping(status)),
            ("Transit Relay", transit(status)),
            ("Native IPv6", status.traffic.nativeIPv6.phrase),
        ]
        rows += status.traffic.inbound.rows
        if let proxy = status.traffic.proxy { rows.append(("Proxy", proxy.phrase)) }
        rows += [
            ("Peers", "\(status.traffic.peers)"),
            ("Running For", TimeText.duration(status.identity.uptime)),
        ]
        if status.mapping.nat.behavior.remembersStrays == true,
            let phrase = status.mapping.nat.behavior.strayPhrase,
            let index = rows.firstIndex(where: { $0.0 == "Hairpinning" })
        {
            rows.insert(("Stray Packets", phrase), at: index + 1)
        }
        if status.servers.health.count > 1, let index = rows.firstIndex(where: { $0.0 == "NAT" }) {
            let servers = status.servers.health.enumerated().map { ($0 == 0 ? "Servers" : "", $1.phrase) }
            rows.insert(contentsOf: servers, at: index)
        }
        for (number, change) in status.progress.history.prefix(shownChanges).enumerated() {
            rows.append((number == 0 ? "Last Changes" : "", change.text))
        }
        if status.mapping.nat.observation.kind == NATObservation.Kind.none {
            rows.removeAll { $0.0 == "Port Assignment" || $0.0 == "Hairpinning" }
        }
        if let lifetime = lifetime(status.mapping.nat.observation),
            let index = rows.firstIndex(where: { $0.0 == "NAT Special Behaviour" })
        {
            rows.insert(("Mapping Lifetime", lifetime), at: index)
        }
        return rows
    }

    /// Managed networks are not guessed.
    private static let notJudged = "not judged: 'teredo auto' was given no --managed-network"
    /// How many changes of state are shown to people; JSON has them all.
    private static let shownChanges = 5

    private static func state(_ status: ClientStatus) -> String {
        var text = status.progress.state.rawValue
        if let phase = status.progress.phase {
            text += " (\(phase == .resolving ? "resolving the server name" : "\(phase) phase"))"
        }
        text += ", for \(TimeText.duration(status.progress.age))"
        if let retry = status.progress.retry { text += ", next attempt in \(TimeText.duration(retry))" }
        if status.progress.state == .qualified, status.traffic.nativeIPv6.isWithoutRelay {
            text += ", but no relay towards native IPv6 answers"
        }
        if let fault = status.dataPath.interfaceFaults.first, status.progress.state == .qualified {
            text += ", but \(fault.description)"
        }
        return text
    }

    private static func lifetime(_ observation: NATObservation) -> String? {
        if let most = observation.mostLifetime { return "less than \(Seconds.number(most)) seconds" }
        return observation.leastLifetime.map { "at least \(Seconds.number($0)) seconds" }
    }

    private static func secondary(_ status: ClientStatus) -> String {
        status.servers.secondary.map { ", secondary \($0)" } ?? ", no secondary address"
    }

    static func rows(_ status: ServerStatus) -> [(name: String, value: String)] {
        [
            ("Type", "teredo server"),
            ("State", status.state.rawValue),
            ("Primary Address", status.primary.description),
            ("Secondary Address", status.secondary?.description ?? "none"),
            ("Authentication", authentication(status)),
            ("Native IPv6", status.forwardsNative ? "connectivity tests are forwarded" : "not available"),
            ("XDP", xdp(status)),
            ("Workers", "\(status.workers)"),
        ] + fleet(status.announcement, status.drain) + [("Running For", TimeText.duration(status.uptime))]
    }

    /// What is announced, and how far a role is that drains.
    private static func fleet(
        _ announcement: AnnouncementStatus?,
        _ drain: DrainStatus?
    ) -> [(name: String, value: String)] {
        [announcement.map { ("Announced", $0.phrase) }, drain.map { ("Draining", $0.phrase) }].compactMap(\.self)
    }

    private static func rows(_ status: DormantStatus) -> [(name: String, value: String)] {
        [
            ("Type", "teredo auto"),
            ("State", "\(status.state), for \(TimeText.duration(status.uptime))"),
            ("Network", status.network?.rawValue ?? notJudged),
        ]
    }

    private static func dataPath(_ choice: DataPathChoice, _ kernelPeers: Int) -> String {
        choice == .userspace ? choice.rawValue : "\(choice), \(count(UInt64(kernelPeers), "peer"))"
    }

    private static func xdp(_ status: ServerStatus) -> String {
        guard status.xdp != .off else { return "off" }
        let interfaces = status.xdpInterfaces.joined(separator: ", ")
        return "\(status.xdp) on \(interfaces), \(count(status.xdpAnswered, "solicitation")) answered"
    }

    private static func interface(_ name: String, _ mtu: Int, _ faults: [InterfaceFault]) -> String {
        (["\(name), MTU \(mtu)"] + faults.map(\.description)).joined(separator: "; ")
    }

    private static func offloads(_ offloads: [Offload]) -> String {
        offloads.isEmpty ? "none" : offloads.map(\.rawValue).joined(separator: ", ")
    }

    private static func portMapping(_ status: ClientStatus) -> String {
        guard let mapping = status.mapping.portMapping else { return "none" }
        let time = mapping.remaining.map { "for another \(TimeText.duration($0))" } ?? "permanently"
        let remark = mapping.isReachable ? "" : "; the server sees another endpoint: there is a further NAT"
        return "\(mapping.external) by \(mapping.mappingProtocol.name), \(time)\(remark)"
    }

    private static func transit(_ status: ClientStatus) -> String {
        guard let relay = status.traffic.transitRelay else { return "none" }
        let packets = status.traffic.counters.packetsCarried
        return packets == 0 ? relay.description : "\(relay), \(count(packets, "packet")) sent through it"
    }

    private static func authentication(_ status: ServerStatus) -> String {
        let secrets = status.secrets == 1 ? "1 client secret" : "\(status.secrets) client secrets"
        guard status.requiresAuthentication else { return status.secrets == 0 ? "none" : "optional, \(secrets)" }
        return "required, \(secrets)"
    }

    static func rows(_ status: RelayStatus) -> [(name: String, value: String)] {
        let isHostSpecific = status.identity.role == .hostRelay
        var rows = [
            ("Type", isHostSpecific ? "teredo host-specific relay" : "teredo relay"),
            (
                "State",
                status.identity.state.rawValue
                    + (status.dataPath.interfaceFaults.first.map { ", but \($0.description)" } ?? "")
            ),
            ("Local Mapping", status.identity.localEndpoint.description),
            ("Interface", interface(status.dataPath.interface, status.dataPath.mtu, status.dataPath.interfaceFaults)),
            ("Offloads", offloads(status.dataPath.offloads)),
            ("Workers", "\(status.dataPath.workers)"),
            ("Data Path", dataPath(status.dataPath.choice, status.dataPath.kernelPeers)),
        ]
        if isHostSpecific {
            let addresses = status.service.ownAddresses.map(\.description).joined(separator: ", ")
            rows.append(("Own Addresses", addresses.isEmpty ? "none: no native IPv6 address on this host" : addresses))
        } else {
            let prefixes = status.service.servedPrefixes.map(\.description).joined(separator: ", ")
            rows.append(("Served Prefixes", prefixes.isEmpty ? "all" : prefixes))
        }
        if let forwarding = status.service.forwarding {
            rows.append(("IPv6 Forwarding", forwarding ? "on" : "off: nothing is relayed for other hosts"))
        }
        if status.service.masquerade == true {
            rows.append(("Masquerade", "on: clients leave with this host's own address"))
        }
        rows += status.service.inbound.rows
        rows += fleet(status.service.announcement, status.service.drain)
        if let clients = status.service.transitClients {
            let packets = count(status.counters.packetsCarried, "packet")
            rows.append(("Transit", "on, \(clients) \(clients == 1 ? "client" : "clients"), \(packets) carried"))
        }
        rows += [
            ("Peers", "\(status.peers.count), \(status.peers.trusted) trusted, limit \(status.peers.limit)"),
            ("Running For", TimeText.duration(status.identity.uptime)),
        ]
        return rows
    }

    static func rows(_ counters: StatusCounters, qualifies: Bool) -> [(name: String, value: String)] {
        var rows = [
            ("Datagrams", "\(counters.datagramsReceived) received, \(counters.datagramsSent) sent"),
            ("Octets", "\(counters.octetsReceived) received, \(counters.octetsSent) sent"),
            ("IPv6 Packets", "\(counters.packetsDelivered) delivered, \(counters.packetsAccepted) accepted"),
            ("Bubbles", "\(counters.bubblesReceived) received, \(counters.bubblesSent) sent"),
        ]
        if qualifies {
            let answers = count(counters.advertisements, "advertisement")
            rows.append(("Qualification", "\(count(counters.solicitations, "solicitation")), \(answers)"))
        }
        if counters.icmpv4Errors > 0 { rows.append(("ICMPv4", "\(count(counters.icmpv4Errors, "error")) heard")) }
        let drops = counters.drops.nonzero.map { (name: $0.reason.label, count: $0.count) }
            .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
        rows.append(
            ("Dropped", drops.isEmpty ? "nothing" : drops.map { "\($0.count) \($0.name)" }.joined(separator: ", "))
        )
        if !counters.dropSources.isEmpty {
            rows.append(("Dropped From", counters.dropSources.prefix(3).map(\.phrase).joined(separator: ", ")))
        }
        if counters.system != SystemCounters() {
            let system = counters.system
            rows.append(
                (
                    "System",
                    "\(system.datagramsRefused) datagrams refused, \(system.sendBufferFull) lost to a full buffer, "
                        + "\(system.packetsRefused) packets refused"
                        + (system.segmentationRefused == 0 ? "" : ", \(system.segmentationRefused) messages not split")
                        + (system.receiveBufferFull == 0 ? "" : ", \(system.receiveBufferFull) not read in time")
                        + (system.handoverFull == 0 ? "" : ", \(system.handoverFull) lost between threads")
                        + (system.subscribersDropped == 0
                            ? "" : ", \(system.subscribersDropped) slow subscribers dropped")
                        + (system.congestionDropped == 0 ? "" : ", \(system.congestionDropped) dropped for congestion")
                        + (system.coalescingRefused == 0 ? "" : ", \(system.coalescingRefused) super-packets refused")
                )
            )
        }
        return rows
    }

    private static func count(_ count: UInt64, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private static func word(_ value: Bool?) -> String { value.map { $0 ? "yes" : "no" } ?? "unknown" }
}
