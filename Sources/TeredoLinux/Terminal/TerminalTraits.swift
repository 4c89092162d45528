import CTeredoLinux

/// What standard output can show.
package struct TerminalTraits: Hashable, Sendable {
    /// The number of columns; 80 without a terminal, or where it does not tell.
    package var columns = 80
    /// The number of rows; `nil` without a terminal: then there is no end.
    package var rows: Int?
    /// Whether text can take the place of other text: on a terminal, unless TERM says `dumb`.
    package var isScreen = false
    /// Whether colours may be used: on a terminal, unless NO_COLOR is set (no-color.org) or TERM says `dumb`.
    package var isColored = false
    /// Whether more than ASCII can be shown.
    package var isUnicode = false

    /// No terminal.
    package init() {}

    /// What is behind standard output now, by the environment as far as that decides.
    package static var ofStandardOutput: Self { Self(environment: ChildProcess.environmentVariable) }

    /// What is behind standard output now, in an environment.
    package init(environment: (String) -> String?) {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap(environment).first { !$0.isEmpty } ?? ""
        isUnicode = ["UTF-8", "UTF8"].contains { locale.uppercased().contains($0) }
        let rows = teredo_terminal_rows(1)
        guard rows >= 0 else { return }
        let columns = teredo_terminal_columns(1)
        // A terminal of no size does not know it.
        self.rows = rows > 0 ? Int(rows) : 24
        if columns > 0 { self.columns = Int(columns) }
        isScreen = environment("TERM") != "dumb"
        isColored = isScreen && environment("NO_COLOR").map(\.isEmpty) ?? true
    }

    /// What stands where something was cut off.
    package var ellipsis: String { isUnicode ? "…" : "~" }
}
