import TeredoProtocol

/// Every random choice of a run comes out of one seed.
public struct SeededGenerator: RandomNumberGenerator, Hashable, Sendable {
    private var generator: SplitMixGenerator

    /// Makes a generator; equal seeds give equal sequences.
    public init(seed: UInt64) {
        generator = SplitMixGenerator(seed: seed)
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 { generator.next() }

    /// A generator of its own for a part of the simulation.
    mutating func fork() -> Self { Self(seed: next()) }
}
