import ArgumentParser
import TeredoHost
import TeredoLab
import TeredoLinux
import TeredoLoad

/// `teredo load`: many clients for real servers and relays.
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Play up to a million clients against real servers and relays.",
        discussion: """
            Clients come and go, solicit, refresh, test a native host through the server, talk to it through the relay, \
            answer the relay's bubbles and send bubbles to each other; every answer is checked. Without --server a \
            server, a relay (or --gateway) and a native host are started in network namespaces of their own, as root or \
            in a user namespace, and nothing outside is touched. With --server the clients are behind an interface \
            'teredo-load' of this host; only its own addresses are loaded, and others that are named with --allow.

            The report tells what was answered how fast, what was lost, and what memory and time of processors the \
            daemons took; rates and times are of the part after the warm-up. docs/capacity.md has figures. Exit status 1 \
            means that an answer was wrong, or that no client got an address.

            The clients have addresses of 198.18.0.0/15, which a server drops because they are not public: run the \
            one at --server with --internal-prefix 198.18.0.0/15.

              A first look:         sudo teredo load
              A city:               sudo teredo load --clients 100000 --duration 120
              A gateway, two cores: sudo teredo load --gateway --relay-setting workers=2
              Solicitations alone:  sudo teredo load --pause 86400 --refresh 1
              A server of mine:     sudo teredo load --server 192.0.2.1 --pid server=4711
            """
    )

    @OptionGroup var modelOptions: LoadModelOptions
    @OptionGroup var target: LoadTargetOptions

    @Option(help: ArgumentHelp("How long the load lasts, 1 to 86400.", valueName: "seconds"))
    var duration = 30

    @Option(
        help: ArgumentHelp(
            "How much of that is not measured (default: until all clients are there, at most half).",
            valueName: "seconds"
        )
    )
    var warmUp: Double?

    @Option(help: ArgumentHelp("How long after it memory is looked at again, 0 to 3600.", valueName: "seconds"))
    var settle = 2

    @Option(help: ArgumentHelp("The most datagrams to send per second, 1 to 2000000.", valueName: "count"))
    var rate = 50_000

    @Option(help: ArgumentHelp("The seed of the model (default: a new one, which is printed).", valueName: "number"))
    var seed: UInt64?

    @Flag(help: "Print JSON; progress goes to standard error.")
    var json = false

    func validate() throws {
        for (option, value, range) in [
            ("--duration", duration, 1...86_400), ("--settle", settle, 0...3600), ("--rate", rate, 1...2_000_000),
        ] where !range.contains(value) {
            throw ValidationError("\(option) \(value): give a number from \(range.lowerBound) to \(range.upperBound)")
        }
        if let warmUp, !(0...Double(duration)).contains(warmUp) {
            throw ValidationError("--warm-up: give a number from 0 to --duration, which is \(duration)")
        }
    }

    private var limits: LoadRun.Limits {
        let filling = Double(modelOptions.clients) / modelOptions.arrivalRate
        var limits = LoadRun.Limits()
        limits.duration = .seconds(duration)
        limits.warmUp = .milliseconds(Int64((warmUp ?? min(filling, Double(duration) / 2)) * 1000))
        limits.settling = .seconds(settle)
        limits.rate = rate
        return limits
    }

    private func progress(_ line: String) {
        if json { StandardStream.error.write(line: line) } else { StandardOutput.write(line: line) }
    }

    func run() throws {
        var model = try target.model()
        modelOptions.apply(to: &model)
        let report: LoadReport
        do {
            report = target.server == nil ? try loadNetwork(model) : try loadHost(model)
        } catch LabError.interrupted {
            StandardStream.error.write(line: "Interrupted; everything that the load made is gone.")
            throw ExitCode(130)
        }
        progress("\n\(report.text)")
        if json { StandardOutput.write(line: try report.json()) }
        if report.isInterrupted { throw ExitCode(130) }
        guard report.isSuccess else { throw ExitCode.failure }
    }

    private func loadNetwork(_ model: LoadModel) throws -> LoadReport {
        try KernelPrivileges.acquire(arguments: Array(CommandLine.arguments.dropFirst()))
        Interruption.watch()
        let binary = try KernelPrivileges.ownProgram()
        let network = try LoadNetwork(target.layout, for: model, binary: binary)
        defer { network.close() }
        let load = LoadRun(
            model,
            seed: chosenSeed,
            limits: limits,
            interface: network.interface,
            daemons: network.daemons
        )
        return try load.run(say: { progress($0.text) }, connections: network.trackedConnections)
    }

    private func loadHost(_ model: LoadModel) throws -> LoadReport {
        Interruption.watch()
        let interface = try LoadInterface(prefix: model.prefix)
        let daemons = try target.daemons()
        let load = LoadRun(model, seed: chosenSeed, limits: limits, interface: interface, daemons: daemons)
        return try load.run(say: { progress($0.text) })
    }

    /// Small enough to be typed again.
    private var chosenSeed: UInt64 { seed ?? UInt64(UInt32.random(in: 1...UInt32.max)) }
}
