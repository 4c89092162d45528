import TeredoCrypto
import TeredoProtocol
import TeredoSimulator
import Testing

/// Any two NATs, all extensions, faults from the seed: first safety under faults, then liveness without them.
@Suite struct TraversalSwarmTests {
    static let seedsPerCase: UInt64 = 25

    @Test(
        "SEC-55: 300 seeds of any two NATs with loss, reordering, duplication and rebinding break no invariant",
        arguments: 0..<12 as Range<UInt64>
    )
    func swarm(block: UInt64) throws {
        for seed in block * Self.seedsPerCase..<(block + 1) * Self.seedsPerCase { try run(seed: seed) }
    }

    private func run(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let kinds = NATMatrix.kinds
        let natA = kinds[Int.random(in: 0..<kinds.count, using: &generator)]
        let natB = kinds[Int.random(in: 0..<kinds.count, using: &generator)]
        let fault = LinkFault(
            latency: .milliseconds(Int.random(in: 5...100, using: &generator)),
            jitter: .milliseconds(Int.random(in: 0...40, using: &generator)),
            lossPerMille: Int.random(in: 0...150, using: &generator),
            duplicationPerMille: Int.random(in: 0...50, using: &generator)
        )
        let internet = try internet(natA, natB, seed: seed) { options in
            options.fault = fault
            options.adjustClient = { TraversalMeans.direct.configure(&$0) }
        }
        internet.start()
        let isRebinding = seed.isMultiple(of: 2)
        var violations: [String] = []
        var packets = 0
        for round in 0..<10 {
            internet.run(for: .seconds(Int.random(in: 1...8, using: &generator)))
            if round == 5, isRebinding { internet.rebindNATs() }
            let isForward = Bool.random(using: &generator)
            let (from, to): (HostName, HostName) = isForward ? (.clientA, .clientB) : (.clientB, .clientA)
            for number in 0..<3 where internet.send([UInt8(round), UInt8(number)], from: from, to: to) { packets += 1 }
            violations += BoundsChecker.violations(in: internet)
        }
        internet.setFault(LinkFault())
        // Mappings of before, and four bubbles spent on them, are forgotten after 300 s.
        internet.run(for: .seconds(320))
        let outcome = internet.ping(from: .clientA, to: .clientB)
        packets += 1
        switch outcome {
        case .reply: break
        // After rebinding, a NAT may keep or forward the port for another mapping than that of the server.
        case .unreachable where isRebinding || !NATMatrix.reachesDirectly(natA, natB): break
        case .unreachable, .timeout, .noAddress: violations.append("\(outcome)")
        }
        violations += BoundsChecker.violations(in: internet)
        violations += AmplificationChecker.violations(in: internet, packets: packets)
        guard !violations.isEmpty else { return }
        Attachment.record(internet.trace.map(\.summary).joined(separator: "\n"), named: "trace-\(seed).txt")
        Issue.record("reproduce: seed \(seed), \(natA.rawValue) and \(natB.rawValue): \(violations)")
    }
}
