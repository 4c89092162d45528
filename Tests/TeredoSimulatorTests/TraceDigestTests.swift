import Foundation
import TeredoCrypto
import TeredoSimulator
import Testing

/// The digests with which `scripts/trace-digest` shows whether a change changes what the machines do.
@Suite struct TraceDigestTests {
    /// Where the digests of all seeds go, when somebody asked for them.
    private static let path = ProcessInfo.processInfo.environment["TEREDO_TRACE_DIGEST"]
    private static let seedsPerWorld: UInt64 = 34

    private func line(_ world: DigestWorld, seed: UInt64) throws -> String {
        let internet = try world.run(seed: seed)
        let digest = String(TraceDigest(of: internet).value, radix: 16)
        return "\(world.rawValue) \(seed) \(internet.trace.count) packets \(digest)"
    }

    @Test("A digest is a function of its seed", arguments: DigestWorld.allCases)
    func determinism(world: DigestWorld) throws {
        let first = try line(world, seed: 1)
        #expect(try line(world, seed: 1) == first)
        #expect(try line(world, seed: 2).split(separator: " ").last != first.split(separator: " ").last)
    }

    @Test("The digests of all seeds and scenarios are written when TEREDO_TRACE_DIGEST names a file")
    func write() throws {
        guard let path = Self.path else { return }
        var lines: [String] = []
        for world in DigestWorld.allCases {
            for seed in 0..<Self.seedsPerWorld { lines.append(try line(world, seed: seed)) }
        }
        for scenario in Scenario.allCases {
            let result = try scenario.run(seed: 1, authenticator: HMACSHA1Authenticator())
            let digest = String(TraceDigest(of: result.exchange).value, radix: 16)
            lines.append("\(scenario.rawValue) 1 \(result.exchange.count) packets \(digest)")
        }
        try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
    }
}
