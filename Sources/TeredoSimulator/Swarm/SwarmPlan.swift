import TeredoProtocol
import TeredoWire

/// All that a seed decides about a run before it begins: the network, its faults, what befalls it and who wants to harm it.
struct SwarmPlan: Sendable {
    /// A malicious node.
    struct Attacker: Sendable {
        let attacks: [Attack]
        let interval: Duration
        let canSpoof: Bool
    }

    /// Something that happens.
    struct Happening: Sendable {
        let event: SwarmEvent
        /// When, after the beginning.
        let after: Duration
        /// How long it lasts, if it does.
        let duration: Duration
    }

    var options: InternetOptions
    /// How clients may traverse NATs.
    let means: TraversalMeans
    /// Whether relays send keyed bubbles, without which no client behind a symmetric NAT can answer them.
    let relaysUseKeyedBubbles: Bool
    /// Whether opening bubbles die before they reach the peer's NAT box, which might remember them.
    let limitsOpeners: Bool
    /// Whether both look for each other on their site.
    let looksOnSite: Bool
    /// Whether addresses may have the cone bit.
    let usesConePhase: Bool
    /// The key of secure qualification, when there is one.
    let secret: [UInt8]?
    let attackers: [Attacker]
    /// What happens, in order.
    let happenings: [Happening]
    /// How long there are faults.
    let faultTime: Duration
    /// What the Internet is like afterwards.
    let calm: LinkFault
    /// For the choices during the run.
    var generator: SeededGenerator

    /// Draws everything from `seed`.
    init(seed: UInt64) {
        var dice = SwarmDice(seed: seed)
        let means = dice.chance(60) ? TraversalMeans.transit : dice.one(of: TraversalMeans.allCases)
        let client = SwarmClientSettings(means: means, using: &dice)
        var options = InternetOptions(seed: dice.generator.next())
        Self.drawNetwork(&options, using: &dice)
        options.fleet.hasTransit = dice.chance(50)
        options.adjustClient = { client.apply(to: &$0) }
        relaysUseKeyedBubbles = dice.chance(85)
        Self.drawRoles(&options, secret: client.secret, usesKeyedBubbles: relaysUseKeyedBubbles, using: &dice)
        self.means = means
        looksOnSite = client.looksOnSite
        limitsOpeners = client.limitsOpeners && options.tellsNearHops && options.routers > 0
        usesConePhase = client.usesConePhase
        secret = client.secret?.key
        attackers = (0..<dice.one(of: [0, 0, 1, 1, 2])).map { _ in
            Attacker(
                attacks: (0..<dice.number(1...5)).map { _ in dice.one(of: Attack.allCases) },
                interval: .milliseconds(dice.number(200...3000)),
                canSpoof: dice.chance(50)
            )
        }
        let faultTime = dice.number(90...240)
        self.faultTime = .seconds(faultTime)
        happenings = (0..<dice.number(0...7)).map { _ in
            Happening(
                event: dice.one(of: SwarmEvent.allCases),
                after: .seconds(dice.number(0...(faultTime - 45))),
                duration: .seconds(dice.chance(10) ? dice.number(40...200) : dice.number(1...40))
            )
        }.sorted { $0.after < $1.after }
        calm = LinkFault(latency: min(options.fault.latency, .milliseconds(1500)))
        self.options = options
        generator = dice.generator.fork()
    }

    private static func drawNetwork(_ options: inout InternetOptions, using dice: inout SwarmDice) {
        options.natA = dice.one(of: NATKind.allCases)
        options.natB = dice.one(of: NATKind.allCases)
        let layout = dice.number(0..<100)
        if layout < 12 { options.layout = .sameSite }
        if layout >= 82 {
            options.layout = .nested(dice.one(of: [.fullCone, .addressRestricted, .portRestricted, .symmetric]))
        }
        let lifetime = Duration.seconds(dice.number(35...300))
        let hairpinning = dice.one(of: NATBehavior.Hairpinning.allCases)
        let refreshesOnInbound = dice.chance(80)
        options.adjustNAT = { behavior in
            behavior.lifetime = lifetime
            behavior.hairpinning = hairpinning
            behavior.refreshesOnInbound = refreshesOnInbound
        }
        let latency = [1...100, 1...100, 1...100, 100...500, 100...500, 500...3000]
        options.fault = dice.fault(latency: dice.number(dice.one(of: latency)))
        options.routers = UInt8(dice.number(0...16))
        options.tellsNearHops = dice.chance(80)
        let servers = dice.number(0..<3)
        options.fleet.usesTwoServers = servers == 1
        options.fleet.sharesServers = servers == 2
        options.fleet.relays = dice.number(1...3)
        options.fleet.namesSiblings = dice.chance(80)
        options.fleet.usesGateways = dice.chance(25)
        options.crowd = dice.chance(20) ? dice.number(1...4) : 0
        options.errorQuote = dice.one(of: [nil, nil, 0, 8, 28, 512])
        options.clocks = (0..<2).map { _ in
            (offset: .seconds(dice.number(0...1_000_000)), drift: Int64(dice.number(-500...500)))
        }
    }

    private static func drawRoles(
        _ options: inout InternetOptions,
        secret: SharedSecret?,
        usesKeyedBubbles: Bool,
        using dice: inout SwarmDice
    ) {
        let toleratesPortMismatch = dice.chance(20)
        let answersEcho = dice.chance(80)
        options.fleet.adjustServer = { configuration in
            configuration.toleratesPortMismatch = toleratesPortMismatch
            configuration.answersEcho = answersEcho
            if let secret { configuration.secrets = [secret] }
        }
        let honoursConeBit = dice.chance(10)
        let peerLimit = dice.one(of: [256, 4096, 65_536])
        options.fleet.adjustRelay = { configuration in
            configuration.usesKeyedBubbles = usesKeyedBubbles
            configuration.honoursConeBit = honoursConeBit
            configuration.peerLimit = peerLimit
        }
    }
}
