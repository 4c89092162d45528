import FoundationEssentials
import TeredoHost
import TeredoLinux
import TeredoWire

/// One event in a fleet: it happens, is looked at, and is made good again.
struct FleetTrial {
    private let event: FleetEvent
    private let network: FleetNetwork
    private let flows: [FleetFlow]
    private let load: FleetLoad
    private let number: Int
    private let member: FleetPlan.Member
    private let role: RunningRole
    /// What log and metrics of the role had before.
    private let logged: Int
    private let measured: String

    /// Chooses the member to which it happens: one that carries what is looked at.
    init(_ event: FleetEvent, _ network: FleetNetwork, _ flows: [FleetFlow], _ load: FleetLoad, number: Int) throws {
        self.event = event
        self.network = network
        self.flows = flows
        self.load = load
        self.number = number
        member = try event.serverAddress.map { try Self.server($0, network) } ?? Self.busiestRelay(network)
        guard let role = network.roles[member.host] else {
            throw LabError.unsupported("nothing runs on \(member.host.rawValue)")
        }
        self.role = role
        logged = role.log.count
        measured = try Self.teredo(["metrics"], role, network).output
    }

    /// Lets it happen.
    func run() throws -> FleetEventReport {
        let lost = load.lost
        let begin = Date().timeIntervalSince1970
        var report = FleetEventReport(
            event: event,
            member: member.host.rawValue,
            limitMilliseconds: FleetReport.exchange + Double(event.holdMilliseconds),
            gaps: [],
            contacts: [],
            seen: FleetEvidence(),
            loadLost: 0,
            faults: []
        )
        let ways = try self.ways
        try cause(&report)
        let happened = MonotonicClock.now
        let contacts = try FleetContacts(network, number: number)
        if isWithdrawing {
            let isGone = try network.lab.wait(upTo: .seconds(3)) { try self.ways < ways }
            if isGone { report.withdrawnMilliseconds = Milliseconds.number(MonotonicClock.now - happened) }
            if !isGone { report.faults.append("the router still leads there after 3 s") }
        }
        report.seen = try look()
        report.contacts = try contacts.finish()
        try repair(&report)
        _ = try network.lab.wait(upTo: .seconds(1)) { false }
        let end = Date().timeIntervalSince1970
        report.gaps = flows.map { FleetGap($0, from: begin, to: end) }
        report.loadLost = load.lost - lost
        if !load.isRunning { report.faults.append("the load ended: \(load.log.suffix(200))") }
        return report
    }

    // MARK: What happens

    private func cause(_ report: inout FleetEventReport) throws {
        switch event {
        case .relayKilled, .primaryServerKilled, .secondaryServerKilled: network.kill(member)
        case .relayHung: role.process.signal(Self.stop)
        case .relayDrained:
            let answer = try teredo(["drain"])
            if !answer.isSuccess { report.faults.append("drain: \(answer.error)") }
        case .relayUpgraded: try network.upgrade(member)
        case .relayFlooded: try flood()
        }
    }

    /// All packets of the flooder go through the member.
    private func flood() throws {
        let lab = network.lab
        try lab[.internet].configure(
            """
            ip -6 rule add from \(FleetPlan.natives[.flooder] ?? "") lookup 99
            ip -6 route add 2001::/32 via \(member.ipv6) table 99
            """
        )
        let command = [lab.binary, FleetTraffic.word, "flood", FleetPlan.natives[.flooder] ?? ""]
        let process = try ChildProcess(lab[.flooder].inside(command), output: .discarded)
        lab.childGuard.add(process)
    }

    private func repair(_ report: inout FleetEventReport) throws {
        switch event {
        case .relayKilled, .primaryServerKilled, .secondaryServerKilled: try network.start(member)
        case .relayHung:
            let before = role.log.count
            role.process.signal(Self.goOn)
            let isBack = try network.lab.wait(upTo: .seconds(5)) { role.log.dropFirst(before).contains("announced") }
            if !isBack { report.faults.append("no line in the log when it went on") }
        case .relayDrained:
            let limit = Duration.seconds(FleetNetwork.drainTimeout + 3)
            let hasEnded = try network.lab.wait(upTo: limit) { role.process.poll() != nil }
            if !hasEnded || role.process.poll()?.isSuccess != true {
                report.faults.append("the drain did not end with status 0")
            }
            network.forget(member)
            try network.start(member)
        case .relayUpgraded: break
        case .relayFlooded:
            try network.lab[.internet].configure(
                "ip -6 rule del from \(FleetPlan.natives[.flooder] ?? "") lookup 99\nip -6 route flush table 99"
            )
        }
        try network.waitForWays()
    }

    private static let stop: CInt = 19
    private static let goOn: CInt = 18

    // MARK: Who is concerned

    /// Whether the member is to be led to no more.
    private var isWithdrawing: Bool { event != .relayUpgraded && event != .relayFlooded }

