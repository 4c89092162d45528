package import TeredoControl
import TeredoProtocol

/// The drops of a role by reason, the most frequent first.
package struct DropRanking: Hashable, Sendable {
    /// A reason and how often it occurred.
    package let reasons: [Reason]

    /// A reason with its count.
    package struct Reason: Hashable, Sendable {
        /// The name of the reason, which `teredo status --explain` knows.
        package let name: String
        /// How often.
        package let count: UInt64
    }

    /// Sorts what was counted.
    package init(_ counters: StatusCounters) {
        reasons = counters.drops.nonzero.map { Reason(name: $0.reason.label, count: $0.count) }
            .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    }

    /// The first reasons, and how many others there are.
    package var phrase: String {
        guard let first = reasons.first else { return "nothing" }
        let total = reasons.reduce(0) { $0 &+ $1.count }
        let shown = reasons.prefix(Self.most).map { "\($0.count) \($0.name)" }
        let rest = reasons.count - shown.count
        let more = rest > 0 ? ", +\(rest) more reasons" : ""
        let sum = reasons.count > 1 ? "\(total): " : ""
        return "\(sum)\(shown.joined(separator: ", "))\(more) (--explain \(first.name))"
    }

    private static let most = 3
}
