import TeredoProtocol
import TeredoWire

/// What happens to the world of a run, and what ends again.
struct SwarmAgenda {
    private let happenings: [SwarmPlan.Happening]
    private var position = 0
    /// What is to end, and when.
    private var endings: [(time: ProtocolInstant, happening: SwarmPlan.Happening)] = []

    init(_ happenings: [SwarmPlan.Happening]) {
        self.happenings = happenings
    }

    /// When the next thing begins or ends, in a run that began at `begin`.
    func nextInstant(after begin: ProtocolInstant) -> ProtocolInstant? {
        let beginning = position < happenings.count ? begin + happenings[position].after : nil
        return ProtocolInstant.earlier(beginning, endings.map(\.time).min())
    }

    /// Has the next thing begin or end.
    mutating func next(
        in internet: SimulatedInternet,
        _ plan: SwarmPlan,
        _ generator: inout SeededGenerator,
        _ result: inout SwarmResult
    ) {
        if let index = endings.firstIndex(where: { $0.time <= internet.now }) {
            return end(endings.remove(at: index).happening, in: internet, plan)
        }
        guard position < happenings.count else { return }
        let happening = happenings[position]
        position += 1
        result.count(happening.event.rawValue)
        begin(happening, in: internet, plan, &generator)
    }

    /// Ends everything that lasts.
    mutating func end(in internet: SimulatedInternet, _ plan: SwarmPlan) {
        for ending in endings { end(ending.happening, in: internet, plan) }
        endings = []
        position = happenings.count
    }

    private mutating func begin(
        _ happening: SwarmPlan.Happening,
        in internet: SimulatedInternet,
        _ plan: SwarmPlan,
        _ generator: inout SeededGenerator
    ) {
        let client = Bool.random(using: &generator) ? HostName.clientA : .clientB
        let relay = Int.random(in: 0..<plan.options.fleet.relays, using: &generator)
        switch happening.event {
        case .rebinding: return internet.rebindNATs()
        case .move:
            guard plan.nat(of: client) != .none else { return }
            internet.move(client, to: IPv4Address(192, 168, 1, UInt8.random(in: 100...199, using: &generator)))
            return
        case .sleep:
            internet.sleep(client, for: min(happening.duration, .seconds(40)))
            return
        case .serverOutage: internet.setServer(SimulatedInternet.server.primary, isUp: false)
        case .outageOfAllServers: internet.setServer(isUp: false)
        case .relayRestart: internet.setRelay(relay, isUp: false)
        case .blackout: internet.setFault(LinkFault(lossPerMille: 1000))
        case .otherFilter:
            let filtering = NATBehavior.Dependence.allCases.randomElement(using: &generator)
            internet.setNAT(of: .clientA) { $0.filtering = filtering ?? $0.filtering }
        case .storm:
            var dice = SwarmDice(seed: generator.next())
            var fault = dice.fault(latency: dice.number(1...3000))
            fault.lossPerMille = dice.number(200...600)
            internet.setFault(fault)
        }
        endings.append((internet.now + happening.duration, happening))
    }

    private func end(_ happening: SwarmPlan.Happening, in internet: SimulatedInternet, _ plan: SwarmPlan) {
        switch happening.event {
        case .rebinding, .move, .sleep: break
        case .serverOutage, .outageOfAllServers: internet.setServer(isUp: true)
        case .relayRestart: for number in 0..<plan.options.fleet.relays { internet.beginRelay(number) }
        case .blackout, .storm: internet.setFault(plan.options.fault)
        case .otherFilter:
            let filtering = plan.options.natA.behavior?.filtering
            internet.setNAT(of: .clientA) { $0.filtering = filtering ?? $0.filtering }
        }
    }
}
