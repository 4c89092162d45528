package import TeredoChart
import TeredoCrypto
import TeredoHost
package import TeredoProtocol
package import TeredoSimulator
import TeredoWire

/// What `teredo lab` shows: a whole Teredo Internet in one process and in virtual time.
package struct SimulatedDemonstration {
    /// The NATs of the two clients.
    package var nat1 = NATKind.portRestricted
    package var nat2 = NATKind.portRestricted
    /// Whether the relay carries packets between clients that cannot reach each other.
    package var hasTransit = true
    /// The seed of every random choice: the same options and the same seed give the same run.
    package var seed: UInt64
    /// What the Internet does to datagrams.
    package var fault = LinkFault()
    /// What the charts may take.
    package var style = ChartStyle()
    /// Is given each chart, for other ways to draw it.
    package var draw: (ChartModel) -> Void = { _ in }
    /// How many times each host pings each other.
    package var pingCount = 3

    /// Makes a demonstration with port-restricted NATs and an Internet that loses nothing.
    package init(seed: UInt64) {
        self.seed = seed
    }

    /// Runs everything; `say` is told lines as they come to be.
    package func run(say: (String) -> Void) throws -> LabReport {
        var options = InternetOptions(seed: seed)
        options.natA = nat1
        options.natB = nat2
        options.fleet.hasTransit = hasTransit
        options.fault = fault
        let internet = try SimulatedInternet(options: options, authenticator: HMACSHA1Authenticator())
        var report = LabReport(mode: "simulated", seed: seed, nat1: nat1.rawValue, nat2: nat2.rawValue)
        say(heading)
        qualify(internet, say, &report)
        say("\n\(report.partyTable)")
        // Each direction begins without help from the other: client A speaks first to the native host and to client
        // B, client B is first spoken to.
        let pairs: [(HostName, HostName)] = [
            (.clientA, .native), (.native, .clientB), (.clientA, .clientB), (.clientB, .clientA),
        ]
        for (from, to) in pairs { connect(internet, from, to, say, &report) }
        return report
    }

    private var heading: String {
        """
        A Teredo Internet in one process, in virtual time; nothing leaves this program.
          seed      \(seed)
          client A  behind \(nat1.phrase)
          client B  behind \(nat2.phrase)
          Internet  \(faultText)
        """
    }

    private var faultText: String {
        var text = "\(Self.milliseconds(fault.latency)) each way"
        if fault.lossPerMille > 0 { text += ", \(Decimals.text(Double(fault.lossPerMille) / 10, digits: 1)) % loss" }
        return text
    }

    private func qualify(_ internet: SimulatedInternet, _ say: (String) -> Void, _ report: inout LabReport) {
        let isQualified = internet.qualify()
        say("\nQualification: what is my address, and what kind of NAT is this?")
        let own = internet.trace.filter { $0.involves(.clientA) && $0.kind.isQualification }
        say("")
        show(SequenceChart(own, nodes: ["client A", "NAT A", "server"]), "Qualification of client A", say)
        say("")
        report.parties = [
            LabReport.Party(
                name: "server",
                address: SimulatedInternet.server.primary.description,
                remark: "and \(SimulatedInternet.server.primary.successor)"
            ),
            LabReport.Party(
                name: "relay",
                address: SimulatedInternet.relay.address.description,
                remark: "UDP port \(SimulatedInternet.relay.port)"
            ),
            LabReport.Party(
                name: HostName.native.rawValue,
                address: internet.address(of: .native)?.description,
                remark: "native IPv6 only"
            ),
        ]
        for (host, kind) in [(HostName.clientA, nat1), (.clientB, nat2)] {
            for (time, event) in internet.events(of: host) {
                guard case .statusChanged(let status, let reason) = event else { continue }
                let elapsed = Self.milliseconds(time - Self.start(of: internet))
                let padding = String(repeating: " ", count: max(0, 9 - elapsed.count))
                let what = "\(padding)\(elapsed)  \(host.rawValue) \(status.phrase):"
                let isLong = what.count + "\(reason)".count > style.width
                if isLong { say(what) }
                let indent = String(repeating: " ", count: 13)
                let first = isLong ? indent : what + " "
                WrappedText.lines("\(reason)", first: first, rest: indent, width: style.width).forEach(say)
            }
            let client = internet.client(host)
            report.parties.append(
                LabReport.Party(
                    name: host.rawValue,
                    address: client?.address?.description,
                    mappedEndpoint: client?.mappedEndpoint?.description,
                    remark: "behind \(kind.phrase)"
                )
            )
        }
        if !isQualified { report.failures.append("a client did not qualify within a minute") }
    }

    private func connect(
        _ internet: SimulatedInternet,
        _ from: HostName,
        _ to: HostName,
        _ say: (String) -> Void,
        _ report: inout LabReport
    ) {
        let row = internet.trace.count
        var check = ReachabilityCheck(
            from: from.rawValue,
            to: to.rawValue,
            address: internet.address(of: to)?.description ?? "no address",
            sent: 0,
            received: 0,
            roundTripMilliseconds: [],
            expectation: expectation(from, to)
        )
        var last = row
        for _ in 0..<pingCount {
            check.sent += 1
            let outcome = internet.ping(from: from, to: to)
            if check.sent == 1 { last = internet.trace.count }
            switch outcome {
            case .reply(let time):
                check.received += 1
                check.roundTripMilliseconds.append(time / .milliseconds(1))
            case .unreachable(let time):
                check.remark = check.remark ?? "ICMPv6 unreachable after \(Self.milliseconds(time))"
            case .timeout: check.remark = check.remark ?? "no answer"
            case .noAddress: check.remark = check.remark ?? "no address"
            }
        }
        check.findPath(in: Array(internet.trace[row...]))
        report.checks.append(check)
        say("\n\(check.line(width: style.width))\n")
        let exchange = Array(internet.trace[row..<last])
        show(SequenceChart(exchange, nodes: Self.columns), "\(check.from) to \(check.to)", say)
    }

    private func show(_ chart: SequenceChart, _ title: String, _ say: (String) -> Void) {
        let model = chart.model(title: title)
        for line in TextChart(model, style).lines { say(line) }
        draw(model)
    }

    private func expectation(_ from: HostName, _ to: HostName) -> Reachability {
        guard from != .native, to != .native else { return .connects }
        return hasTransit ? .connects : .between(nat1, nat2, isFirst: from == .clientA)
    }

    private static let columns = ["client A", "NAT A", "server", "NAT B", "client B", "relay", "IPv6 host"]

    private static func start(of internet: SimulatedInternet) -> ProtocolInstant {
        internet.trace.first?.time ?? internet.now
    }

    static func milliseconds(_ duration: Duration) -> String { LabReport.milliseconds(duration / .milliseconds(1)) }
}

extension TraceEntry {
    /// Whether `host` sent or received the packet.
    fileprivate func involves(_ host: HostName) -> Bool {
        sender == host.rawValue || receiver == host.rawValue
    }
}
