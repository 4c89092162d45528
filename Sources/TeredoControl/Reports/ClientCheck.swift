/// The answer to `check` on the control socket: what a running client knows to be in its way; it asks nobody for it.
package struct ClientCheck: Hashable, Sendable, Codable {
    /// The problem that decides, if any.
    package var verdict: CheckVerdict
    /// Whether the client works.
    package var works: Bool
    /// What is in the way, what matters most first.
    package var problems: [CheckProblem]

    /// Makes an answer.
    package init(verdict: CheckVerdict, works: Bool, problems: [CheckProblem]) {
        self.verdict = verdict
        self.works = works
        self.problems = problems
    }
}
