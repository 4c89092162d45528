import TeredoCrypto
import TeredoHost
import TeredoProtocol
import TeredoSimulator

/// How surely and how soon all pairs of NATs connect over long ways and lossy ones (docs/nat-matrix.md).
package struct WayMatrix {
    private struct Row {
        let text: String
        let trial: WayTrial
    }

    /// How many seeds each pair is tried with.
    package var seeds: UInt64

    /// A matrix with a number of seeds for each pair, 1 or more.
    package init(seeds: UInt64) {
        self.seeds = seeds
    }

    private static let rows: [Row] =
        [(450, "900 ms"), (1000, "2 s"), (1900, "3.8 s"), (2500, "5 s")].map { latency, roundTrip in
            Row(
                text: "round trip \(roundTrip)",
                trial: WayTrial(latency: .milliseconds(latency), interval: .seconds(15), limit: .seconds(90))
            )
        }
        + [
            Row(
                text: "10 % loss",
                trial: WayTrial(latency: .milliseconds(20), lossPerMille: 100, limit: .seconds(10))
            ),
            Row(
                text: "30 % loss",
                trial: WayTrial(latency: .milliseconds(20), lossPerMille: 300, limit: .seconds(30))
            ),
        ]

    /// Runs all trials and writes the section in Markdown.
    ///
    /// - Throws: `ServerConfigurationError`, which the fixed configuration never causes.
    package func markdown() throws -> String {
        var lines = [
            Self.introduction(seeds: seeds),
            "| the way | tried for | connect | median | 99 of 100 | slowest |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
        ]
        for row in Self.rows { lines.append(try line(row)) }
        return lines.joined(separator: "\n")
    }

    private func line(_ row: Row) throws -> String {
        var times: [Duration] = []
        for source in NATMatrix.kinds {
            for destination in NATMatrix.kinds {
                for seed in 1...seeds {
                    let time = try row.trial.firstReply(
                        from: source,
                        to: destination,
                        seed: seed,
                        authenticator: HMACSHA1Authenticator()
                    )
                    if let time { times.append(time) }
                }
            }
        }
        times.sort()
        let total = NATMatrix.kinds.count * NATMatrix.kinds.count * Int(seeds)
        let marks = [times.count / 2, times.count * 99 / 100, times.count - 1].map { index in
            times.isEmpty ? "–" : Decimals.text(times[index] / .seconds(1), digits: 2) + " s"
        }
        let limit = Int(row.trial.limit.components.seconds)
        return "| \(row.text) | \(limit) s | \(times.count) of \(total) | \(marks.joined(separator: " | ")) |"
    }

    private static func introduction(seeds: UInt64) -> String {
        """
        ## Long ways and lossy ones

        All \(NATMatrix.kinds.count * NATMatrix.kinds.count) pairs with transit, both clients at one server, \
        \(seeds == 1 ? "one seed" : "\(seeds) seeds") each. Every link of the Internet is long or
        loses datagrams once both clients are qualified; the host repeats its ping (every second, on long ways every 15 s), as any
        transport does. `teredo lab --ways N` repeats this with N seeds for each pair.

        """
    }
}
