package import TeredoProtocol
import TeredoWire

/// One seed of the swarm: a world at random, first safety under faults, then liveness when they are over.
package struct SwarmRun {
    private let plan: SwarmPlan
    private let internet: SimulatedInternet
    private let watch: SwarmWatch
    private var generator: SeededGenerator
    private var attackers: [AttackerNode] = []
    private var delivery = DeliveryChecker()
    private var packets = 0
    private var result: SwarmResult

    /// Prepares the run of `seed`; what happens is recorded for a chart when `recordsTrace` is set.
    ///
    /// - Throws: `ServerConfigurationError`, which what a seed decides never causes.
    package init(
        seed: UInt64,
        recordsTrace: Bool = false,
        authenticator: any MessageAuthenticator
    ) throws(ServerConfigurationError) {
        var plan = SwarmPlan(seed: seed)
        plan.options.recordsTrace = recordsTrace
        self.plan = plan
        generator = plan.generator
        internet = try SimulatedInternet(options: plan.options, authenticator: authenticator)
        let nodes = ([internet.relayNode, internet.hostRelayNode] + internet.siblingNodes).map(\.address)
        let fleet = ([internet.relayNode] + internet.siblingNodes).map(\.endpoint)
        watch = SwarmWatch(plan: plan, nodes: nodes + [internet.nativeNode.address], fleet: fleet)
        internet.network.observe = { [watch] in watch.note($0) }
        result = SwarmResult(seed: seed)
    }

    /// What `seed` decides before its run begins, counted: facts, attacks and what is to happen.
    package static func draw(seed: UInt64) -> [String: Int] {
        let plan = SwarmPlan(seed: seed)
        var result = SwarmResult(seed: seed)
        for fact in plan.facts { result.count(fact) }
        for attack in plan.attackers.flatMap(\.attacks) { result.count("attackers with \(attack.rawValue)") }
        for happening in plan.happenings { result.count(happening.event.rawValue) }
        return result.counts
    }

    /// The names of all that can happen.
    package static var eventNames: [String] { SwarmEvent.allCases.map(\.rawValue) }

    /// Runs everything.
    package mutating func run() -> SwarmResult {
        let begin = internet.now
        for (number, attacker) in plan.attackers.enumerated() {
            attackers.append(
                internet.addAttacker(
                    attacker.attacks,
                    every: attacker.interval,
                    canSpoof: attacker.canSpoof,
                    number: number + 1,
                    generator: generator.fork()
                )
            )
            for attack in attacker.attacks { result.count("attackers with \(attack.rawValue)") }
            if attacker.canSpoof { result.count("attackers that spoof") }
        }
        watch.attackers = attackers
        internet.start()
        internet.startCrowd(spacing: .milliseconds(500))
        endure(until: begin + plan.faultTime)
        recover()
        conclude(begin: begin)
        return result
    }

    // MARK: Faults

    /// Traffic in all directions while things happen.
    private mutating func endure(until end: ProtocolInstant) {
        let begin = internet.now
        var agenda = SwarmAgenda(plan.happenings)
        var round = 0
        while internet.now < end {
            let pause = Duration.milliseconds(Int.random(in: 500...8000, using: &generator))
            let until = min(end, internet.now + pause)
            while let next = agenda.nextInstant(after: begin), next <= until {
                internet.run(for: max(.zero, next - internet.now))
                agenda.next(in: internet, plan, &generator, &result)
            }
            internet.run(for: max(.zero, until - internet.now))
            talk(round: round)
            inspect()
            round += 1
        }
        agenda.end(in: internet, plan)
    }

    private mutating func talk(round: Int) {
        let from = HostName.allCases[Int.random(in: 0..<4, using: &generator)]
        let to = HostName.allCases[Int.random(in: 0..<4, using: &generator)]
        guard from != to else { return }
        for number in 0..<3 {
            let payload = delivery.payload(from: from, to: to, number: round * 3 + number)
            if internet.send(payload, from: from, to: to) { packets += 1 }
        }
    }

    /// Looks at what cannot be heard of.
    private mutating func inspect() {
        for host in [HostName.clientA, .clientB] {
            let address = internet.client(host)?.address
            watch.addresses.inspect(host.rawValue, address, usesConeBit: plan.usesConePhase, now: internet.now)
        }
        for violation in BoundsChecker.violations(in: internet) where !result.violations.contains(violation) {
            result.violations.append(violation)
        }
    }

    // MARK: Liveness

    private mutating func recover() {
        for attacker in attackers {
            result.count("hostile datagrams and packets", attacker.count)
            attacker.stop()
        }
        internet.setFault(plan.calm)
        let begin = internet.now
        let places = attackers.map(\.endpoint.address) + [HostileView.bystander]
        let oblivion = begin + plan.oblivion
        watch.oblivion = OblivionChecker(places: places, since: oblivion)
        result.violations += QualificationChecker.violations(
            in: internet,
            clients: plan.qualifyingClients,
            limit: Self.qualification
        )
        // Four bubbles in 300 s may have been spent on addresses and mappings of before.
        internet.run(for: max(.zero, begin + Self.memory - internet.now))
        inspect()
        let pairs = plan.connectedPairs
        packets += pairs.count * 20
        result.violations += ReachabilityChecker.violations(
            in: internet,
            pairs: pairs,
            patience: Self.patience,
            timeout: .seconds(12) + plan.calm.latency * 8
        )
        result.count("pairs that had to connect", pairs.count)
        internet.run(for: attackers.isEmpty ? Self.rest : max(Self.rest, oblivion + Self.rest - internet.now))
        inspect()
    }

    /// Back-off, three solicitations of each phase and server, and long ways.
    private static let qualification = Duration.seconds(150)
    private static let memory = Duration.seconds(320)
    private static let patience = Duration.seconds(120)
    /// How long nothing happens in the end.
    private static let rest = Duration.seconds(60)

    private mutating func conclude(begin: ProtocolInstant) {
        for host in HostName.allCases {
            result.violations += delivery.violations(at: host, in: internet, hostile: watch.hostilePayloads)
        }
        result.violations += AmplificationChecker.amplification(in: internet, packets: packets)
        result.violations += watch.violations
        result.time = internet.now - begin
        result.datagrams = watch.datagrams
        result.count("datagrams lost", internet.network.losses)
        result.count("datagrams twice", internet.network.duplications)
        result.count("packets of hosts", packets)
        result.count("datagrams to a bystander", watch.bystander.datagrams)
        result.facts = plan.facts
        for fact in plan.facts { result.count(fact) }
        guard plan.options.recordsTrace else { return }
        result.trace = internet.trace
        result.chart = internet.chart()
    }
}
