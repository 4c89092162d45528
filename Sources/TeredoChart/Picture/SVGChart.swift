/// Draws one chart as elements of an SVG file.
struct SVGChart {
    private let model: ChartModel

    init(_ model: ChartModel) { self.model = model }

    private static let margin = 12
    private static let timeWidth = 78
    /// The width of a character of 12 pixels, rounded up.
    private static let characterWidth = 8
    private static let lineHeight = 15
    private static let arrowHeight = 13

    private var spacing: Int {
        let longest = model.participants.map(\.count).max() ?? 0
        return max(model.participants.count > 3 ? 170 : 250, longest * Self.characterWidth + 16)
    }

    /// The width of the drawing in pixels.
    var width: Int { max(2 * Self.margin + Self.timeWidth + spacing * model.participants.count, 320) }

    /// The height of the drawing in pixels.
    var height: Int { drawing.height }

    /// The elements, from the upper left corner on.
    var elements: [String] { drawing.elements }

    private func center(_ column: Int) -> Int { Self.margin + Self.timeWidth + spacing / 2 + column * spacing }

    private var drawing: (elements: [String], height: Int) {
        var elements: [String] = []
        var y = Self.margin
        if !model.title.isEmpty {
            y += Self.lineHeight
            elements.append(text("title", Self.margin, y, model.title))
            y += 8
        }
        y += Self.lineHeight
        for (column, name) in model.participants.enumerated() {
            elements.append(text("name", center(column), y, name))
        }
        y += 6
        let top = y
        var marks: [String] = []
        for row in model.rows { y = draw(row, below: y, into: &marks) }
        y += 8
        for column in model.participants.indices {
            elements.append(line("life", center(column), top, center(column), y))
        }
        return (elements + marks, y + Self.margin)
    }

    private func draw(_ row: ChartRow, below start: Int, into marks: inout [String]) -> Int {
        var y = start + 4
        let room = width - 2 * Self.margin - Self.timeWidth
        let labels = LabelText.lines(row.label, width: room / Self.characterWidth)
        for (number, label) in labels.enumerated() {
            y += Self.lineHeight
            if number == 0, let time = row.timeText {
                marks.append(text("time", Self.margin + Self.timeWidth - 8, y, time))
            }
            marks.append(text("label", place(label, around: middle(of: row)), y, label))
        }
        guard case .arrow(let from, let to, let ending) = row.kind else { return y }
        y += Self.arrowHeight - 6
        arrow(from: from, to: to, ending, at: y, into: &marks)
        return y + 6
    }

    private func middle(of row: ChartRow) -> Int {
        switch row.kind {
        case .arrow(let from, let to, _): (center(from) + center(to)) / 2
        case .remark: (center(0) + center(model.participants.count - 1)) / 2
        }
    }

    /// The middle of a label, moved as far as is needed for both of its ends to be seen.
    private func place(_ label: String, around middle: Int) -> Int {
        let half = label.count * Self.characterWidth / 2
        return max(Self.margin + Self.timeWidth + half, min(middle, width - Self.margin - half))
    }

    private func arrow(from: Int, to: Int, _ ending: ChartRow.Ending, at y: Int, into marks: inout [String]) {
        let start = center(from)
        guard from != to else {
            marks.append("<path class=\"shaft\" fill=\"none\" d=\"M\(start) \(y - 5)h18v8h-12\"/>")
            return
        }
        let direction = to > from ? 1 : -1
        let isLost = ending == .lost
        let end = center(to) - (isLost ? direction * 14 : 0)
        marks.append(line("shaft", start, y, end, y))
        if isLost {
            marks.append(line("lost", end - 5, y - 5, end + 5, y + 5))
            marks.append(line("lost", end - 5, y + 5, end + 5, y - 5))
        } else {
            marks.append(head(at: end, y, direction))
        }
        if ending == .bothWays { marks.append(head(at: start, y, -direction)) }
    }

    private func head(at x: Int, _ y: Int, _ direction: Int) -> String {
        let back = x - direction * 9
        return "<path class=\"head\" d=\"M\(x) \(y)L\(back) \(y - 4)L\(back) \(y + 4)z\"/>"
    }

    private func text(_ style: String, _ x: Int, _ y: Int, _ content: String) -> String {
        "<text class=\"\(style)\" x=\"\(x)\" y=\"\(y)\">\(SVGText.escaped(content))</text>"
    }

    private func line(_ style: String, _ x1: Int, _ y1: Int, _ x2: Int, _ y2: Int) -> String {
        "<line class=\"\(style)\" x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\"/>"
    }
}
