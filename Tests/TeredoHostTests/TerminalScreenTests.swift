import TeredoHost
import Testing

@Suite("Terminal screen")
struct TerminalScreenTests {
    @Test(
        "text is written over what was there, and as many lines as leave room for the cursor",
        arguments: [(0, "abc"), (5, "abc"), (4, "abc"), (3, "ab"), (2, "a"), (1, "a")]
    )
    func fits(rows: Int, lines: String) {
        let expected = lines.map { "\($0)\u{1B}[K" }.joined(separator: "\n")
        let screen = TerminalScreen.replacing(with: "a\nb\nc", rows: rows)
        #expect(screen == "\u{1B}[?7l\u{1B}[H\(expected)\u{1B}[J\u{1B}[?7h")
    }
}
