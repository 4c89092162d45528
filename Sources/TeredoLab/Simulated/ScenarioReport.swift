package import TeredoChart
import TeredoCrypto
package import TeredoHost
import TeredoProtocol
package import TeredoSimulator
import TeredoWire

/// A scenario of Microsoft's overview as the lab ran it.
package struct ScenarioReport: Codable, Hashable, Sendable {
    /// One packet of the exchange.
    package struct Packet: Codable, Hashable, Sendable {
        /// Milliseconds since the first packet.
        package var sinceFirstMilliseconds: Double
        package var from: String
        /// Where it arrived; `nil` when it was lost.
        package var to: String?
        /// What it is.
        package var kind: ScenarioPacketKind
        /// The same for people, with what it carries.
        package var meaning: String
    }

    /// The name that `--scenario` takes.
    package var scenario: String
    /// The number of the figure in the overview.
    package var figure: Int
    package var title: String
    /// Whether it ended as the figure says.
    package var success: Bool
    package var summary: String
    package var seed: UInt64
    package var packets: [Packet]
    /// The sequence chart, line by line.
    package var chart: [String]
    /// The sequence chart for other ways to draw it; not in JSON.
    package var drawing = ChartModel(participants: [], rows: [])

    private enum CodingKeys: String, CodingKey {
        case scenario
        case figure
        case title
        case success
        case summary
        case seed
        case packets
        case chart
    }

    /// Runs `scenario` on a simulated Internet.
    package init(_ scenario: Scenario, seed: UInt64, fault: LinkFault, style: ChartStyle = ChartStyle()) throws {
        let result = try scenario.run(seed: seed, fault: fault, authenticator: HMACSHA1Authenticator())
        self.scenario = scenario.rawValue
        figure = scenario.figure
        title = scenario.title
        success = result.isSuccess
        summary = result.summary
        self.seed = seed
        let start = result.exchange.first?.time
        packets = result.exchange.map { entry in
            Packet(
                sinceFirstMilliseconds: start.map { (entry.time - $0) / .milliseconds(1) } ?? 0,
                from: entry.sender,
                to: entry.receiver,
                kind: ScenarioPacketKind(entry.kind),
                meaning: entry.meaning
            )
        }
        drawing = result.chart.model(title: "Figure \(figure): \(title)")
        chart = TextChart(drawing, style).lines
    }

    /// The report as people read it.
    package var text: String {
        """
        \(WrappedText.lines("Figure \(figure): \(title) (\(scenario), seed \(seed))", width: 80).joined(separator: "\n"))

        \(chart.joined(separator: "\n"))

        \(success ? "ok" : "FAILED"): \(summary)
        """
    }

    /// Several reports as one JSON object with sorted keys.
    package static func json(_ reports: [Self]) throws(ServiceError) -> String {
        try JSONText.report(["scenarios": reports])
    }

    /// All scenarios, one a line, with their figures.
    package static var list: String {
        var table = TextTable()
        for scenario in Scenario.allCases {
            table.append([scenario.rawValue, "figure \(scenario.figure)", scenario.title])
        }
        return table.indentedText
    }
}
