import TeredoWire

/// Draws a part of a trace: columns are the nodes, rows are the packets with their meaning.
public struct SequenceChart: Sendable {
    private let entries: [TraceEntry]
    private let columns: [String]
    private let width: Int

    /// Makes a chart of `entries`; columns stand in the order of `nodes`, those that nothing happens at are left out.
    public init(_ entries: [TraceEntry], nodes: [String], width: Int = 100) {
        self.entries = entries
        let used = Set(entries.flatMap { [$0.sender, $0.receiver ?? Self.place($0)] })
        columns = nodes.filter(used.contains)
        self.width = width
    }

    /// The chart as lines of text.
    public var lines: [String] {
        guard !columns.isEmpty, let start = entries.first?.time else { return [] }
        return [header, Self.text(lifelines())] + entries.flatMap { rows($0, start: start) }
    }

    private static let timeWidth = 11

    private var spacing: Int {
        let available = (width - Self.timeWidth) / max(1, columns.count)
        return max(12, min(34, available))
    }

    private func center(_ column: Int) -> Int { Self.timeWidth + spacing / 2 + column * spacing }

    private var header: String {
        var line = Array(repeating: Character(" "), count: Self.timeWidth + spacing * columns.count)
        for (index, name) in columns.enumerated() { Self.put(name, into: &line, centeredAt: center(index)) }
        return Self.text(line)
    }

    private func lifelines() -> [Character] {
        var line = Array(repeating: Character(" "), count: Self.timeWidth + spacing * columns.count)
        for index in columns.indices { line[center(index)] = "│" }
        return line
    }

    private func rows(_ entry: TraceEntry, start: ProtocolInstant) -> [String] {
        guard let from = columns.firstIndex(of: entry.sender) else { return [] }
        let target = entry.receiver ?? Self.place(entry)
        let to = columns.firstIndex(of: target) ?? (from + 1 < columns.count ? from + 1 : max(0, from - 1))
        var label = lifelines()
        let time = Self.milliseconds(entry.time - start)
        for (offset, character) in time.enumerated() { label[offset] = character }
        let low = center(min(from, to))
        let high = center(max(from, to))
        let lost = Self.reason(entry)
        let text = entry.meaning + (lost.map { " (\($0))" } ?? "")
        let position = max(Self.timeWidth, (low + high) / 2 - text.count / 2)
        if position + text.count > label.count {
            label += Array(repeating: " ", count: position + text.count - label.count)
        }
        for (offset, character) in text.enumerated() { label[position + offset] = character }
        var arrow = lifelines()
        if low != high {
            for index in low + 1..<high { arrow[index] = "─" }
            for index in columns.indices where center(index) > low && center(index) < high {
                arrow[center(index)] = "┼"
            }
        }
        let isLost = entry.receiver == nil
        arrow[center(from)] = from <= to ? "├" : "┤"
        if to > from { arrow[center(to) - 1] = isLost ? "x" : ">" } else { arrow[center(to) + 1] = isLost ? "x" : "<" }
        return [Self.text(label), Self.text(arrow)]
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

    private static func put(_ text: String, into line: inout [Character], centeredAt position: Int) {
        let start = max(0, position - text.count / 2)
        for (offset, character) in text.enumerated() where start + offset < line.count {
            line[start + offset] = character
        }
    }

    private static func text(_ line: [Character]) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return String(line)
    }

    private static func milliseconds(_ duration: Duration) -> String {
        let tenths = duration.wholeNanoseconds / 100_000
        let text = "\(tenths / 10).\(tenths % 10) ms"
        return String(repeating: " ", count: max(0, 10 - text.count)) + text
    }
}
