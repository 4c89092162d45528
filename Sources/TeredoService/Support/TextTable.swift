/// Text in aligned columns for a terminal.
package struct TextTable: Hashable, Sendable {
    private var rows: [[String]]
    private let hasHeadings: Bool

    /// Makes an empty table; without headings the rows stand alone.
    package init(headings: [String] = []) {
        hasHeadings = !headings.isEmpty
        rows = headings.isEmpty ? [] : [headings]
    }

    /// Appends a row; rows may differ in their number of cells.
    package mutating func append(_ cells: [String]) { rows.append(cells) }

    /// The rows as lines without trailing blanks, headings underlined.
    package var lines: [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        var lines = rows.map { Self.line($0, widths) }
        if hasHeadings { lines.insert(Self.line(widths.map { String(repeating: "-", count: $0) }, widths), at: 1) }
        return lines
    }

    private static func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            line += cell
            if column < cells.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}
