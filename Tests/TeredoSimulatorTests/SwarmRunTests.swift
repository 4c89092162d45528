import TeredoCrypto
import TeredoSimulator
import TeredoWire
import Testing

/// A fixed set of the seeds that `teredo lab --swarm` runs: everything is random, first safety under faults, then liveness without
/// them (docs/assurance.md).
@Suite struct SwarmRunTests {
    /// Seeds that found something once, and the first ones.
    ///
    /// 14: all questions for a transit relay were lost. 20: a client had given up the way through the relay, and nobody told it. 306,
    /// 842: a client asked the relay for somebody who does not ask without end. 1073, 10171, 13524: a client went on sending directly to a
    /// peer that it heard, and that did not hear it. 11610: another server saw another port, and the NAT that keeps ports was taken for
    /// one that does not.
    ///
    /// 5777: a port was kept for a server that was silent. 13122, 53028: the forwarded port was not the one that the server saw. 13384,
    /// 28826, 41725, 45105: a random port, or echo tests, of a contact that was long over. 56770: a contact ended while its peer said
    /// that it was there. 36602: a relay that somebody else announced was used for good. 61722: a secondary address that was asked
    /// before proved a cone NAT. 99879: a peer was not taken where it had said that it is. 68735: a bubble right after a question.
    /// 14799, 38062, 52747: faults of the swarm itself.
    ///
    /// 27429: what came in to a forwarded port was answered from another one. 43954: a random port was closed that the peer still heard
    /// refreshes of, because two timers counted them. 91304, 92851: a flood made a client forget how often it had asked a peer.
    private static let seeds: [UInt64] =
        [14, 20, 306, 842, 1073, 10171, 11610, 13524]
        + [5777, 13122, 13384, 14799, 28826, 36602, 38062, 41725, 45105, 52747, 53028, 56770, 61722, 68735, 99879]
        + [27429, 43954, 91304, 92851]
        + Array(0..<8)

    @Test("Worlds at random with attackers break no rule, and are well again afterwards", arguments: seeds)
    func seed(_ seed: UInt64) throws {
        var run = try SwarmRun(seed: seed, authenticator: HMACSHA1Authenticator())
        let result = run.run()
        let facts = result.facts.joined(separator: ", ")
        #expect(result.violations.isEmpty, "teredo lab --swarm 1 --seed \(seed) (\(facts)): \(result.violations)")
    }

    @Test("A run is a function of its seed")
    func determinism() throws {
        let summaries = try [5, 5, 6].map { (seed: UInt64) in
            var run = try SwarmRun(seed: seed, recordsTrace: true, authenticator: HMACSHA1Authenticator())
            return run.run().trace.map { "\($0.time.nanoseconds) \($0.summary)" }
        }
        #expect(summaries[0] == summaries[1])
        #expect(summaries[0] != summaries[2])
    }

    @Test("What is drawn covers everything: over some seeds each kind of attack, event and NAT occurs")
    func coverage() throws {
        var counts: [String: Int] = [:]
        for seed in 1000..<1040 as Range<UInt64> { counts.merge(SwarmRun.draw(seed: seed), uniquingKeysWith: +) }
        for attack in Attack.allCases { #expect(counts["attackers with \(attack.rawValue)"] != nil, "\(attack)") }
        for event in SwarmRun.eventNames { #expect(counts[event] != nil, "\(event)") }
        for fact in ["gateways", "transit announced", "secure qualification", "2 attackers", "latency 500 ms to 3 s"] {
            #expect(counts[fact] != nil, "\(fact)")
        }
    }
}
