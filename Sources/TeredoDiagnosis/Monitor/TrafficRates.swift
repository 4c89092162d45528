import TeredoControl
import TeredoHost

/// What a role carries and drops each second, by its counters at two moments.
struct TrafficRates: Hashable, Sendable {
    private let counters: StatusCounters
    private let before: StatusCounters?
    private let seconds: Double

    /// Compares counters with those of `seconds` before; without those, or after a restart, there are no rates.
    init(_ counters: StatusCounters, before: StatusCounters?, seconds: Double) {
        self.counters = counters
        self.seconds = seconds
        let isRestarted = before.map {
            $0.datagramsReceived > counters.datagramsReceived || $0.datagramsSent > counters.datagramsSent
        }
        self.before = isRestarted == false && seconds > 0 ? before : nil
    }

    /// What comes in, what goes out, and what is dropped; each begins with `label`.
    func lines(_ label: String) -> [String] {
        let names = label.isEmpty ? ["In", "Out", "Dropped"] : ["in", "out", "drops"].map { "\(label) \($0)" }
        return [
            line(names[0], \.octetsReceived, \.datagramsReceived), line(names[1], \.octetsSent, \.datagramsSent),
            Self.named(names[2], drops),
        ]
    }

    private func line(
        _ name: String,
        _ octets: KeyPath<StatusCounters, UInt64>,
        _ datagrams: KeyPath<StatusCounters, UInt64>
    ) -> String {
        let amount = Self.padded(rate(octets).map(OctetText.rate) ?? "-", Self.width)
        let count = Self.padded(rate(datagrams).map(Self.number) ?? "-", Self.width)
        let total = "\(OctetText.short(counters[keyPath: octets])) in \(counters[keyPath: datagrams])"
        return Self.named(name, "\(amount) \(count) datagrams/s, \(total) so far")
    }

    private var drops: String {
        let all = DropRanking(counters).reasons
        guard !all.isEmpty else { return Self.padded("nothing", Self.width) }
        let old = before.map { DropRanking($0).reasons } ?? []
        let rates = all.map { reason -> (DropRanking.Reason, Double?) in
            guard before != nil else { return (reason, nil) }
            let count = old.first { $0.name == reason.name }?.count ?? 0
            return (reason, reason.count >= count ? Double(reason.count - count) / seconds : nil)
        }
        let sorted = rates.sorted { ($1.1 ?? 0, $1.0.count, $0.0.name) < ($0.1 ?? 0, $0.0.count, $1.0.name) }
        let sum = before == nil ? nil : rates.reduce(0) { $0 + ($1.1 ?? 0) }
        let shown = sorted.prefix(Self.most).map { reason, rate in
            "\(reason.name) \(rate.map { Self.number($0) + "/s" } ?? "-") (\(reason.count))"
        }
        let more = sorted.count > shown.count ? ", +\(sorted.count - shown.count) more" : ""
        return Self.padded(sum.map { Self.number($0) + "/s" } ?? "-", Self.width) + "  " + shown.joined(separator: ", ")
            + more
    }

    private func rate(_ counter: KeyPath<StatusCounters, UInt64>) -> Double? {
        guard let before, counters[keyPath: counter] >= before[keyPath: counter] else { return nil }
        return Double(counters[keyPath: counter] - before[keyPath: counter]) / seconds
    }

    private static func named(_ name: String, _ value: String) -> String {
        "  " + name + String(repeating: " ", count: max(1, 13 - name.count)) + value
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// One decimal below 10.
    static func number(_ value: Double) -> String {
        Decimals.text(value, digits: value < 9.95 && value > 0 ? 1 : 0)
    }

    /// The columns of a number.
    private static let width = 9
    /// The most reasons that are named.
    private static let most = 2
}
