/// Text in aligned columns for a terminal.
package struct TextTable: Hashable, Sendable {
    private var rows: [[String]]
    private let hasHeadings: Bool
    private let rightAligned: Set<Int>

    /// Makes an empty table; without headings the rows stand alone.
    ///
    /// Columns are aligned on the left, those whose index is in `rightAligned` on the right.
    package init(headings: [String] = [], rightAligned: Set<Int> = []) {
        self.rightAligned = rightAligned
        hasHeadings = !headings.isEmpty
        rows = headings.isEmpty ? [] : [headings]
    }

    /// Appends a row; rows may differ in their number of cells.
    package mutating func append(_ cells: [String]) { rows.append(cells) }

    /// The lines as one text, indented by two.
    package var indentedText: String { lines.map { "  \($0)" }.joined(separator: "\n") }

    /// The rows as lines without trailing spaces, headings underlined.
    package var lines: [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        var lines = rows.map { line($0, widths) }
        if hasHeadings { lines.insert(line(widths.map { String(repeating: "-", count: $0) }, widths), at: 1) }
        return lines
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: widths[column] - cell.count)
            line += (column == 0 ? "" : "  ") + (rightAligned.contains(column) ? padding + cell : cell + padding)
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}
