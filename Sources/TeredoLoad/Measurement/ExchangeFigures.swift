/// What became of one kind of exchange.
package struct ExchangeFigures: Hashable, Sendable {
    /// How many were sent; each repetition counts.
    package var sent: UInt64 = 0
    /// How many were answered in time, and right.
    package var answered: UInt64 = 0
    /// How many were not answered in time.
    package var lost: UInt64 = 0
    /// How many were open when their client left.
    package var abandoned: UInt64 = 0
    /// How many right answers came after their time, or a second time.
    package var late: UInt64 = 0
    /// How many answers were wrong: another nonce, address, endpoint or content.
    package var wrong: UInt64 = 0
    /// From sending to the answer.
    package var times = HDRHistogram()

    /// How many are still waited for.
    package var open: UInt64 { sent &- answered &- lost &- abandoned }
}
