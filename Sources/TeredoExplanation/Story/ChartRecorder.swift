import TeredoChart
import TeredoWire

/// Collects the rows of the sequence chart: data between the same two is one row, and there is a most of everything.
package struct ChartRecorder {
    private struct Row {
        let elapsed: Duration?
        let from: Int
        let to: Int
        let label: String
        let isData: Bool
        var packets = 1
        var isBothWays = false
    }

    /// The most columns that a chart has.
    private static let columnLimit = 10
    private let limit: Int
    private var rows: [Row] = []
    private var columns: [Int] = []
    /// How many packets have no place in the chart.
    package private(set) var leftOut = 0

    init(limit: Int) { self.limit = limit }

    mutating func note(_ note: PacketNote) {
        guard limit > 0, note.sameAs == nil, let from = note.source?.party, let to = note.destination?.party else {
            return
        }
        let isData = note.kind == .data
        if isData, let last = rows.last, last.isData, [[from, to], [to, from]].contains([last.from, last.to]) {
            rows[rows.count - 1].packets += 1
            if last.from == to, from != to { rows[rows.count - 1].isBothWays = true }
            return
        }
        let new = [from, to].filter { !columns.contains($0) }
        guard rows.count < limit, columns.count + Set(new).count <= Self.columnLimit else {
            leftOut += 1
            return
        }
        for column in new where !columns.contains(column) { columns.append(column) }
        let label = note.findings.contains { $0.weight == .violation } ? "\(note.label) (!)" : note.label
        rows.append(Row(elapsed: note.elapsed, from: from, to: to, label: label, isData: isData))
    }

    /// The chart, with the names that the parties have at the end.
    func model(_ parties: [Party], title: String) -> ChartModel {
        // From left to right as in the figures: a client, servers, the other clients, relays, the rest.
        let clients = columns.filter { parties[$0].role == .client }
        let first = clients.min { parties[$0].ordinal < parties[$1].ordinal }
        func rank(_ party: Int) -> Int {
            if party == first { return 0 }
            return switch parties[party].role {
            case .server: 1
            case .client: 2
            case .relay: 3
            case .unknown: 4
            case .link: 5
            }
        }
        let order = columns.sorted { (rank($0), parties[$0].ordinal, $0) < (rank($1), parties[$1].ordinal, $1) }
        func position(_ party: Int) -> Int { order.firstIndex(of: party) ?? 0 }
        let start = rows.first?.elapsed
        var drawn = rows.map { row in
            let ending: ChartRow.Ending = row.isBothWays ? .bothWays : .arrives
            let label = row.packets == 1 ? row.label : "\(row.packets) packets of data, the first one \(row.label)"
            return ChartRow(
                time: row.elapsed.flatMap { elapsed in start.map { elapsed - $0 } },
                .arrow(from: position(row.from), to: position(row.to), ending),
                label: label
            )
        }
        if leftOut > 0 {
            drawn.append(ChartRow(time: nil, .remark, label: "\(leftOut) more packets are not drawn (--rows)"))
        }
        return ChartModel(title: title, participants: order.map { parties[$0].name }, rows: drawn)
    }
}
