/// A line for a terminal, parts of which stand out; plain text where there are no colours.
package struct StyledLine: Hashable, Sendable {
    /// How a part of a line stands out.
    package enum Style: String, Hashable, Sendable {
        case plain = ""
        case bold = "1"
        case faint = "2"
        case reverse = "7"
        case good = "32"
        case warning = "33"
        case bad = "1;31"
    }

    private struct Span: Hashable, Sendable {
        var text: String
        var style: Style
    }

    private var spans: [Span] = []

    /// An empty line, or one with a text.
    package init(_ text: String = "", _ style: Style = .plain) {
        append(text, style)
    }

    /// Puts text behind what is there; what would move the cursor or change the terminal becomes a question mark.
    package mutating func append(_ text: String, _ style: Style = .plain) {
        guard !text.isEmpty else { return }
        let isHarmless = text.unicodeScalars.allSatisfy { !Self.isControl($0) }
        let clean = isHarmless ? text : String(text.unicodeScalars.map { Self.isControl($0) ? "?" : Character($0) })
        spans.append(Span(text: clean, style: style))
    }

    /// The number of columns that the line takes.
    package var width: Int { spans.reduce(0) { $0 + $1.text.count } }

    /// The text without emphasis.
    package var plainText: String { spans.map(\.text).joined() }

    /// Fills up with spaces to a number of columns.
    package func padded(to columns: Int, _ style: Style = .plain) -> Self {
        var line = self
        line.append(String(repeating: " ", count: max(0, columns - width)), style)
        return line
    }

    /// The line, or as much of it as fits in front of `sign`, which says that there is more.
    package func fitted(to columns: Int, sign: String) -> Self {
        guard width > columns else { return self }
        var rest = max(0, columns - sign.count)
        var line = Self()
        for span in spans where rest > 0 {
            let text = String(span.text.prefix(rest))
            rest -= text.count
            line.append(text, span.style)
        }
        line.append(String(sign.prefix(max(0, columns))))
        return line
    }

    /// The text with the control sequences of ECMA-48 where `isColored`.
    package func text(isColored: Bool) -> String {
        guard isColored else { return plainText }
        return spans.map { span in
            span.style == .plain ? span.text : "\u{1B}[\(span.style.rawValue)m\(span.text)\u{1B}[0m"
        }.joined()
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
}
