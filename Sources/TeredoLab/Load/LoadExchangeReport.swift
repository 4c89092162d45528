/// What became of one kind of exchange; see `ExchangeFigures` for what each count is.
package struct LoadExchangeReport: Codable, Hashable, Sendable {
    /// The name of its kind.
    package var name: String
    /// Sent, repetitions included.
    package var sent: UInt64
    /// Answered in time, and right.
    package var answered: UInt64
    /// Not answered in time.
    package var lost: UInt64
    /// Open when their client left.
    package var abandoned: UInt64
    /// Open at the end.
    package var open: UInt64
    /// Right answers that came after their time or again.
    package var late: UInt64
    /// Wrong answers.
    package var wrong: UInt64
    /// Answers a second after the warm-up.
    package var answersPerSecond: Double
    /// From sending to the answer, after the warm-up.
    package var times: LoadTimes
}
