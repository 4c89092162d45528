import TeredoChart
import TeredoLinux

/// The page that text goes to: a terminal, or whatever reads it.
enum PageStyle {
    /// Its columns and characters: those of the terminal, or COLUMNS, or 80; ASCII unless the locale has UTF-8.
    static var current: ChartStyle {
        let traits = TerminalTraits.ofStandardOutput
        let columns = ChildProcess.environmentVariable("COLUMNS").flatMap { Int($0) } ?? traits.columns
        return ChartStyle(
            width: traits.rows == nil ? min(max(columns, 20), 1000) : traits.columns,
            characters: traits.isUnicode ? .unicode : .ascii
        )
    }
}
