import TeredoCrypto
import TeredoProtocol
import TeredoSimulator
import Testing

/// docs/transit.md section 4: clients of two servers that announce a transit relay each.
@Suite struct SeparateTransitTests {
    private static func world(
        _ natA: NATKind,
        _ natB: NATKind,
        seed: UInt64 = 1,
        _ change: (inout InternetOptions) -> Void = { _ in }
    ) throws -> SimulatedInternet {
        var options = InternetOptions(seed: seed)
        options.natA = natA
        options.natB = natB
        options.fleet.usesTwoServers = true
        options.fleet.relays = 2
        options.fleet.hasTransit = true
        options.fleet.separatesTransit = true
        options.fault.latency = .milliseconds(20)
        options.recordsTrace = false
        change(&options)
        return try SimulatedInternet(options: options, authenticator: HMACSHA1Authenticator())
    }

    /// Every pair of NAT boxes, whichever client sends first.
    @Test("clients of two servers, each with a transit relay of its own, connect in every pair of NATs within 10 s")
    func everyPair() throws {
        for natA in NATMatrix.kinds {
            for natB in NATMatrix.kinds {
                let world = try Self.world(natA, natB)
                #expect(world.qualify())
                let outcome = world.ping(from: .clientA, to: .clientB, timeout: .seconds(10))
                #expect(outcome.isReply, "\(natA.abbreviation) to \(natB.abbreviation): \(outcome)")
            }
        }
    }

    @Test(
        "a client whose server announces no transit relay is reached through that of its peer, and reaches it",
        arguments: [true, false]
    )
    func oneRelay(sendsFirst: Bool) throws {
        let world = try Self.world(.symmetric, .portRestricted) { options in
            options.fleet.adjustServer = {
                if $0.primary == SimulatedInternet.server.primary { $0.announcedTransitRelay = nil }
            }
        }
        #expect(world.qualify())
        let (first, second): (HostName, HostName) = sendsFirst ? (.clientA, .clientB) : (.clientB, .clientA)
        let outcome = world.ping(from: first, to: second, timeout: .seconds(10))
        #expect(outcome.isReply, "\(outcome)")
    }

    @Test("both ends agree on one of two relays, and the way stays open for ten minutes of traffic")
    func agreement() throws {
        let world = try Self.world(.symmetric, .symmetric)
        #expect(world.qualify())
        var answered = 0
        for _ in 0..<120 {
            if world.ping(from: .clientA, to: .clientB, timeout: .seconds(5)).isReply { answered += 1 }
            world.run(for: .seconds(5))
        }
        #expect(answered == 120)
        let paths = [(HostName.clientA, HostName.clientB), (.clientB, .clientA)].map { host, peer in
            world.address(of: peer).flatMap { world.client(host)?.peerSummary(of: $0, now: world.now)?.endpoint }
        }
        #expect(paths[0] != nil && paths[0] == paths[1], "\(paths)")
    }
}
