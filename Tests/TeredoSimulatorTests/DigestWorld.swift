import TeredoProtocol
import TeredoSimulator
import TeredoWire

/// The kinds of run that a digest is made of: together they go through all that a client and a relay do.
enum DigestWorld: String, CaseIterable {
    /// NATs of RFC 4380 with loss, reordering, duplication and a rebinding; traffic in all directions.
    case swarm
    /// Any two NATs, all extensions of RFC 6081.
    case traversal
    /// A transit relay beside the direct ways, and a NAT that becomes lenient and strict again.
    case transit
    /// Two servers, of which each fails for a while.
    case failover
    /// Both clients on one LAN or behind one carrier's NAT.
    case neighbours
    /// Settings that are off by default, the determination of the refresh interval, a host that moves.
    case settings

    /// The run of a seed, from its start to its end.
    func run(seed: UInt64) throws -> SimulatedInternet {
        var generator = SeededGenerator(seed: seed &+ 0xD16E57)
        let internet = try make(seed: seed, using: &generator)
        internet.start()
        for round in 0..<14 {
            internet.run(for: .milliseconds(Int.random(in: 500...9000, using: &generator)))
            disturb(internet, round: round, using: &generator)
            let from = HostName.allCases[Int.random(in: 0..<4, using: &generator)]
            let to = HostName.allCases[Int.random(in: 0..<4, using: &generator)]
            for number in 0..<Int.random(in: 1...6, using: &generator) where from != to {
                internet.send([UInt8(round), UInt8(number)], from: from, to: to)
                internet.run(for: .milliseconds(number * 40))
            }
        }
        internet.setFault(LinkFault())
        internet.setServer(isUp: true)
        internet.run(for: .seconds(60))
        for (from, to) in [(HostName.clientA, HostName.clientB), (.clientB, .native), (.hostRelay, .clientA)] {
            _ = internet.ping(from: from, to: to)
        }
        internet.run(for: .seconds(Int.random(in: 30...400, using: &generator)))
        _ = internet.ping(from: .clientB, to: .clientA)
        return internet
    }

    private func make(seed: UInt64, using generator: inout SeededGenerator) throws -> SimulatedInternet {
        let kinds = self == .swarm ? [.none, .fullCone, .addressRestricted, .portRestricted] : NATMatrix.kinds
        let natA = kinds[Int.random(in: 0..<kinds.count, using: &generator)]
        let natB = kinds[Int.random(in: 0..<kinds.count, using: &generator)]
        let lifetime = Int.random(in: 35...120, using: &generator)
        let fault = LinkFault(
            latency: .milliseconds(Int.random(in: 5...150, using: &generator)),
            jitter: .milliseconds(Int.random(in: 0...60, using: &generator)),
            lossPerMille: Int.random(in: 0...150, using: &generator),
            duplicationPerMille: Int.random(in: 0...50, using: &generator)
        )
        let variant = Int.random(in: 0..<4, using: &generator)
        return try internet(natA, natB, seed: seed) { options in
            options.adjustNAT = { $0.lifetime = .seconds(lifetime) }
            options.fault = fault
            options.fleet.usesTwoServers = self == .traversal && variant < 2
            options.fleet.sharesServers = self == .failover
            options.fleet.hasTransit = self == .transit
            if self == .neighbours { options.layout = variant < 2 ? .sameSite : .nested(.portRestricted) }
            if self == .settings { Self.adjust(&options, variant: variant) }
            if self == .traversal, variant == 1 { options.adjustClient = { $0.extensions.hairpinning = .everyone } }
        }
    }

    private static func adjust(_ options: inout InternetOptions, variant: Int) {
        options.adjustClient = { configuration in
            configuration.determinesRefreshInterval = true
            configuration.qualification.usesConePhase = variant == 0
            configuration.honoursConeBit = variant == 0
            configuration.qualification.acceptsSilentSecondary = variant == 1
            configuration.usesKeyedBubbles = variant != 1
            configuration.qualification.rejectsSymmetricNAT = variant == 2
            configuration.localDiscovery.isOn = variant != 2
            if variant == 3 { configuration.extensions = .none }
            configuration.secret = SharedSecret(clientIdentifier: [1, 2, 3], key: [4, 5, 6])
        }
        options.fleet.adjustRelay = { configuration in
            configuration.honoursConeBit = variant == 0
            configuration.usesKeyedBubbles = variant != 1
            configuration.isBehindNAT = variant == 2
            configuration.countsPeerOctets = true
        }
    }

    /// What happens to the world between two bursts.
    private func disturb(_ internet: SimulatedInternet, round: Int, using generator: inout SeededGenerator) {
        let isOdd = Bool.random(using: &generator)
        switch (self, round) {
        case (.swarm, 6), (.traversal, 5), (.neighbours, 8), (.settings, 9):
            if isOdd { internet.rebindNATs() }
        case (.transit, 4): internet.setNAT(of: isOdd ? .clientA : .clientB) { $0.filtering = .endpointIndependent }
        case (.transit, 10):
            internet.setNAT(of: isOdd ? .clientA : .clientB) { $0.filtering = .addressAndPortDependent }
        case (.failover, 3): internet.setServer(SimulatedInternet.server.primary, isUp: false)
        case (.failover, 8): internet.setServer(SimulatedInternet.server.primary, isUp: true)
        case (.failover, 10): internet.setServer(isUp: isOdd)
        case (.swarm, 9), (.settings, 5): internet.setServer(isUp: false)
        case (.swarm, 11), (.settings, 7): internet.setServer(isUp: true)
        case (.settings, 11): internet.move(.clientA, to: IPv4Address(192, 168, 1, 77))
        default: break
        }
    }
}
