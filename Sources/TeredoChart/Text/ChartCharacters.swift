/// The characters that text for people is made of.
package enum ChartCharacters: Hashable, Sendable {
    /// Lines and arrows of Unicode.
    case unicode
    /// ASCII alone, for terminals that show no more.
    case ascii

    var lifeline: Character { self == .unicode ? "│" : "|" }
    var shaft: Character { self == .unicode ? "─" : "-" }
    var crossing: Character { self == .unicode ? "┼" : "+" }
    var startToRight: Character { self == .unicode ? "├" : "|" }
    var startToLeft: Character { self == .unicode ? "┤" : "|" }

    /// `text` in these characters; what ASCII has no word for becomes a question mark.
    package func text(_ text: String) -> String {
        guard self == .ascii, !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
        return text.map { character in
            character.isASCII ? String(character) : Self.substitutes[character] ?? "?"
        }.joined()
    }

    private static let substitutes: [Character: String] = [
        "→": "->", "←": "<-", "↔": "<->", "⇒": "=>", "…": "...", "×": "x", "─": "-", "│": "|",
    ]
}
