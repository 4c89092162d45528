import TeredoControl
import TeredoHost
import TeredoProtocol
import TeredoWire

/// The peers of a role in columns, as many of them as there is room for.
enum PeerTable {
    private struct Column: Sendable {
        let heading: String
        let isRight: Bool
        let value: @Sendable (MonitoredPeer) -> String
    }

    /// What matters most first.
    private static let columns = [
        Column(heading: "PEER", isRight: false) { $0.status.address.description },
        Column(heading: "PATH", isRight: false) { $0.status.path.rawValue },
        Column(heading: "RTT", isRight: true) { $0.status.roundTrip.map(TimeText.milliseconds) ?? "-" },
        Column(heading: "IN", isRight: true) { $0.received.map(OctetText.rate) ?? "-" },
        Column(heading: "OUT", isRight: true) { $0.sent.map(OctetText.rate) ?? "-" },
        Column(heading: "HEARD", isRight: true) { $0.status.heard.map(TimeText.duration) ?? "-" },
        Column(heading: "ENDPOINT", isRight: false) {
            $0.status.endpoint == UDPEndpoint(.unspecified, 0) ? "-" : $0.status.endpoint.description
        },
    ]

    /// The least columns that each takes, so that they do not move with every number.
    private static let widths = [35, 10, 7, 10, 10, 12, 21]

    /// The headings and a line for each peer, within `width` columns as far as the first ones allow; the number of those that
    /// are left out stands behind the headings.
    static func lines(_ peers: [MonitoredPeer], width: Int) -> [String] {
        let rows = [columns.map(\.heading)] + peers.map { peer in columns.map { $0.value(peer) } }
        var shown: [Int] = []
        var used = 0
        var widths: [Int] = []
        for index in columns.indices {
            let needed = max(Self.widths[index], rows.map { $0[index].count }.max() ?? 0)
            guard used + needed + (index == 0 ? 0 : 1) <= width || index == 0 else { break }
            used += needed + (index == 0 ? 0 : 1)
            shown.append(index)
            widths.append(needed)
        }
        var lines = rows.map { row in
            zip(shown, widths).map { index, width in
                let padding = String(repeating: " ", count: width - row[index].count)
                return columns[index].isRight ? padding + row[index] : row[index] + padding
            }.joined(separator: " ")
        }
        if shown.count < columns.count { lines[0] += " +\(columns.count - shown.count)" }
        return lines
    }
}
