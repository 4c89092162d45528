/// SplitMix64 (Steele, Lea and Flood 2014): a small seeded generator for simulations, tests and measurements, whose runs are
/// functions of their seeds.
///
/// It is not cryptographically secure: no machine that talks to a network may draw from it (SEC-64).
package struct SplitMixGenerator: RandomNumberGenerator, Hashable, Sendable {
    private var state: UInt64

    /// Starts the sequence that belongs to `seed`.
    package init(seed: UInt64) {
        state = seed
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
