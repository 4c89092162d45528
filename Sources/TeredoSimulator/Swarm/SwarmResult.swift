import TeredoWire

/// What came of the run of one seed.
package struct SwarmResult: Sendable {
    /// The seed.
    package let seed: UInt64
    /// What was drawn, in words, such as `NAT A: symmetric`.
    package var facts: [String] = []
    /// What happened how often: faults, attacks, what happened to the world.
    package var counts: [String: Int] = [:]
    /// What was broken; empty when all was well.
    package var violations: [String] = []
    /// How much virtual time passed.
    package var time = Duration.zero
    /// How many datagrams were sent.
    package var datagrams = 0
    /// Everything that was sent, when it was recorded.
    package var trace: [TraceEntry] = []
    /// The chart of the run, when it was recorded.
    package var chart: SequenceChart?

    init(seed: UInt64) {
        self.seed = seed
    }

    /// The result of a seed whose run did not begin.
    package init(seed: UInt64, failure: String) {
        self.seed = seed
        violations = [failure]
    }

    /// Counts something.
    mutating func count(_ name: String, _ number: Int = 1) {
        if number > 0 { counts[name, default: 0] += number }
    }
}
