/// Plain text tables: columns padded to their widest cell, two spaces apart, indented by two.
package enum TextTable {
    /// The rows as lines; columns whose index is in `rightAligned` are padded on the left.
    package static func render(_ rows: [[String]], rightAligned: Set<Int> = []) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = " "
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += " " + (rightAligned.contains(column) ? padding + cell : cell + padding) + " "
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
