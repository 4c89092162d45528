import TeredoHost
package import TeredoSimulator

/// What came of many seeds of the swarm.
package struct SwarmSummary: Sendable {
    /// The first seed.
    package let first: UInt64
    /// How many seeds ran.
    package private(set) var seeds: UInt64 = 0
    /// The seeds at which a rule was broken, as far as they are kept.
    package private(set) var failures: [SwarmResult] = []
    /// How many there were.
    package private(set) var failureCount = 0
    /// How many threads ran them, and how long that took.
    package var processors = 1
    package var duration = Duration.zero
    private var counts: [String: Int] = [:]
    private var virtualTime = Duration.zero
    private var datagrams = 0

    /// A summary of no seed yet.
    package init(first: UInt64) {
        self.first = first
    }

    /// Whether no rule was broken.
    package var isSuccess: Bool { failureCount == 0 }

    /// Adds the result of a seed, in any order.
    package mutating func add(_ result: SwarmResult) {
        seeds += 1
        virtualTime += result.time
        datagrams += result.datagrams
        counts.merge(result.counts, uniquingKeysWith: +)
        guard !result.violations.isEmpty else { return }
        failureCount += 1
        if failures.count < Self.failureLimit { failures.append(result) }
        failures.sort { $0.seed < $1.seed }
    }

    /// The summary as people read it: what was drawn and what happened, the time, and one command for each failure.
    package var text: String {
        var table = TextTable()
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) { table.append([name, "\(count)"]) }
        let seconds = Decimals.text(duration / .seconds(1), digits: 1)
        let hours = Decimals.text(virtualTime / .seconds(3600), digits: 1)
        let verdict = isSuccess ? "ok" : "\(failureCount) FAILED"
        return """
            What was drawn, and what happened:
            \(table.indentedText)

            \(failures.map(Self.text).joined())\
            \(seeds) \(seeds == 1 ? "seed" : "seeds") from \(first) on: \(verdict)
              \(hours) h of virtual time, \(datagrams) datagrams
              \(seconds) s on \(processors) \(processors == 1 ? "processor" : "processors")
            """
    }

    private static func text(_ failure: SwarmResult) -> String {
        let lines = failure.violations.map { "  \($0)" } + ["  repeat it: teredo lab --swarm 1 --seed \(failure.seed)"]
        return "FAILED: seed \(failure.seed)\n\(lines.joined(separator: "\n"))\n\n"
    }

    private static let failureLimit = 100
}
