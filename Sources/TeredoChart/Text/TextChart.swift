/// Draws a chart in characters: columns are the participants, rows are the packets with their meaning.
package struct TextChart {
    private let model: ChartModel
    private let width: Int
    private let characters: ChartCharacters

    /// A chart of `model` that takes no more columns than `style` has.
    package init(_ model: ChartModel, _ style: ChartStyle) {
        self.model = model
        width = style.width
        characters = style.characters
    }

    private static let timeWidth = 11
    /// The least and the most space from one column to the next.
    private static let spacings = 6...34

    /// The fewest columns of a terminal in which the chart can be drawn.
    package var neededWidth: Int { max(Self.timeWidth + Self.spacings.lowerBound * model.participants.count, 40) }

    /// The chart as lines of text; a sentence about what to do where it does not fit.
    package var lines: [String] {
        guard !model.participants.isEmpty, !model.rows.isEmpty else { return [] }
        guard width >= neededWidth else {
            return LabelText.lines(
                "(The chart takes \(neededWidth) columns: use a wider terminal, set COLUMNS, or draw it with --svg FILE.)",
                width: max(width, 20)
            )
        }
        return (header + [lifelines().text] + model.rows.flatMap(lines)).map(characters.text)
    }

    private var spacing: Int {
        let available = (width - Self.timeWidth) / max(1, model.participants.count)
        return min(Self.spacings.upperBound, max(Self.spacings.lowerBound, available))
    }

    /// What the columns take; labels may go on to ``width``.
    private var drawnWidth: Int { Self.timeWidth + spacing * model.participants.count }

    private func center(_ column: Int) -> Int { Self.timeWidth + spacing / 2 + column * spacing }

    /// The names over their columns, one below the other where they are too long to stand side by side.
    private var header: [String] {
        var lines: [ChartLine] = []
        var rows: [Int] = []
        for (column, name) in model.participants.enumerated() {
            let start = place(name.count, around: center(column), end: max(drawnWidth, min(width, drawnWidth + 8)))
            let range = start - 1..<start + name.count + 1
            let row = lines.firstIndex { $0.isFree(range) } ?? lines.count
            if row == lines.count { lines.append(ChartLine(width: width)) }
            lines[row].put(name, at: start)
            rows.append(row)
        }
        for (column, row) in rows.enumerated() {
            let center = center(column)
            for below in lines.indices.dropFirst(row + 1) where lines[below].isFree(center..<center + 1) {
                lines[below][center] = characters.lifeline
            }
        }
        return lines.map(\.text)
    }

    private func lifelines() -> ChartLine {
        var line = ChartLine(width: width)
        for column in model.participants.indices { line[center(column)] = characters.lifeline }
        return line
    }

    private func lines(of row: ChartRow) -> [String] {
        switch row.kind {
        case .arrow(let from, let to, let ending):
            let middle = (center(from) + center(to)) / 2
            return labels(row, around: middle) + [arrow(from: from, to: to, ending)]
        case .remark:
            return labels(row, around: (center(0) + center(model.participants.count - 1)) / 2)
        }
    }

    private func labels(_ row: ChartRow, around middle: Int) -> [String] {
        LabelText.lines(row.label, width: width - Self.timeWidth).enumerated().map { number, text in
            var line = lifelines()
            if number == 0, let time = row.timeText { line.put(time, at: max(0, Self.timeWidth - 1 - time.count)) }
            line.put(text, at: place(text.count, around: middle, end: width))
            return line.text
        }
    }

    /// Where a text begins that is centred where there is room for that.
    private func place(_ count: Int, around middle: Int, end: Int) -> Int {
        max(Self.timeWidth, min(middle - count / 2, end - count))
    }

    private func arrow(from: Int, to: Int, _ ending: ChartRow.Ending) -> String {
        var line = lifelines()
        let low = center(min(from, to))
        let high = center(max(from, to))
        for position in low..<high where position > low { line[position] = characters.shaft }
        for column in model.participants.indices where center(column) > low && center(column) < high {
            line[center(column)] = characters.crossing
        }
        line[center(from)] = from <= to ? characters.startToRight : characters.startToLeft
        let isLost = ending == .lost
        if to > from {
            line[center(to) - 1] = isLost ? "x" : ">"
        } else {
            line[center(to) + 1] = isLost ? "x" : "<"
        }
        if ending == .bothWays, from != to {
            line[center(from)] = characters.lifeline
            line[center(from) + (from < to ? 1 : -1)] = from < to ? "<" : ">"
        }
        return line.text
    }
}
