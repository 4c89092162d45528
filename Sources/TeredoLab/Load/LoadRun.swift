import FoundationEssentials
import TeredoHost
import TeredoLinux
package import TeredoLoad
import TeredoWire

/// Plays the clients of a model against daemons that run, for a time.
package final class LoadRun {
    /// For how long, and how much at most.
    package struct Limits: Hashable, Sendable {
        /// How long the load lasts.
        package var duration = Duration.seconds(30)
        /// How much of that is not measured, because clients are still arriving.
        package var warmUp = Duration.seconds(10)
        /// How long after the load memory is looked at again.
        package var settling = Duration.seconds(2)
        /// The most datagrams a second; what is more waits.
        package var rate = 50_000

        /// The defaults.
        package init() {}
    }

    private let model: LoadModel
    private let seed: UInt64
    private let limits: Limits
    private let interface: LoadInterface
    private let daemons: [LoadDaemon]
    private let before: [ProcessUsage?]
    private let ownBefore: ProcessUsage
    private var population: ClientPopulation
    private var meters: [LoadMeter]
    private var allowance = 0.0
    private var refused: UInt64 = 0
    private var trackedConnections: Int?

    /// Makes the clients; memory from before is looked at first.
    package init(
        _ model: LoadModel,
        seed: UInt64,
        limits: Limits,
        interface: LoadInterface,
        daemons: [LoadDaemon]
    ) {
        self.model = model
        self.seed = seed
        self.limits = limits
        self.interface = interface
        self.daemons = daemons
        before = daemons.map(\.usage)
        ownBefore = .current
        meters = [LoadMeter(ownBefore)] + before.map(LoadMeter.init)
        population = ClientPopulation(model, seed: seed, now: MonotonicClock.now)
    }

    /// How long answers are waited for at the end.
    private static let drain = Duration.seconds(2)

    /// Runs to the end, or until SIGINT or SIGTERM; `say` is told a line each second, `connections` asked how many the router
    /// follows.
    package func run(
        say: (LoadProgress) -> Void,
        connections: () -> Int? = { nil }
    ) throws -> LoadReport {
        var loop = try EventLoop()
        try loop.add(interface.descriptor, token: 0)
        let begin = MonotonicClock.now
        var sample = begin + .seconds(1)
        var last = begin
        var measured: (begin: ProtocolInstant, figures: PopulationFigures)?
        var previous = population.figures
        while true {
            let now = MonotonicClock.now
            if now - begin >= limits.duration || Interruption.isRequested { break }
            if measured == nil, now - begin >= limits.warmUp {
                population.beginMeasurement()
                measured = (now, population.figures)
                for index in meters.indices { meters[index].beginMeasurement(usage(index)) }
            }
            allowance = min(
                allowance + (now - last) / .seconds(1) * Double(limits.rate),
                Double(max(64, limits.rate / 50))
            )
            last = now
            if now >= sample {
                takeSample(connections)
                let figures = population.figures
                say(LoadProgress(now - begin, figures, since: previous, daemons: daemonUse()))
                previous = figures
                sample = max(sample + .seconds(1), now)
            }
            if !turn(now: now) { wait(&loop, until: min(sample, begin + limits.duration)) }
        }
        let end = MonotonicClock.now
        let isInterrupted = Interruption.isRequested
        takeSample(connections)
        let figures = population.figures
        if !isInterrupted { finish(&loop) }
        return report(figures, measured, begin, end, isInterrupted)
    }

    /// Moves some packets in both directions; returns whether there were any.
    private func turn(now: ProtocolInstant) -> Bool {
        var received = 0
        // What came in goes first: an answer that waits here would seem to be late.
        while received < Self.mostRead {
            let count = interface.read { packet in
                var isSent = false
                let answer = [UInt8](capacity: Self.packetLength) { output in
                    isSent = population.handlePacket(packet, now: MonotonicClock.now, into: &output)
                }
                if isSent { send(answer) }
            }
            received += count
            guard count > 0 else { break }
        }
        var sent = 0
        while sent < 64, allowance >= 1 {
            var isSent = false
            let packet = [UInt8](capacity: Self.packetLength) { output in
                isSent = population.pollTransmit(now: MonotonicClock.now, into: &output)
            }
            guard isSent else { break }
            send(packet)
            sent += 1
        }
        return received > 0 || sent > 0
    }

    private static let packetLength = 1500
    private static let mostRead = 1024

    private func send(_ packet: [UInt8]) {
        allowance -= 1
        if !interface.write(packet.span) { refused &+= 1 }
    }

    private func wait(_ loop: inout EventLoop, until limit: ProtocolInstant) {
        let soon = MonotonicClock.now + .milliseconds(1)
        let next = allowance < 1 ? soon : population.nextTimeout ?? limit
        _ = loop.wait(until: min(limit, max(next, MonotonicClock.now)))
    }

    /// Nothing new begins; what is on its way comes in.
    private func finish(_ loop: inout EventLoop) {
        population.close()
        let end = MonotonicClock.now + Self.drain
        while MonotonicClock.now < end, !Interruption.isRequested {
            if !turn(now: MonotonicClock.now) { _ = loop.wait(until: end) }
        }
        let settled = MonotonicClock.now + limits.settling
        while MonotonicClock.now < settled, !Interruption.isRequested { Pause.sleep(.milliseconds(100)) }
    }

    // MARK: Measuring

    /// What one of the processes takes now: the first is this one.
    private func usage(_ index: Int) -> ProcessUsage? { index == 0 ? .current : daemons[index - 1].usage }

    private func takeSample(_ connections: () -> Int?) {
        for index in meters.indices { meters[index].add(usage(index)) }
        if let count = connections() { trackedConnections = max(trackedConnections ?? 0, count) }
    }

    private func daemonUse() -> [LoadProgress.Daemon] {
        zip(daemons, meters.dropFirst()).map {
            LoadProgress.Daemon(name: $0.name, residentOctets: $1.resident, processors: $1.recentProcessors)
        }
    }

    private func report(
        _ figures: PopulationFigures,
        _ measured: (begin: ProtocolInstant, figures: PopulationFigures)?,
        _ begin: ProtocolInstant,
        _ end: ProtocolInstant,
        _ isInterrupted: Bool
    ) -> LoadReport {
        let base = measured?.figures ?? PopulationFigures()
        let start = measured?.begin ?? begin
        let seconds = max(0.001, (end - start) / .seconds(1))
        func rate(_ part: (PopulationFigures) -> UInt64) -> Double { Double(part(figures) &- part(base)) / seconds }
        let last = population.figures
        let processes = meters.indices.map { meters[$0].report(after: usage($0), measured: end - start) }
        return LoadReport(
            clients: model.clients,
            clientsPerAddress: model.clientsPerAddress,
            seed: seed,
            durationSeconds: Milliseconds.number(end - begin) / 1000,
            warmUpSeconds: Milliseconds.number(start - begin) / 1000,
            isInterrupted: isInterrupted,
            processors: ProcessorCount.current,
            loadAverage: Self.loadAverage,
            population: LoadPopulationReport(
                arrivals: last.arrivals,
                departures: last.departures,
                mostOnline: last.mostOnline,
                online: last.online,
                qualified: last.qualified,
                failedQualifications: last.failedQualifications,
                failedTests: last.failedTests,
                bubblesAnswered: last.answeredBubbles,
                datagramsSent: last.datagramsSent,
                packetsReceived: last.packetsReceived,
                datagramsSentPerSecond: rate(\.datagramsSent),
                packetsReceivedPerSecond: rate(\.packetsReceived),
                interfaceDrops: interface.dropped(),
                refusedPackets: refused
            ),
            exchanges: Exchange.allCases.map { exchange in
                let one = last[exchange]
                return LoadExchangeReport(
                    name: exchange.name,
                    sent: one.sent,
                    answered: one.answered,
                    lost: one.lost,
                    abandoned: one.abandoned,
                    open: one.open,
                    late: one.late,
                    wrong: one.wrong,
                    answersPerSecond: rate { $0[exchange].answered },
                    times: LoadTimes(one.times)
                )
            },
            strays: Dictionary(uniqueKeysWithValues: Stray.allCases.map { ($0.name, last[$0]) }),
            wrong: last.wrong,
            lag: LoadTimes(last.lag),
            generator: LoadGeneratorReport(
                octetsPerClient: ClientPopulation.octetsPerClient,
                fixedOctets: population.fixedOctets,
                process: processes[0]
            ),
            daemons: zip(daemons, processes.dropFirst()).map {
                LoadDaemonReport(name: $0.name, processIdentifier: $0.processIdentifier, process: $1)
            },
            trackedConnections: trackedConnections
        )
    }

    private static var loadAverage: Double {
        let text = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? ""
        return text.split(separator: " ").first.flatMap { Double($0) } ?? 0
    }
}
