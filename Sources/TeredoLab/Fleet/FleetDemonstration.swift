import FoundationEssentials
import TeredoHost
import TeredoLinux
import TeredoWire

/// What `teredo lab --fleet` shows: what those who use a fleet notice when something happens to one of its members.
package struct FleetDemonstration {
    /// The `teredo` program that plays our roles.
    package let binary: String
    /// What happens, in order.
    package var events = FleetEvent.allCases

    /// Makes a demonstration of all events.
    package init(binary: String) {
        self.binary = binary
    }

    /// Builds the network, runs everything, and removes the network again.
    ///
    /// `say` is told one line per step as it happens, with the time since the start before it.
    package func run(say: @escaping (String) -> Void) throws -> FleetReport {
        let start = MonotonicClock.now
        let step: (String) -> Void = { text in
            let seconds = Decimals.text((MonotonicClock.now - start) / .seconds(1), digits: 1)
            say(String(repeating: " ", count: max(0, 6 - seconds.count)) + "\(seconds) s  \(text)")
        }
        var report = FleetReport()
        let obstacle = Self.obstacleToMiredo
        if let obstacle {
            report.notes.append("Without a client of Miredo's: \(obstacle)")
            step("left out: a client of Miredo's: \(obstacle)")
        }
        let network = try FleetNetwork(binary: binary, hasMiredo: obstacle == nil, report: { _ in })
        defer { network.close() }
        step("\(network.lab.layout.hosts.count) namespaces; starting \(FleetPlan.members.count) members and BIRD")
        try network.start()
        step("the router has a way to each member, the clients have addresses")
        let load = try FleetLoad(network)
        defer { load.stop() }
        let flows = try Self.startFlows(network)
        defer { for flow in flows { flow.stop() } }
        try waitForFlows(flows, load, network)
        step("\(flows.count) flows and \(FleetLoad.clients) clients of the load are under way")
        let begin = Date().timeIntervalSince1970
        _ = try network.lab.wait(upTo: .seconds(3)) { false }
        let end = Date().timeIntervalSince1970
        report.quiet = flows.map { FleetGap($0, from: begin, to: end) }
        for (number, event) in events.enumerated() {
            let trial = try FleetTrial(event, network, flows, load, number: number)
            let outcome = try trial.run()
            report.events.append(outcome)
            let ping = Decimals.text(outcome.longest(FleetFlow.Kind.ping.rawValue), digits: 0)
            step("\(event.phrase(outcome.member)): longest gap \(ping) ms, \(outcome.isSuccess ? "ok" : "FAILED")")
        }
        let figures = try load.finish()
        report.load = FleetReport.Load(
            clients: figures.population.online,
            qualified: figures.population.qualified,
            answered: figures.exchanges.reduce(0) { $0 + $1.answered },
            lost: figures.exchanges.reduce(0) { $0 + $1.lost },
            wrong: figures.wrong
        )
        return report
    }

    /// Why there is no client of Miredo's; `nil` when there is one.
    private static var obstacleToMiredo: String? {
        if ChildProcess.executable(named: "miredo") == nil {
            return "miredo is not installed (Debian: apt install miredo)"
        }
        return KernelPrivileges.isInUserNamespace ? "it needs real root" : nil
    }

    private static func startFlows(_ network: FleetNetwork) throws -> [FleetFlow] {
        let lab = network.lab
        let natives = FleetPlan.natives.mapValues { $0 }
        func address(_ host: KernelHost) throws -> String { try natives[host] ?? network.address(of: host) }
        let pings: [(KernelHost, KernelHost)] = [
            (.native, .clientA), (.native, .clientB), (.native, .clientC), (.clientA, .native), (.clientB, .native2),
            (.clientC, .native2), (.clientB, .clientC),
        ]
        // Miredo's client knows no siblings: it hears what comes through the relay that answered it, or nothing.
        let foreign: [(KernelHost, KernelHost)] = network.hasMiredo ? [(.clientD, .native), (.native, .clientD)] : []
        let streams: [(KernelHost, KernelHost)] = [
            (.native, .clientA), (.clientA, .native2), (.native2, .clientC), (.clientC, .native),
        ]
        var flows = try (pings + foreign).map { try FleetFlow(ping: address($1), from: $0, to: $1, in: lab) }
        for (number, pair) in streams.enumerated() {
            let target = try address(pair.1)
            flows.append(try FleetFlow(tcp: target, port: 5001 + number, from: pair.0, to: pair.1, in: lab))
        }
        return flows
    }

    private func waitForFlows(_ flows: [FleetFlow], _ load: FleetLoad, _ network: FleetNetwork) throws {
        var silent: [FleetFlow] = []
        let isFlowing = try network.lab.wait(upTo: .seconds(30)) {
            silent = flows.filter { !$0.isForeign && $0.arrivals.count < 20 }
            return silent.isEmpty && load.qualified * 10 >= FleetLoad.clients * 9
        }
        guard !isFlowing else { return }
        let names = silent.map { "\($0.kind.rawValue) \($0.name)" }.joined(separator: ", ")
        throw LabError.timedOut(
            silent.isEmpty ? "the clients of the load get no addresses\n\(load.log)" : "nothing comes: \(names)"
        )
    }
}
