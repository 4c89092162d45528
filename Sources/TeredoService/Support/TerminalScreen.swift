/// Text that takes the place of what a terminal shows, with the control sequences of ECMA-48.
package enum TerminalScreen {
    /// Writes `text` from the upper left corner on, as much as fits.
    ///
    /// One row is left for the line end that follows. What was there before is erased line by line, so that nothing
    /// flickers. A terminal of 0 rows does not know its size.
    package static func replacing(with text: String, rows: Int) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let shown = rows > 0 ? lines.prefix(max(1, rows - 1)) : lines[...]
        return "\u{1B}[H" + shown.map { $0 + "\u{1B}[K" }.joined(separator: "\n") + "\u{1B}[J"
    }
}
