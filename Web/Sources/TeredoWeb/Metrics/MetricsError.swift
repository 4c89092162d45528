/// A line that is not of Prometheus' text format.
package struct MetricsError: Error, Hashable, CustomStringConvertible {
    /// Which line, from 1.
    package var line: Int
    /// What is wrong with it.
    package var problem: String

    package var description: String { "line \(line) of its metrics \(problem)" }
}
