/// One row of a sequence chart: an arrow between two participants with its label, or a remark.
package struct ChartRow: Hashable, Sendable {
    /// How an arrow ends.
    package enum Ending: Hashable, Sendable {
        /// At the participant.
        case arrives
        /// On the way there.
        case lost
        /// At both ends: several packets, each way.
        case bothWays
    }

    /// What is drawn.
    package enum Kind: Hashable, Sendable {
        /// An arrow from one participant to another, by their positions.
        case arrow(from: Int, to: Int, Ending)
        /// Text alone.
        case remark
    }

    /// When it happened, since the first row; `nil` where that says nothing.
    package let time: Duration?
    /// Arrow or remark.
    package let kind: Kind
    /// What it means.
    package let label: String

    /// Makes a row.
    package init(time: Duration?, _ kind: Kind, label: String) {
        self.time = time
        self.kind = kind
        self.label = label
    }

    /// The time in milliseconds with one decimal, such as `63.0 ms`; from 10 s on in seconds.
    package var timeText: String? {
        guard let time else { return nil }
        let tenths = Int64(time / .microseconds(100))
        if tenths.magnitude < 100_000 { return "\(tenths / 10).\((tenths % 10).magnitude) ms" }
        return "\(tenths / 10_000).\((tenths / 1000 % 10).magnitude) s"
    }
}
