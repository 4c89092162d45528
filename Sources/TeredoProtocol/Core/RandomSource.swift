/// The random numbers of a machine: a generator of the owner's, cryptographically secure outside tests (SEC-64).
struct RandomSource: RandomNumberGenerator, Sendable {
    private var generator: any RandomNumberGenerator & Sendable

    /// Draws from `generator`.
    init(_ generator: any RandomNumberGenerator & Sendable) {
        self.generator = generator
    }

    mutating func next() -> UInt64 { generator.next() }
}