    private var ways: Int {
        get throws {
            try event.serverAddress.map { try network.serverWays[$0] } ?? network.relayWays
        }
    }

    /// The relay that has moved most packets within half a second.
    private static func busiestRelay(_ network: FleetNetwork) throws -> FleetPlan.Member {
        func counts() throws -> [Int] {
            try FleetPlan.relays.map { member in
                let status = try network.roles[member.host].flatMap { try network.lab.status(of: $0) } ?? ""
                return ["packetsAccepted", "packetsDelivered"].reduce(0) { sum, key in
                    let text = status.split(separator: "\"\(key)\"").dropFirst().first ?? ""
                    return sum + (Int(text.drop { !$0.isNumber }.prefix { $0.isNumber }) ?? 0)
                }
            }
        }
        let before = try counts()
        _ = try network.lab.wait(upTo: .milliseconds(500)) { false }
        let fresh = zip(try counts(), before).map { $0 - $1 }
        let most = fresh.indices.max { fresh[$0] < fresh[$1] } ?? 0
        return FleetPlan.relays[most]
    }

    /// The server to which the router leads what client A sends to one of the shared addresses.
    private static func server(_ place: Int, _ network: FleetNetwork) throws -> FleetPlan.Member {
        let site = FleetPlan.sites[0]
        let command = [
            "ip", "route", "get", FleetPlan.serverAddresses[place], "from", site.outside, "iif", site.box.rawValue,
        ]
        let output = try network.lab[.internet].run(command).output
        guard let server = FleetPlan.servers.first(where: { output.contains("via \($0.ipv4) ") }) else {
            throw LabError.commandFailed(command: command.joined(separator: " "), detail: output)
        }
        return server
    }

    // MARK: What is seen

    private func teredo(_ words: [String]) throws -> CommandOutput { try Self.teredo(words, role, network) }

    private static func teredo(_ words: [String], _ role: RunningRole, _ network: FleetNetwork) throws -> CommandOutput
    {
        let command = [network.lab.binary] + words + ["--control-socket", role.controlSocket ?? ""]
        return try CommandOutput.run(command, limit: .seconds(2))
    }

    /// Asks the role, and reads its log, as whoever looks after the fleet does.
    private func look() throws -> FleetEvidence {
        var seen = FleetEvidence()
        let limit: Duration = event == .relayFlooded ? .seconds(6) : .seconds(3)
        _ = try network.lab.wait(upTo: limit) {
            if !seen.log { seen.log = isLogged }
            if !seen.status { seen.status = try isInStatus() }
            if !seen.metrics { seen.metrics = try isInMetrics() }
            return seen.isComplete
        }
        return seen
    }

    private var isLogged: Bool {
        let fresh = role.log.dropFirst(logged)
        return switch event {
        case .relayKilled, .primaryServerKilled, .secondaryServerKilled: fresh.contains("the role is gone")
        case .relayHung: fresh.contains("the role does not run")
        case .relayDrained: fresh.contains("draining: ")
        case .relayUpgraded: fresh.contains("goes on with the interface")
        case .relayFlooded: fresh.contains(Self.flooderPrefix)
        }
    }

    private func isInStatus() throws -> Bool {
        let status = try teredo(["status", "--all"])
        return switch event {
        case .relayKilled, .relayHung, .primaryServerKilled, .secondaryServerKilled: !status.isSuccess
        case .relayDrained: status.output.contains("withdrawn: draining")
        // Nothing else than the time since when it runs is different.
        case .relayUpgraded: status.isSuccess && status.output.contains("Running For")
        case .relayFlooded: status.output.contains(Self.flooderPrefix)
        }
    }

    private func isInMetrics() throws -> Bool {
        let metrics = try teredo(["metrics"]).output
        return switch event {
        case .relayKilled, .relayHung, .primaryServerKilled, .secondaryServerKilled:
            metrics.isEmpty || Self.sum(of: "teredo_up", in: metrics) == 0
        case .relayDrained: Self.sum(of: "teredo_draining", in: metrics) == 1
        case .relayUpgraded:
            Self.sum(of: "teredo_process_start_time_seconds", in: metrics)
                > Self.sum(of: "teredo_process_start_time_seconds", in: measured)
        case .relayFlooded:
            Self.sum(of: "teredo_dropped_total", in: metrics)
                > Self.sum(of: "teredo_dropped_total", in: measured) + Double(FleetTraffic.floodRate)
        }
    }

    /// The sum of the samples of a metric; infinite when there are none.
    static func sum(of metric: String, in text: String) -> Double {
        let samples = text.split(separator: "\n").filter { $0.hasPrefix("\(metric){") || $0.hasPrefix("\(metric) ") }
        guard !samples.isEmpty else { return .infinity }
        return samples.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }

    private static let flooderPrefix = "2400:1:0:5::/64"
}
