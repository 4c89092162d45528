import TeredoLinux

/// Which routing table packets from the address of a client are to take.
enum SourceTable: Hashable, Sendable {
    /// None: there is one way only.
    case none
    /// The one that belongs to the interface.
    case ofInterface
    /// The one that the operator chose.
    case chosen(UInt32)

    /// The preference of the rule that leads there: just before the main table.
    static let priority: UInt32 = 32_765

    /// The number of the table, for the interface with this index; `nil` for none.
    ///
    /// Nobody else is likely to use the table of an interface, and it tells people what it is.
    func number(forInterface index: Int32) -> UInt32? {
        switch self {
        case .none: nil
        case .ofInterface: Self.first + UInt32(index) % Self.count
        case .chosen(let number): number
        }
    }

    /// The index of the interface that a table belongs to; `nil` when it is no such table.
    static func interface(ofTable number: UInt32) -> Int32? {
        (first..<first + count).contains(number) ? Int32(number - first) : nil
    }

    private static let first: UInt32 = 3_544_000_000
    private static let count: UInt32 = 700_000_000
}
