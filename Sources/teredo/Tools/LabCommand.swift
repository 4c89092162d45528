import ArgumentParser
import TeredoChart
import TeredoLab
import TeredoLinux
import TeredoProtocol
import TeredoSimulator

/// `teredo lab`: a whole Teredo Internet in one command.
struct LabCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "Show a whole Teredo Internet at work: simulated, or on this kernel.",
        discussion: """
            Without options: a server, a relay, a native IPv6 host and two clients behind NATs in one process and in \
            virtual time, without privileges and without touching the network. The clients qualify, everybody pings \
            everybody, and every exchange is drawn as a sequence chart. The same seed gives the same run.

            With --kernel: the real daemons, TUN interfaces and nftables NATs in network namespaces of this kernel; as \
            root, or without it inside a user namespace. Nothing outside the namespaces is touched.

            With --fleet: three relays, two servers with the same addresses and two gateways, announced by BIRD 2 (Debian: \
            bird2) to a router with equal-cost routes, and 200 clients of 'teredo load' beside three real ones and one of \
            Miredo's. Members are killed, hung, drained, upgraded and flooded one after the other, and a table tells who \
            noticed what (docs/fleet.md). It takes about a minute.

            Exit status 1 means that something that should connect did not, or with --fleet that somebody was without \
            connectivity for longer than promised. What the two NATs forbid is not a failure. \
            Charts are as wide as the terminal, or COLUMNS, or 80 columns, and of ASCII where the locale has no UTF-8.

              The simplest:          teredo lab
              Other NATs:            teredo lab --nat1 full-cone --nat2 symmetric
              A bad Internet:        teredo lab --loss 10 --latency 150
              A textbook exchange:   teredo lab --scenario different-sites-restricted
              All of them:           teredo lab --all-scenarios
              Their names:           teredo lab --list
              Who reaches whom:      teredo lab --matrix
              Over bad ways:         teredo lab --ways 10
              Everything at random:  teredo lab --swarm 1000
              A day in a minute:     teredo lab --soak 24
              On this kernel:        teredo lab --kernel
              With Miredo's relay:   sudo teredo lab --kernel --relay-by miredo
              Many, and misfortune:  sudo teredo lab --fleet
            """
    )

    @Option(help: ArgumentHelp("The NAT in front of client A (default: port-restricted).", valueName: "kind"))
    var nat1: NATKind?

    @Option(help: ArgumentHelp("The NAT in front of client B (default: port-restricted).", valueName: "kind"))
    var nat2: NATKind?

    @Option(
        help: ArgumentHelp("The seed of a simulated run (default: a new one, which is printed).", valueName: "number")
    )
    var seed: UInt64?

    @Option(
        help: ArgumentHelp("How many datagrams in a hundred are lost, such as 2.5 (default: 0).", valueName: "percent")
    )
    var loss: Double?

    @Option(
        help: ArgumentHelp("The simulated time from any host to any other (default: 20).", valueName: "milliseconds")
    )
    var latency: Int?

    @Flag(help: "Without a transit relay: some pairs of NATs then cannot connect.")
    var noTransit = false

    @Option(help: ArgumentHelp("Show one exchange of Microsoft's overview.", valueName: "name"))
    var scenario: Scenario?

    @Flag(help: "Show all exchanges of Microsoft's overview, one after the other.")
    var allScenarios = false

    @Flag(help: "List the scenarios with their figures, and do nothing else.")
    var list = false

    @Flag(help: "Try every pair of NATs by every means in the simulator, and print who reaches whom as Markdown.")
    var matrix = false

    @Option(
        help: ArgumentHelp(
            "Try every pair of NATs over long and lossy ways, with this many seeds each, and print a table as Markdown.",
            valueName: "seeds"
        )
    )
    var ways: UInt64?

    @Option(
        help: ArgumentHelp(
            "Run this many seeds, from --seed on, in which everything is random: NATs, faults, attackers. Of a single seed the chart "
                + "is shown.",
            valueName: "seeds"
        )
    )
    var swarm: UInt64?

    @Option(
        help: ArgumentHelp(
            "Simulate this many hours of everyday traffic and misfortune, and tell of each what the machines hold.",
            valueName: "hours"
        )
    )
    var soak: Int?

    @Flag(help: "Run a fleet of servers, relays and gateways on this kernel, and let things happen to them.")
    var fleet = false

    @Option(help: ArgumentHelp("Draw the sequence charts into this file, too (SVG).", valueName: "file"))
    var svg: String?

    @OptionGroup var kernelOptions: KernelLabOptions

    @Flag(help: "Print JSON; progress goes to standard error.")
    var json = false

    func validate() throws {
        if let loss, !(0...100).contains(loss) {
            throw ValidationError("--loss \(loss): give a percentage from 0 to 100")
        }
        if let latency, !(0...10_000).contains(latency) {
            throw ValidationError("--latency \(latency): give milliseconds from 0 to 10000")
        }
        if let ways, !(1...100_000).contains(ways) {
            throw ValidationError("--ways \(ways): give a number of seeds from 1 to 100000")
        }
        if let swarm, !(1...10_000_000).contains(swarm) {
            throw ValidationError("--swarm \(swarm): give a number of seeds from 1 to 10000000")
        }
        if let soak, !(1...100_000).contains(soak) {
            throw ValidationError("--soak \(soak): give a number of hours from 1 to 100000")
        }
        if let swarm, swarm > 1, svg != nil {
            throw ValidationError("--svg: the chart is that of a single seed; give --swarm 1 and its --seed")
        }
        guard svg != "-" else { throw ValidationError("--svg -: give a file; standard output has the text") }
        try refuseUnused()
        try kernelOptions.validate(nat1: kindA, nat2: kindB)
    }

    /// Refuses modes that exclude each other, and what means nothing in the mode that is left.
    private func refuseUnused() throws {
        let modes = modes
        guard modes.count < 2 else {
            throw ValidationError("\(modes.map(\.rawValue).joined(separator: ", ")): choose one of them")
        }
        let mode = mode
        var unused = UnusedOptions()
        let given = [
            ("--nat1", nat1 != nil), ("--nat2", nat2 != nil), ("--no-transit", noTransit), ("--seed", seed != nil),
            ("--loss", loss != nil), ("--latency", latency != nil), ("--json", json), ("--svg", svg != nil),
        ]
        unused.add((given + kernelOptions.given).filter { !mode.options.contains($0.0) })
        try unused.refuse(with: mode.rawValue, remedy: mode == .simulated ? "add --kernel" : nil)
        guard kernelOptions.layout == .sameLAN else { return }
        unused.add("--nat2", if: nat2 != nil)
        try unused.refuse(with: "--layout same-lan, where both clients are behind one NAT")
    }

    /// The modes that were asked for.
    private var modes: [LabMode] {
        var modes: [LabMode] = []
        if list { modes.append(.list) }
        if matrix { modes.append(.matrix) }
        if ways != nil { modes.append(.ways) }
        if swarm != nil { modes.append(.swarm) }
        if soak != nil { modes.append(.soak) }
        if kernelOptions.kernel { modes.append(.kernel) }
        if fleet { modes.append(.fleet) }
        if scenario != nil { modes.append(.scenario) }
        if allScenarios { modes.append(.allScenarios) }
        return modes
    }

    private var mode: LabMode { modes.first ?? .simulated }

    private var kindA: NATKind { nat1 ?? .portRestricted }
    private var kindB: NATKind { nat2 ?? .portRestricted }

    func run() throws {
        switch mode {
        case .list: StandardOutput.write(line: ScenarioReport.list)
        case .matrix: StandardOutput.write(line: try MatrixDocument().markdown())
        case .ways: StandardOutput.write(line: try WayMatrix(seeds: ways ?? 1).markdown())
        case .swarm: try runSwarm(swarm ?? 1)
        case .soak: try runSoak(soak ?? 1)
        case .kernel: try conclude(runOnKernel())
        case .fleet: try runFleet()
        case .allScenarios: try runScenarios(Scenario.allCases)
        case .scenario: try runScenarios(scenario.map { [$0] } ?? [])
        case .simulated: try conclude(simulate())
        }
    }

    private var fault: LinkFault {
        LinkFault(latency: .milliseconds(latency ?? 20), lossPerMille: Int(((loss ?? 0) * 10).rounded()))
    }

    /// Small enough to be typed again.
    private var chosenSeed: UInt64 { seed ?? UInt64(UInt32.random(in: 1...UInt32.max)) }

    private func progress(_ line: String) {
        let line = PageStyle.current.characters.text(line)
        if json { StandardStream.error.write(line: line) } else { StandardOutput.write(line: line) }
    }

    private func save(_ charts: [ChartModel]) throws {
        if let svg { try ChartFile.write(charts, to: svg) }
    }

    private func simulate() throws -> LabReport {
        var demonstration = SimulatedDemonstration(seed: chosenSeed)
        demonstration.nat1 = kindA
        demonstration.nat2 = kindB
        demonstration.fault = fault
        demonstration.hasTransit = !noTransit
        demonstration.style = PageStyle.current
        var charts: [ChartModel] = []
        demonstration.draw = { charts.append($0) }
        let report = try demonstration.run(say: progress)
        try save(charts)
        return report
    }

    private func runOnKernel() throws -> LabReport {
        try KernelPrivileges.acquire(arguments: Array(CommandLine.arguments.dropFirst()))
        Interruption.watch()
        var demonstration = try kernelOptions.demonstration()
        demonstration.nat1 = kindA
        demonstration.nat2 = kindB
        demonstration.lossPerMille = fault.lossPerMille
        demonstration.hasTransit = !noTransit
        demonstration.style = PageStyle.current
        var charts: [ChartModel] = []
        demonstration.draw = { charts.append($0) }
        do {
            let report = try demonstration.run(say: progress)
            try save(charts)
            progress("\n\(report.partyTable)")
            return report
        } catch LabError.interrupted {
            StandardStream.error.write(line: "Interrupted; everything that the lab made is gone.")
            throw ExitCode(130)
        }
    }

    private func runFleet() throws {
        guard Bird.isInstalled else { throw LabError.missingProgram(Bird.missing) }
        try KernelPrivileges.acquire(arguments: Array(CommandLine.arguments.dropFirst()))
        Interruption.watch()
        let report: FleetReport
        do {
            report = try FleetDemonstration(binary: KernelPrivileges.ownProgram()).run(say: progress)
        } catch {
            // Whatever was under way then fails in its own words.
            guard Interruption.isRequested else { throw error }
            StandardStream.error.write(line: "Interrupted; everything that the lab made is gone.")
            throw ExitCode(130)
        }
        progress("\n\(report.text)")
        if json { StandardOutput.write(line: try report.json()) }
        guard report.isSuccess else { throw ExitCode.failure }
    }

    private func runSwarm(_ count: UInt64) throws {
        guard count > 1 else {
            let (summary, chart, lines) = SwarmLab.chart(of: chosenSeed, style: PageStyle.current)
            for line in lines { StandardOutput.write(line: line) }
            try save([chart])
            StandardOutput.write(line: "\n\(summary.text)")
            guard summary.isSuccess else { throw ExitCode.failure }
            return
        }
        Interruption.watch()
        var lab = SwarmLab(first: chosenSeed, count: count)
        let isScreen = TerminalTraits.ofStandardOutput.isScreen
        if isScreen {
            lab.progress = { StandardOutput.write(text: "\r\($0) of \(count) seeds, \($1) failed") }
        }
        let summary = try lab.run()
        if isScreen { StandardOutput.write(text: "\r\u{1B}[K") }
        StandardOutput.write(line: summary.text)
        if Interruption.isRequested { throw ExitCode(130) }
        guard summary.isSuccess else { throw ExitCode.failure }
    }

    private func runSoak(_ hours: Int) throws {
        Interruption.watch()
        var lab = SoakLab(seed: chosenSeed, hours: hours)
        lab.progress = { StandardOutput.write(line: $0) }
        let report = try lab.run()
        StandardOutput.write(line: "\n\(report.summary)")
        if Interruption.isRequested { throw ExitCode(130) }
        guard report.violations.isEmpty else { throw ExitCode.failure }
    }

    private func conclude(_ report: LabReport) throws {
        progress("\n\(report.checkTable)\n\n\(report.summary)")
        if let seed = report.seed { progress("Repeat this run with --seed \(seed).") }
        if json { StandardOutput.write(line: try report.json()) }
        guard report.isSuccess else { throw ExitCode.failure }
    }

    private func runScenarios(_ scenarios: [Scenario]) throws {
        let seed = chosenSeed
        var reports: [ScenarioReport] = []
        for scenario in scenarios {
            let report = try ScenarioReport(scenario, seed: seed, fault: fault, style: PageStyle.current)
            progress(reports.isEmpty ? report.text : "\n\n\(report.text)")
            reports.append(report)
        }
        try save(reports.map(\.drawing))
        if json { StandardOutput.write(line: try ScenarioReport.json(reports)) }
        guard reports.allSatisfy(\.success) else { throw ExitCode.failure }
    }
}
