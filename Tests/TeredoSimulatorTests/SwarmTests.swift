import TeredoCrypto
import TeredoProtocol
import TeredoSimulator
import Testing

/// A thousand seeds: options and faults come from the seed; first safety under faults, then liveness without them.
@Suite struct SwarmTests {
    static let seedsPerCase: UInt64 = 50

    @Test(
        "1,000 seeds with loss, reordering, duplication and rebinding converge and break no invariant",
        arguments: 0..<20 as Range<UInt64>
    )
    func swarm(block: UInt64) throws {
        var patient = 0
        for seed in block * Self.seedsPerCase..<(block + 1) * Self.seedsPerCase where try run(seed: seed) {
            patient += 1
        }
        // Four bubbles in 300 s are spent in a few seeds; most must be well as soon as the faults end.
        #expect(patient <= 12, "\(patient) of \(Self.seedsPerCase) seeds had to wait for the limit on bubbles")
    }

    /// Runs one seed; returns whether a limit on bubbles had to be waited for.
    private func run(seed: UInt64) throws -> Bool {
        var generator = SeededGenerator(seed: seed)
        let kinds: [NATKind] = [.none, .fullCone, .addressRestricted, .portRestricted]
        var options = InternetOptions(seed: seed)
        options.natA = kinds[Int.random(in: 0..<4, using: &generator)]
        options.natB = kinds[Int.random(in: 0..<4, using: &generator)]
        let ports = NATBehavior.PortAssignment.allCases[Int.random(in: 0..<3, using: &generator)]
        let lifetime = Int.random(in: 35...120, using: &generator)
        options.adjustNAT = { behavior in
            behavior.portAssignment = ports
            behavior.lifetime = .seconds(lifetime)
        }
        options.fault = LinkFault(
            latency: .milliseconds(Int.random(in: 5...150, using: &generator)),
            jitter: .milliseconds(Int.random(in: 0...80, using: &generator)),
            lossPerMille: Int.random(in: 0...200, using: &generator),
            duplicationPerMille: Int.random(in: 0...50, using: &generator)
        )
        let internet = try SimulatedInternet(options: options, authenticator: HMACSHA1Authenticator())
        internet.start()
        var checker = DeliveryChecker()
        var packets = 0
        var violations: [String] = []
        // Safety: traffic in all directions under faults, with one rebinding.
        for round in 0..<12 {
            internet.run(for: .seconds(Int.random(in: 1...8, using: &generator)))
            if round == 6 { internet.rebindNATs() }
            let from = HostName.allCases[Int.random(in: 0..<4, using: &generator)]
            let to = HostName.allCases[Int.random(in: 0..<4, using: &generator)]
            guard from != to else { continue }
            for number in 0..<3 {
                let payload = checker.payload(from: from, to: to, number: round * 3 + number)
                if internet.send(payload, from: from, to: to) { packets += 1 }
            }
            violations += BoundsChecker.violations(in: internet)
        }
        // Liveness: without faults everybody is qualified and reaches everybody within bounded time.
        internet.setFault(LinkFault())
        internet.run(for: .seconds(70))
        let pairs: [(HostName, HostName)] = [
            (.clientA, .clientB), (.clientB, .clientA), (.clientA, .native), (.native, .clientB),
            (.hostRelay, .clientA),
        ]
        var hadToWait = false
        for (from, to) in pairs {
            packets += 1
            var outcome = internet.ping(from: from, to: to)
            if !outcome.isReply {
                // Four bubbles may have been spent on the address or the mapping of before the rebinding.
                hadToWait = true
                internet.run(for: .seconds(310))
                packets += 1
                outcome = internet.ping(from: from, to: to)
            }
            if !outcome.isReply { violations.append("\(from.rawValue) to \(to.rawValue): \(outcome)") }
        }
        for host in HostName.allCases { violations += checker.violations(at: host, in: internet) }
        violations += BoundsChecker.violations(in: internet)
        violations += AmplificationChecker.violations(in: internet, packets: packets)
        if !violations.isEmpty {
            let trace = internet.trace.map(\.summary).joined(separator: "\n")
            Attachment.record(trace, named: "trace-\(seed).txt")
            Issue.record(
                "reproduce: SwarmTests seed \(seed), \(options.natA.rawValue) and \(options.natB.rawValue): \(violations)"
            )
        }
        return hadToWait
    }
}
