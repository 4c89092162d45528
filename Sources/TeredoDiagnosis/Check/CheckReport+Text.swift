import TeredoControl
import TeredoHost
import TeredoPortMapping
import TeredoProtocol
import TeredoSettings
import TeredoWire

/// The report for people, to read at a glance.
extension CheckReport {
    /// Lines without a trailing newline.
    package var text: String {
        let rows = rows
        let width = rows.map(\.name.count).max() ?? 0
        var lines = rows.map { $0.name + String(repeating: " ", count: width - $0.name.count) + " : \($0.value)" }
        lines += ["", conclusion]
        let problems = problems
        guard !problems.isEmpty else { return lines.joined(separator: "\n") }
        lines += ["", "What you can do:"]
        for problem in problems {
            lines += WrappedText.lines("\(problem.name.rawValue): \(problem.description)", first: "* ", rest: "  ")
            lines += WrappedText.lines(problem.remedy, first: "  -> ", rest: "     ")
        }
        let first = if case .problem(let name) = verdict { name } else { problems[0].name }
        lines += ["", "More: teredo check --explain \(first.rawValue)"]
        return lines.joined(separator: "\n")
    }

    private var conclusion: String {
        if verdict == .problem(.notQualified) {
            return "Verdict: \(verdict). The running client does not work, although this network allows a client."
        }
        guard let directPeers else { return "Verdict: \(verdict). A Teredo client will not work here." }
        return "Verdict: \(verdict). A Teredo client works here; direct connections \(directPeers.phrase)."
    }

    private var rows: [(name: String, value: String)] {
        guard let client else { return probeRows }
        return probeRows + [("Running Client", Self.phrase(client)), ("Inbound", client.traffic.inbound.phrase)]
    }

    private static func phrase(_ client: ClientStatus) -> String {
        guard let address = client.identity.address else { return client.progress.state.rawValue }
        return "\(client.progress.state), \(address), native IPv6 \(client.traffic.nativeIPv6.phrase)"
    }

    private var probeRows: [(name: String, value: String)] {
        var rows = server.map { .address($0.primary) } == serverName ? [] : [("Server Name", serverName.description)]
        if let refusedAddresses { rows.append(("Refused Addresses", refusedAddresses)) }
        guard let server else { return rows + [("Server", "not resolved")] }
        rows.append(("Primary Server", "\(server.primary)\(phrase(nat?.primary))"))
        if let secondary = server.secondary {
            rows.append(("Secondary Server", "\(secondary)\(phrase(nat?.secondary))"))
        }
        let known = [server.primary, server.secondary]
        rows += candidates.filter { !known.contains($0.address) }.map {
            ("Other Address", "\($0.address), \($0.phrase)")
        }
        guard let nat else { return rows + [("Local Mapping", "none: no IPv4 route to the server")] }
        rows.append(("Local Mapping", nat.localEndpoint?.description ?? Self.unknown))
        guard nat.allowsClient else { return rows }
        let behavior = behavior
        rows += [
            ("External NAT Mapping", nat.mappedEndpoint?.description ?? Self.unknown),
            ("NAT", nat.netshWord ?? Self.unknown),
            ("NAT Mapping", behavior.mappingPhrase ?? Self.unknown),
            ("NAT Filtering", behavior.filteringPhrase ?? Self.unknown),
        ]
        if let path { rows.append(("Full-size Packets", Self.phrase(path))) }
        guard nat.mapping != NATReport.Mapping.none else { return rows }
        rows += [
            ("Port Assignment", behavior.portAssignmentPhrase ?? Self.unknown),
            ("Hairpinning", behavior.hairpinningPhrase ?? unknownHairpinning),
        ]
        if let phrase = behavior.strayPhrase { rows.append(("Stray Packets", phrase)) }
        if nat.usesSeveralAddresses == true { rows.append(("External Addresses", "several")) }
        if let lifetime = nat.lifetime { rows.append(("Mapping Lifetime", Self.phrase(lifetime))) }
        if let portMapping { rows.append(("Port Mapping", Self.phrase(portMapping))) }
        return rows
    }

    private var unknownHairpinning: String {
        nat?.mapping == .dependent ? "not known: cannot be seen behind a symmetric NAT" : Self.unknown
    }

    private static let unknown = "not known"

    private func phrase(_ answer: NATReport.Answer?) -> String {
        switch answer {
        case .answered(let time): ", answers after \(TimeText.milliseconds(time))"
        case .silent: nat?.lastRejection == nil ? ", silent" : ", no answer that can be believed"
        case .unknown, nil: ""
        }
    }

    private static func phrase(_ lifetime: NATReport.Lifetime) -> String {
        let least = Seconds.number(lifetime.atLeast)
        guard let most = lifetime.lessThan.map(Seconds.number) else { return "\(least) seconds or more" }
        return least == 0 ? "less than \(most) seconds" : "\(least) to \(most) seconds"
    }

    private static func phrase(_ path: PathFindings) -> String {
        switch path.passesFullSize {
        case true?: "pass: the path carries \(PathFindings.fullLength) octets"
        case false?: "do not pass in one piece: the path carries \(path.smallMTU ?? 0) octets"
        case nil: unknown
        }
    }

    private static func phrase(_ mapping: PortMappingFinding) -> String {
        guard let name = mapping.mappingProtocol?.name else {
            return "none: \(mapping.refusal ?? "the router speaks no port mapping protocol")"
        }
        return name + (mapping.externalAddress.map { ", external address \($0)" } ?? "")
    }
}
