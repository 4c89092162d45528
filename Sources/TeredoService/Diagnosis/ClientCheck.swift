/// The answer to `check` on the control socket: what a running client knows to be in its way; it asks nobody for it.
package struct ClientCheck: Hashable, Sendable, Codable {
    /// The name of the problem that decides, or `works`.
    package var verdict: String
    /// Whether the client works.
    package var works: Bool
    /// What is in the way, what matters most first.
    package var problems: [CheckProblem]

    /// Draws the conclusions from a client's status.
    package init(_ status: ClientStatus) {
        let report = CheckReport(of: status)
        verdict = report.verdict
        works = report.isWorking
        problems = report.problems
    }
}
