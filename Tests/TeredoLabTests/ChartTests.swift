import TeredoChart
import TeredoLab
import TeredoProtocol
import TeredoSimulator
import Testing

/// The charts of the lab in the terminals that people have.
struct ChartTests {
    @Test("every scenario fits 80 columns, in Unicode and in ASCII, and 55 too", arguments: Scenario.allCases)
    func scenarios(scenario: Scenario) throws {
        for (width, characters) in [(80, ChartCharacters.unicode), (80, .ascii), (55, .unicode)] {
            let style = ChartStyle(width: width, characters: characters)
            let report = try ScenarioReport(scenario, seed: 1, fault: LinkFault(), style: style)
            #expect(report.chart.allSatisfy { $0.count <= width }, "\(report.chart.joined(separator: "\n"))")
            let widest = report.text.split(separator: "\n").map(\.count).max() ?? 0
            #expect(widest <= 80, "its title and what came of it, too: \(report.text)")
            #expect(report.chart.count > 2 * report.packets.count)
            let isASCII = report.chart.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
            #expect(isASCII == (characters == .ascii))
            #expect(report.drawing.rows.count == report.packets.count)
            #expect(report.drawing.title == "Figure \(scenario.figure): \(scenario.title)")
        }
    }

    @Test("the charts of 'teredo lab' fit 80 columns, and each one can be drawn too")
    func demonstration() throws {
        var demonstration = SimulatedDemonstration(seed: 7)
        demonstration.nat2 = .symmetric
        var charts: [ChartModel] = []
        demonstration.draw = { charts.append($0) }
        var lines: [Substring] = []
        _ = try demonstration.run { lines += $0.split(separator: "\n") }
        let drawn = lines.filter { $0.contains("│") }
        #expect(drawn.count > 50)
        #expect(lines.filter { $0.count > 80 } == [], "and so does all that is around them")
        #expect(
            charts.map(\.title) == [
                "Qualification of client A", "client A to IPv6 host", "IPv6 host to client B", "client A to client B",
                "client B to client A",
            ]
        )
        #expect(SVGDocument(charts).text.contains(">client B to client A</text>"))
    }

    @Test("a terminal that is too narrow is told how to see the chart")
    func narrow() throws {
        let style = ChartStyle(width: 40)
        let report = try ScenarioReport(.nativeToClientRestricted, seed: 1, fault: LinkFault(), style: style)
        #expect(report.chart.joined(separator: " ").contains("--svg FILE") == (report.drawing.participants.count > 4))
        #expect(report.chart.allSatisfy { $0.count <= 40 })
    }
}
