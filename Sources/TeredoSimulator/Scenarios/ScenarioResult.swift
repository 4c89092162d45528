/// What came out of a scenario.
public struct ScenarioResult: Sendable {
    /// The scenario.
    public let scenario: Scenario
    /// Whether it ended as the figure says.
    public let isSuccess: Bool
    /// One sentence about the outcome.
    public let summary: String
    /// The packets of the exchange alone.
    public let exchange: [TraceEntry]
    /// The chart of the exchange.
    public let chart: SequenceChart
}
