package import TeredoChart
import TeredoWire

/// Draws a part of a trace: columns are the nodes, rows are the packets with their meaning.
public struct SequenceChart: Sendable {
    private let entries: [TraceEntry]
    private let columns: [String]
    private let width: Int

    /// Makes a chart of `entries`; columns stand in the order of `nodes`, those that nothing happens at are left out.
    public init(_ entries: [TraceEntry], nodes: [String], width: Int = 80) {
        self.entries = entries
        let used = Set(entries.flatMap { [$0.sender, $0.receiver ?? Self.place($0)] })
        columns = nodes.filter(used.contains)
        self.width = width
    }

    /// The chart as lines of text, of at most as many characters as were given; a sentence where that is too little.
    public var lines: [String] { TextChart(model(), ChartStyle(width: width)).lines }

    /// The chart, however it is to be drawn.
    package func model(title: String = "") -> ChartModel {
        guard let start = entries.first?.time else { return ChartModel(title: title, participants: [], rows: []) }
        return ChartModel(
            title: title,
            participants: columns,
            rows: entries.compactMap { row($0, start: start) }
        )
    }

    private func row(_ entry: TraceEntry, start: ProtocolInstant) -> ChartRow? {
        guard let from = columns.firstIndex(of: entry.sender) else { return nil }
        let target = entry.receiver ?? Self.place(entry)
        // What was lost on a link goes towards a neighbour.
        let to = columns.firstIndex(of: target) ?? (from + 1 < columns.count ? from + 1 : max(0, from - 1))
        let lost = Self.reason(entry)
        return ChartRow(
            time: entry.time - start,
            .arrow(from: from, to: to, entry.receiver == nil ? .lost : .arrives),
            label: entry.meaning + (lost.map { " (\($0))" } ?? "")
        )
    }

    /// The node at which a lost packet ended, or which it was on its way to.
    private static func place(_ entry: TraceEntry) -> String {
        if let target = entry.target { return target }
        return if case .lost(let place) = entry.outcome { place } else { "" }
    }

    private static func reason(_ entry: TraceEntry) -> String? {
        switch entry.outcome {
        case .lost(let place): "dropped: \(place)"
        case .underWay: "under way"
        case .delivered: nil
        }
    }
}
