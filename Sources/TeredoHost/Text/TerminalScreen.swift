/// Text that takes the place of what a terminal shows, with the control sequences of ECMA-48.
package enum TerminalScreen {
    /// Writes `text` from the upper left corner on, as much as fits.
    ///
    /// One row is left for the line end that follows. What was there before is erased line by line, so that nothing
    /// flickers, and long lines are cut off at the margin (DECAWM) instead of pushing others out. A terminal of 0 rows does
    /// not know its size.
    package static func replacing(with text: String, rows: Int) -> String {
        let all = text.split(separator: "\n", omittingEmptySubsequences: false)
        let shown = rows > 0 ? all.prefix(max(1, rows - 1)) : all[...]
        let lines = shown.map { $0 + "\u{1B}[K" }.joined(separator: "\n")
        return "\u{1B}[?7l\u{1B}[H\(lines)\u{1B}[J\u{1B}[?7h"
    }
}
