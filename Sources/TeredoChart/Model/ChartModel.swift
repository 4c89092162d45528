/// Who sent what to whom, and when: a sequence chart, however it is drawn.
package struct ChartModel: Hashable, Sendable {
    /// What it shows; empty where that is said elsewhere.
    package var title: String
    /// The names of the columns, from left to right.
    package var participants: [String]
    /// The rows, in the order of time.
    package var rows: [ChartRow]

    /// Makes a chart.
    package init(title: String = "", participants: [String], rows: [ChartRow]) {
        self.title = title
        self.participants = participants
        self.rows = rows
    }
}
