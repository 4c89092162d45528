/// How many datagrams and packets were dropped for each reason.
public struct DropCounters: Hashable, Sendable {
    private var counts = [UInt64](repeating: 0, count: DropReason.allCases.count)

    /// All counters at zero.
    public init() {}

    /// The count for one reason.
    public subscript(reason: DropReason) -> UInt64 { counts[reason.rawValue] }

    /// The sum over all reasons.
    public var total: UInt64 { counts.reduce(0, &+) }

    /// The reasons that occurred with their counts, in the order of the enumeration.
    public var nonzero: [(reason: DropReason, count: UInt64)] {
        DropReason.allCases.compactMap { self[$0] == 0 ? nil : ($0, self[$0]) }
    }

    /// Counts `amount` drops for `reason`.
    public mutating func record(_ reason: DropReason, amount: UInt64 = 1) { counts[reason.rawValue] &+= amount }
}
