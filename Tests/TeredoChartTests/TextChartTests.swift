import TeredoChart
import Testing

/// Sequence charts in characters.
struct TextChartTests {
    private static let five = ChartModel(
        participants: ["client A", "server", "client B", "relay", "IPv6 host"],
        rows: [
            ChartRow(
                time: .milliseconds(0),
                .arrow(from: 0, to: 1, .arrives),
                label:
                    "indirect bubble, origin 203.0.113.101:46201, nonce, alternates 192.168.100.100:40000 10.1.2.3:4096"
            ),
            ChartRow(time: .milliseconds(21), .arrow(from: 4, to: 0, .lost), label: "ping reply"),
            ChartRow(time: .seconds(12), .arrow(from: 2, to: 3, .bothWays), label: "12 packets of data"),
            ChartRow(time: nil, .remark, label: "7 more packets are not drawn"),
            ChartRow(
                time: .milliseconds(12_001),
                .arrow(from: 3, to: 4, .arrives),
                label: "router advertisement for somebody, whole"
            ),
        ]
    )

    @Test("five columns fit every terminal from 41 columns on, whole labels included", arguments: 41...140)
    func width(width: Int) {
        let lines = TextChart(Self.five, ChartStyle(width: width)).lines
        #expect(lines.allSatisfy { $0.count <= width }, "\(lines.joined(separator: "\n"))")
        let words = lines.joined(separator: " ")
        for row in Self.five.rows {
            for word in row.label.split(separator: " ") where word.count < 20 {
                #expect(words.contains(word), "\(word) at \(width)")
            }
        }
    }

    @Test("a row is a label with its time and an arrow below it")
    func rows() {
        let lines = TextChart(Self.five, ChartStyle(width: 80)).lines
        #expect(lines[0] == "             client A      server      client B       relay      IPv6 host")
        #expect(lines[1] == "                 │            │            │            │            │")
        #expect(lines.contains("                 │x───────────┼────────────┼────────────┼────────────┤"))
        #expect(lines.contains("                 │            │            │<──────────>│            │"))
        #expect(lines.contains { $0.hasPrefix("   21.0 ms ") } && lines.contains { $0.hasPrefix("    12.0 s ") })
    }

    @Test("ASCII is ASCII")
    func ascii() {
        var model = Self.five
        model.rows.append(ChartRow(time: nil, .remark, label: "TCP 1 → 2 … ×3 é"))
        let lines = TextChart(model, ChartStyle(width: 80, characters: .ascii)).lines
        #expect(lines.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } })
        #expect(lines.contains("                 |            |            |<---------->|            |"))
        #expect(lines.contains { $0.contains("TCP 1 -> 2 ... x3 ?") })
    }

    @Test("where the columns do not fit, a sentence says how to see the chart")
    func tooNarrow() {
        let model = ChartModel(participants: (1...12).map { "host \($0)" }, rows: Self.five.rows)
        let chart = TextChart(model, ChartStyle(width: 60))
        #expect(chart.neededWidth == 83)
        #expect(chart.lines.allSatisfy { $0.count <= 60 })
        #expect(chart.lines.joined(separator: " ").contains("takes 83 columns"))
        #expect(chart.lines.joined(separator: " ").contains("--svg FILE"))
        #expect(TextChart(model, ChartStyle(width: 83)).lines.count > 10)
    }

    @Test("names that do not fit side by side stand one below the other, over their columns")
    func longNames() {
        let names = ["198.51.100.100:40000", "203.0.113.200:3544", "192.0.2.200:3545", "198.51.100.101:65535"]
        let model = ChartModel(
            participants: names,
            rows: Self.five.rows.suffix(1).map { _ in
                ChartRow(time: nil, .arrow(from: 0, to: 3, .arrives), label: "ping")
            }
        )
        let lines = TextChart(model, ChartStyle(width: 60)).lines
        let header = lines.prefix { !$0.allSatisfy { $0 == " " || $0 == "│" } }
        #expect(header.count > 1)
        for name in names { #expect(header.filter { $0.contains(name) }.count == 1) }
    }

    @Test("nobody and nothing make no chart")
    func empty() {
        #expect(TextChart(ChartModel(participants: [], rows: []), ChartStyle()).lines.isEmpty)
    }
}
