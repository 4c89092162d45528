import TeredoWire

/// Hears of everything that happens in a run, and tells the checkers and those who copy what others send.
final class SwarmWatch {
    private(set) var destinations: DestinationChecker
    private(set) var forgery: ForgeryChecker
    private(set) var forbiddenPackets = ForbiddenPacketChecker()
    var addresses = AddressChecker()
    private(set) var pace: PaceChecker
    private(set) var secrecy: SecrecyChecker
    private(set) var nativeSide: NativeSideChecker
    private(set) var bystander = BystanderChecker(bystander: HostileView.bystander)
    /// What is looked at when the malicious nodes are silent.
    var oblivion: OblivionChecker?
    /// Those who copy what others send.
    var attackers: [AttackerNode] = []
    /// The payloads behind the IPv6 header of what malicious nodes sent.
    private(set) var hostilePayloads: Set<[UInt8]> = []
    /// How many datagrams were sent.
    private(set) var datagrams = 0

    init(plan: SwarmPlan, nodes: [IPv6Address], fleet: [UDPEndpoint]) {
        forgery = ForgeryChecker(fleet: plan.options.fleet.namesSiblings ? fleet : [])
        pace = PaceChecker(hasOtherServers: plan.options.fleet.sharesServers, hasTransit: plan.options.fleet.hasTransit)
        destinations = DestinationChecker(clientsLookOnSite: plan.looksOnSite)
        secrecy = SecrecyChecker(secrets: plan.secret.map { [$0] } ?? [])
        nativeSide = NativeSideChecker(nodes: nodes)
    }

    func note(_ observation: Observation) {
        if case .sent(let datagram) = observation {
            datagrams += 1
            if !datagram.isHostile { for attacker in attackers { attacker.overhear(datagram) } }
        }
        if case .received(let datagram) = observation, datagram.isHostile,
            let parsed = try? TeredoDatagram(validating: datagram.payload.span), !parsed.header.isBubble
        {
            hostilePayloads.insert(Array(datagram.payload[parsed.packet].dropFirst(40)))
        }
        destinations.note(observation)
        forgery.note(observation)
        forbiddenPackets.note(observation)
        addresses.note(observation)
        pace.note(observation)
        secrecy.note(observation)
        nativeSide.note(observation)
        bystander.note(observation)
        oblivion?.note(observation)
    }

    /// What any of the checkers found.
    var violations: [String] {
        let checkers: [any Checker] = [
            destinations, forgery, forbiddenPackets, addresses, pace, secrecy, nativeSide, bystander,
        ]
        let all = checkers + [oblivion].compactMap(\.self)
        return all.flatMap { checker in
            let violations = checker.violations
            let more = violations.count - violations.texts.count
            return violations.texts + (more > 0 ? ["and \(more) more of that kind"] : [])
        }
    }
}
