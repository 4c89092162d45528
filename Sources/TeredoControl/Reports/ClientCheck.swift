/// The answer to `check` on the control socket: what a running client knows to be in its way; it asks nobody for it.
package struct ClientCheck: Hashable, Sendable, Codable {
    /// The name of the problem that decides, or `works`.
    package var verdict: String
    /// Whether the client works.
    package var works: Bool
    /// What is in the way, what matters most first.
    package var problems: [CheckProblem]

    /// Makes an answer.
    package init(verdict: String, works: Bool, problems: [CheckProblem]) {
        self.verdict = verdict
        self.works = works
        self.problems = problems
    }
}
