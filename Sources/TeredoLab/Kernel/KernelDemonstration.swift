package import TeredoChart
import TeredoHost
import TeredoLinux
package import TeredoProtocol
import TeredoSimulator
import TeredoWire

/// What `teredo lab --kernel` shows: all roles at work on the running kernel, and who reaches whom.
package struct KernelDemonstration {
    /// How the sites are laid out, and the boxes in front of the clients.
    package var layout = KernelLayout.separateSites
    package var nat1 = NATKind.portRestricted
    package var nat2 = NATKind.portRestricted
    /// Whose program plays each part.
    package var serverBy = LabImplementation.teredo
    package var relayBy = LabImplementation.teredo
    package var clientABy = LabImplementation.teredo
    package var clientBBy = LabImplementation.teredo
    /// Whether the relay carries packets between clients that cannot reach each other; ours alone does.
    package var hasTransit = true
    /// The `teredo` program that plays our roles.
    package var binary: String
    /// How many of 1,000 UDP datagrams the Internet loses.
    package var lossPerMille = 0
    /// What the charts may take.
    package var style = ChartStyle()
    /// Is given each chart, for other ways to draw it.
    package var draw: (ChartModel) -> Void = { _ in }
    /// Whether the network stays up at the end, until SIGINT or SIGTERM.
    package var staysUp = false

    /// Makes a demonstration with everything of ours and port-restricted NATs.
    package init(binary: String) {
        self.binary = binary
    }

    /// Builds the network, runs everything, and removes the network again.
    ///
    /// `say` is told one line per step as it happens, with the time since the start before it.
    package func run(say: @escaping (String) -> Void) throws -> LabReport {
        let start = MonotonicClock.now
        let step: (String) -> Void = { text in
            let seconds = Decimals.text((MonotonicClock.now - start) / .seconds(1), digits: 1)
            say(String(repeating: " ", count: max(0, 6 - seconds.count)) + "\(seconds) s  \(text)")
        }
        let lab = try KernelLab(layout: layout, nat1: nat1, nat2: nat2, binary: binary, report: step)
        defer { lab.close() }
        lab.hasTransit = hasTransit && relayBy == .teredo
        var report = LabReport(
            mode: "kernel",
            seed: nil,
            nat1: nat1.rawValue,
            nat2: layout == .sameLAN ? nat1.rawValue : nat2.rawValue
        )
        if lossPerMille > 0 { try lab.setLoss(perMille: lossPerMille) }
        let observer = try WireObserver(lab)
        try startRoles(lab)
        let addresses = try qualify(lab, &report)
        let solicitations = observer.exchange().filter { $0.kind.isQualification && $0.involves(.clientA) }
        chart(solicitations, "Qualification of client A", say)
        try connect(lab, observer, addresses, step, say, &report)
        try connectHostRelay(lab, observer, addresses, step, say, &report)
        for role in lab.roles {
            guard role.host == .clientA, let status = try lab.statusText(of: role, arguments: []) else { continue }
            say("\nteredo status on client A:\n\(status.indented)")
        }
        if staysUp { try stay(lab, say) }
        return report
    }

    private func startRoles(_ lab: KernelLab) throws {
        let server = try lab.start(.server, by: serverBy)
        let relay = try lab.start(.relay, by: relayBy)
        for role in [server, relay] { try lab.waitUntilServing(role) }
        try lab.start(.client, on: .clientA, by: clientABy)
        try lab.start(.client, on: .clientB, by: clientBBy)
    }

    private func qualify(_ lab: KernelLab, _ report: inout LabReport) throws -> [KernelHost: String] {
        var addresses: [KernelHost: String] = [:]
        report.parties = [
            LabReport.Party(
                name: "server",
                address: KernelAddresses.serverIPv6,
                remark: "\(KernelAddresses.server) and \(KernelAddresses.secondaryServer), \(serverBy.rawValue)"
            ),
            LabReport.Party(
                name: "relay",
                address: KernelAddresses.relayIPv6,
                remark: "\(KernelAddresses.relay):\(KernelLab.relayPort), \(relayBy.rawValue)"
            ),
            LabReport.Party(name: "IPv6 host", address: KernelAddresses.native, remark: "IPv6 only"),
        ]
        let clients: [(KernelHost, String, LabImplementation)] = [
            (.clientA, "client A", clientABy), (.clientB, "client B", clientBBy),
        ]
        for (host, name, implementation) in clients {
            var party = LabReport.Party(name: name, address: nil, remark: "")
            party.remark = "behind \(lab.kind(of: lab.box(of: host)).rawValue)"
            if layout == .nested, host == .clientA { party.remark += " and a carrier's NAT" }
            party.remark += ", \(implementation.rawValue)"
            let address = try lab.qualifiedAddress(of: host, limit: .seconds(40))
            addresses[host] = address.description
            party.address = address.description
            party.mappedEndpoint = address.mappedEndpoint.description
            report.parties.append(party)
        }
        return addresses
    }

    /// Client A opens the conversations with the native host and with client B; client B is first spoken to, so
    /// that each direction begins without help from the other.
    private func connect(
        _ lab: KernelLab,
        _ observer: WireObserver,
        _ addresses: [KernelHost: String],
        _ step: (String) -> Void,
        _ say: (String) -> Void,
        _ report: inout LabReport
    ) throws {
        let pairs: [(KernelHost, KernelHost)] = [
            (.clientA, .native), (.native, .clientB), (.native, .clientA), (.clientB, .native),
            (.clientA, .clientB), (.clientB, .clientA),
        ]
        for (from, to) in pairs {
            let address = addresses[to] ?? KernelAddresses.native
            try check(lab, observer, from, to, address, expectation(from, to), step, say, &report)
        }
    }

    private func connectHostRelay(
        _ lab: KernelLab,
        _ observer: WireObserver,
        _ addresses: [KernelHost: String],
        _ step: (String) -> Void,
        _ say: (String) -> Void,
        _ report: inout LabReport
    ) throws {
        let hostRelay = try lab.start(.hostRelay, by: relayBy)
        try lab.waitUntilServing(hostRelay)
        report.parties.append(
            LabReport.Party(
                name: "host relay",
                address: KernelAddresses.dualStackIPv6,
                remark: "\(KernelAddresses.dualStack):\(KernelLab.relayPort), on a dual-stack host"
            )
        )
        try check(lab, observer, .clientA, .dualStack, KernelAddresses.dualStackIPv6, .connects, step, say, &report)
        try check(lab, observer, .dualStack, .clientB, addresses[.clientB] ?? "", .connects, step, say, &report)
    }

    private func check(
        _ lab: KernelLab,
        _ observer: WireObserver,
        _ from: KernelHost,
        _ to: KernelHost,
        _ address: String,
        _ expectation: Reachability,
        _ step: (String) -> Void,
        _ say: (String) -> Void,
        _ report: inout LabReport
    ) throws {
        var result = try lab.ping(address, from: from, count: 4)
        // Lost bubbles are repeated after two seconds at the earliest (RFC 4380 section 5.2.6).
        for _ in 0..<3 where lossPerMille > 0 && !result.isReachable {
            result = try lab.ping(address, from: from, count: 4)
        }
        var check = ReachabilityCheck(
            from: WireTrace.name(from),
            to: WireTrace.name(to),
            address: address,
            sent: result.sent,
            received: result.received,
            roundTripMilliseconds: result.roundTrips,
            expectation: expectation
        )
        check.remark = result.errors.isEmpty ? "no answer" : "ICMPv6 unreachable"
        let exchange = observer.exchange()
        check.findPath(in: exchange)
        step("ping \(check.from) -> \(check.to): \(check.sentence)")
        report.checks.append(check)
        chart(Self.firstRound(exchange, from: from), "\(check.from) to \(check.to)", say)
    }

    /// The exchange up to the first reply; what follows is more of the same.
    private static func firstRound(_ entries: [TraceEntry], from host: KernelHost) -> [TraceEntry] {
        guard let reply = entries.firstIndex(where: { $0.kind == .pingReply && $0.reached(host) }) else {
            return entries
        }
        return Array(entries[...reply])
    }

    private func chart(_ entries: [TraceEntry], _ title: String, _ say: (String) -> Void) {
        guard !entries.isEmpty else { return }
        let model = SequenceChart(entries, nodes: Self.columns).model(title: title)
        say("")
        for line in TextChart(model, style).lines { say(line) }
        say("")
        draw(model)
    }

    private static let columns = [
        "client A", "NAT A", "server", "NAT B", "client B", "relay", "host relay", "IPv6 host",
    ]

    private func expectation(_ from: KernelHost, _ to: KernelHost) -> Reachability {
        // Relays of both kinds send keyed bubbles, which carry clients behind symmetric NATs;
        // clients on one link find each other by local discovery, which Miredo lacks.
        guard from != .native, to != .native else { return .connects }
        if layout == .sameLAN {
            let isOurs = clientABy == .teredo && clientBBy == .teredo
            return isOurs || nat1 == .none ? .connects : .cannotConnect
        }
        let isOurs = clientABy == .teredo && clientBBy == .teredo
        if isOurs, hasTransit, relayBy == .teredo, serverBy == .teredo { return .connects }
        if isOurs, layout == .separateSites, let kindA = NATKind(rawValue: nat1.rawValue),
            let kindB = NATKind(rawValue: nat2.rawValue)
        {
            return .between(kindA, kindB, isFirst: from == .clientA)
        }
        let classA = layout == .nested ? nat1.expectationClass.behind(.portRestricted) : nat1.expectationClass
        let classB = nat2.expectationClass
        return from == .clientA ? .between(classA, classB) : .between(classB, classA)
    }

    private func stay(_ lab: KernelLab, _ say: (String) -> Void) throws {
        say("\nThe network stays up until Ctrl-C. Look inside with:")
        for host in lab.layout.hosts {
            say("  nsenter --net --target \(try lab[host].processIdentifier)    # \(host.rawValue)")
        }
        say("Logs and control sockets: \(lab.directory)")
        while !Interruption.isRequested { Pause.sleep(.milliseconds(200)) }
    }
}

extension String {
    /// The lines, each two columns to the right.
    fileprivate var indented: String {
        var lines = split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  \($0)" }
        while lines.last?.isEmpty ?? false { lines.removeLast() }
        return lines.joined(separator: "\n")
    }
}

extension TraceEntry {
    fileprivate func reached(_ host: KernelHost) -> Bool { receiver == WireTrace.name(host) }

    fileprivate func involves(_ host: KernelHost) -> Bool { sender == WireTrace.name(host) || reached(host) }
}
