import TeredoHost
import Testing

@Suite("Styled lines")
struct StyledLineTests {
    private static var line: StyledLine {
        var line = StyledLine("abc", .bold)
        line.append(" def", .plain)
        return line
    }

    @Test("what stands out does so only where there are colours")
    func colours() {
        #expect(Self.line.text(isColored: false) == "abc def")
        #expect(Self.line.text(isColored: true) == "\u{1B}[1mabc\u{1B}[0m def")
    }

    @Test(
        "nothing is cut off without a sign",
        arguments: [(7, "abc def"), (6, "abc d~"), (4, "abc~"), (2, "a~"), (1, "~"), (0, "")]
    )
    func cut(columns: Int, expected: String) {
        let line = Self.line.fitted(to: columns, sign: "~")
        #expect(line.plainText == expected && line.width == expected.count)
    }

    @Test("lines are filled up, and never shortened by that")
    func padding() {
        #expect(Self.line.padded(to: 9).plainText == "abc def  ")
        #expect(Self.line.padded(to: 3).plainText == "abc def")
    }

    @Test("text that would move the cursor or change the terminal cannot")
    func harmless() {
        #expect(StyledLine("a\u{1B}[2Jb\r\n\u{9B}c\u{7F}é").plainText == "a?[2Jb???c?é")
    }
}

@Suite("Wrapped text")
struct WrappedTextTests {
    @Test(
        "is as wide as told, but for words that are wider",
        arguments: [
            (100, ["> one two three"]), (12, ["> one two", "  three"]), (9, ["> one two", "  three"]),
            (8, ["> one", "  two", "  three"]), (1, ["> one", "  two", "  three"]),
        ]
    )
    func width(columns: Int, expected: [String]) {
        #expect(WrappedText.lines("one two three", first: "> ", rest: "  ", width: columns) == expected)
    }
}
