import TeredoControl
import TeredoHost

/// How wide an overview is.
package struct OverviewLayout: Hashable, Sendable {
    /// The number of columns.
    package let columns: Int
    /// The number of rows; `nil` where there is no end.
    package let rows: Int?
    /// What stands where a line was cut off.
    package let sign: String

    /// Makes a layout.
    package init(columns: Int, rows: Int? = nil, sign: String = "~") {
        self.columns = columns
        self.rows = rows
        self.sign = sign
    }

    /// A fact, with what does not fit below itself.
    func lines(_ row: StatusOverview.Row) -> [StyledLine] {
        let name = "  " + row.name + String(repeating: " ", count: max(1, Self.nameWidth - row.name.count))
        let rest = String(repeating: " ", count: name.count)
        return WrappedText.lines(row.value, first: name, rest: rest, width: columns).map { StyledLine($0) }
    }

    /// A problem, and what to do on a line of its own.
    func lines(_ problem: OverviewProblem) -> [StyledLine] {
        let style: StyledLine.Style = problem.severity == .blocking ? .bad : .warning
        let text = WrappedText.lines(problem.text, first: "! ", rest: "  ", width: columns)
        let remedy = WrappedText.lines(problem.remedy, first: "  -> ", rest: "     ", width: columns)
        return text.map { StyledLine($0, style) } + remedy.map { StyledLine($0) }
    }

    /// The columns of the names of facts, with the space behind them.
    private static let nameWidth = 13
}
