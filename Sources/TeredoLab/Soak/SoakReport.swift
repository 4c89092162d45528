import TeredoHost
import TeredoProtocol
package import TeredoSimulator

/// What came of a long run in virtual time.
package struct SoakReport: Sendable {
    /// The seed of the run.
    package let seed: UInt64
    /// How long it took.
    package var duration = Duration.zero
    private var hours: [(hour: SoakHour, residentOctets: UInt64)] = []

    /// A report of no hour yet.
    package init(seed: UInt64) {
        self.seed = seed
    }

    /// Adds the next hour, and the octets of memory that were resident in this process at its end.
    package mutating func add(_ hour: SoakHour, residentOctets: UInt64) { hours.append((hour, residentOctets)) }

    /// The heading of the table.
    package static let heading = row(["hour", "datagrams", "peers", "clients", "queued", "reached", "memory"])

    /// A line of the table for each hour.
    package var lines: [String] {
        hours.map { entry in
            Self.row([
                "\(entry.hour.number)", "\(entry.hour.datagrams)", "\(entry.hour.clientPeers)",
                "\(entry.hour.relayClients)", "\(entry.hour.queuedOctets) B",
                "\(entry.hour.answered) of \(entry.hour.contacts)", Self.megabytes(entry.residentOctets),
            ])
        }
    }

    /// By how many octets memory grew in the second half; `nil` with fewer than a day's.
    ///
    /// Tables get the size that they need in the first twelve hours.
    package var growth: Int64? {
        guard hours.count >= 24, let last = hours.last else { return nil }
        return Int64(last.residentOctets) - Int64(hours[hours.count / 2 - 1].residentOctets)
    }

    /// Which share of all attempts to reach somebody was answered.
    package var answeredShare: Double {
        let contacts = hours.reduce(0) { $0 + $1.hour.contacts }
        return contacts == 0 ? 0 : Double(hours.reduce(0) { $0 + $1.hour.answered }) / Double(contacts)
    }

    /// What is wrong; empty when memory stayed what it was and hosts reached each other.
    package var violations: [String] {
        var violations: [String] = []
        if let growth, growth > Self.permittedGrowth {
            violations.append("memory grew by \(Self.megabytes(UInt64(growth))) in the second half")
        }
        if answeredShare < Self.neededShare {
            violations.append("only \(Decimals.text(answeredShare * 100, digits: 1)) % of the contacts were made")
        }
        return violations
    }

    /// The verdict, as people read it.
    package var summary: String {
        let verdict = violations.isEmpty ? "ok" : "FAILED: \(violations.joined(separator: "; "))"
        let growth = growth.map {
            "\($0 < 0 ? "-" : "")\(Self.megabytes($0.magnitude)) more memory in the second half"
        }
        return """
            \(hours.count) h of virtual time with seed \(seed): \(verdict)
              \(growth ?? "too few hours to say whether memory grows")
              \(Decimals.text(answeredShare * 100, digits: 1)) % of the contacts were made
              \(Decimals.text(duration / .seconds(1), digits: 1)) s
            """
    }

    private static let permittedGrowth: Int64 = 1 << 20
    private static let neededShare = 0.95

    private static func megabytes(_ octets: UInt64) -> String {
        "\(Decimals.text(Double(octets) / 1_048_576, digits: 2)) MiB"
    }

    private static func row(_ cells: [String]) -> String {
        zip(cells, [4, 10, 6, 8, 10, 11, 11])
            .map { cell, width in String(repeating: " ", count: max(0, width - cell.count)) + cell }
            .joined(separator: " ")
    }
}
