import TeredoProtocol
import TeredoSimulator
import TeredoWire
import Testing

/// Ways that are long (satellites, full buffers), and ways that lose datagrams.
@Suite struct LongWayTests {
    /// An Internet on which a way takes `latency`, and which loses nothing before the clients are qualified and have measured what
    /// they can.
    private static func internet(
        _ natA: NATKind = .portRestricted,
        _ natB: NATKind = .portRestricted,
        means: TraversalMeans = .direct,
        latency: Duration,
        lossPerMille: Int = 0,
        seed: UInt64 = 1
    ) throws -> SimulatedInternet {
        let internet = try TeredoSimulatorTests.internet(natA, natB, seed: seed) { options in
            options.fault = LinkFault(latency: latency)
            options.hasTransit = means == .transit
            options.recordsTrace = false
            options.adjustClient = { means.configure(&$0) }
        }
        #expect(internet.qualify(within: .seconds(60)))
        internet.run(for: .seconds(12))
        internet.setFault(LinkFault(latency: latency, lossPerMille: lossPerMille))
        return internet
    }

    @Test("R7: native hosts are reached at round trips of 1 to 5 s", arguments: [500, 1000, 1500, 2000, 2500])
    func native(milliseconds: Int) throws {
        let internet = try Self.internet(latency: .milliseconds(milliseconds))
        let outcome = internet.ping(from: .clientA, to: .native, timeout: .seconds(60))
        guard case .reply = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test(
        "SNS-5, SS-2, PP-3: every pair that connects does so at round trips of 900 ms to 5 s",
        arguments: [450, 600, 1000, 1900, 2500]
    )
    func pairs(milliseconds: Int) throws {
        for pair in TraversalMatrixTests.pairs where NATMatrix.reachesDirectly(pair.source, pair.destination) {
            let internet = try Self.internet(pair.source, pair.destination, latency: .milliseconds(milliseconds))
            #expect(Self.firstReply(internet, within: .seconds(90), every: .seconds(15)) != nil, "\(pair)")
        }
    }

    @Test("transit: pairs without a direct way connect at round trips of 3.8 and 5 s", arguments: [1900, 2500])
    func transit(milliseconds: Int) throws {
        for pair in [
            (NATKind.symmetric, NATKind.symmetric), (.portRestricted, .symmetric), (.symmetric, .portRestricted),
        ] {
            let internet = try Self.internet(pair.0, pair.1, means: .transit, latency: .milliseconds(milliseconds))
            #expect(Self.firstReply(internet, within: .seconds(90), every: .seconds(15)) != nil, "\(pair)")
        }
    }

    /// How long it takes until one of pings that are sent at this interval is answered within it.
    private static func firstReply(
        _ internet: SimulatedInternet,
        within limit: Duration,
        every interval: Duration = .seconds(1)
    ) -> Duration? {
        let start = internet.now
        while internet.now - start < limit {
            let begin = internet.now
            if case .reply = internet.ping(from: .clientA, to: .clientB, timeout: interval) {
                return internet.now - start
            }
            internet.run(for: max(.zero, begin + interval - internet.now))
        }
        return nil
    }

    @Test("At 10 % loss every pair connects within 10 s, with a transit relay where there is no direct way")
    func tenPercent() throws {
        for pair in TraversalMatrixTests.pairs {
            for seed in [1, 2, 3] as [UInt64] {
                let internet = try Self.internet(
                    pair.source,
                    pair.destination,
                    means: .transit,
                    latency: .milliseconds(20),
                    lossPerMille: 100,
                    seed: seed
                )
                #expect(Self.firstReply(internet, within: .seconds(10)) != nil, "\(pair), seed \(seed)")
            }
        }
    }

    @Test("At 30 % loss 99 of 100 pairs connect within 30 s, with a transit relay where there is no direct way")
    func thirtyPercent() throws {
        var late: [TraversalMatrixTests.Pair] = []
        for pair in TraversalMatrixTests.pairs {
            let internet = try Self.internet(
                pair.source,
                pair.destination,
                means: .transit,
                latency: .milliseconds(20),
                lossPerMille: 300
            )
            if Self.firstReply(internet, within: .seconds(30)) == nil { late.append(pair) }
        }
        #expect(late.count * 100 <= TraversalMatrixTests.pairs.count, "\(late)")
    }
}
