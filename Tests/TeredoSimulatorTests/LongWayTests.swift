import TeredoCrypto
import TeredoProtocol
import TeredoSimulator
import TeredoWire
import Testing

/// Ways that are long (satellites, full buffers), and ways that lose datagrams.
@Suite struct LongWayTests {
    @Test("R7: native hosts are reached at round trips of 1 to 5 s", arguments: [500, 1000, 1500, 2000, 2500])
    func native(milliseconds: Int) throws {
        let internet = try TeredoSimulatorTests.internet(.portRestricted, .portRestricted, seed: 1) { options in
            options.fault = LinkFault(latency: .milliseconds(milliseconds))
            options.recordsTrace = false
            options.adjustClient = { TraversalMeans.direct.configure(&$0) }
        }
        #expect(internet.qualify(within: .seconds(60)))
        internet.run(for: .seconds(12))
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
        var trial = Self.longWay(milliseconds)
        trial.means = .direct
        for pair in TraversalMatrixTests.pairs where NATMatrix.reachesDirectly(pair.source, pair.destination) {
            #expect(try Self.firstReply(trial, pair) != nil, "\(pair)")
        }
    }

    @Test("transit: pairs without a direct way connect at round trips of 3.8 and 5 s", arguments: [1900, 2500])
    func transit(milliseconds: Int) throws {
        let trial = Self.longWay(milliseconds)
        let pairs: [(NATKind, NATKind)] = [
            (.symmetric, .symmetric), (.portRestricted, .symmetric), (.symmetric, .portRestricted),
        ]
        for (source, destination) in pairs {
            #expect(
                try Self.firstReply(trial, TraversalMatrixTests.Pair(source: source, destination: destination)) != nil,
                "\(source) to \(destination)"
            )
        }
    }

    private static func longWay(_ milliseconds: Int) -> WayTrial {
        WayTrial(latency: .milliseconds(milliseconds), interval: .seconds(15), limit: .seconds(90))
    }

    private static func firstReply(
        _ trial: WayTrial,
        _ pair: TraversalMatrixTests.Pair,
        seed: UInt64 = 1
    ) throws -> Duration? {
        try trial.firstReply(
            from: pair.source,
            to: pair.destination,
            seed: seed,
            authenticator: HMACSHA1Authenticator()
        )
    }

    @Test("At 10 % loss every pair connects within 10 s, with a transit relay where there is no direct way")
    func tenPercent() throws {
        let trial = WayTrial(latency: .milliseconds(20), lossPerMille: 100, limit: .seconds(10))
        for pair in TraversalMatrixTests.pairs {
            for seed in 1...3 as ClosedRange<UInt64> {
                #expect(try Self.firstReply(trial, pair, seed: seed) != nil, "\(pair), seed \(seed)")
            }
        }
    }

    @Test("At 30 % loss 99 of 100 pairs connect within 30 s, with a transit relay where there is no direct way")
    func thirtyPercent() throws {
        let trial = WayTrial(latency: .milliseconds(20), lossPerMille: 300, limit: .seconds(30))
        let late = try TraversalMatrixTests.pairs.filter { try Self.firstReply(trial, $0) == nil }
        #expect(late.count * 100 <= TraversalMatrixTests.pairs.count, "\(late)")
    }
}
