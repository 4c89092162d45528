import TeredoProtocol

/// The seeded generator of the project, for tests that know no protocol: every random test is a function of its seed.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var generator: SplitMixGenerator

    /// Starts the sequence that belongs to `seed`.
    package init(seed: UInt64) { generator = SplitMixGenerator(seed: seed) }

    /// The next 64 bits.
    package mutating func next() -> UInt64 { generator.next() }

    /// `count` random octets.
    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
