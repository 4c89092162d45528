/// An option value that cannot be used: which option, what is wrong with it, and what would be right.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The option, such as `--server`.
    package let option: String
    /// What is wrong with its value and what would be right.
    package let problem: String

    /// Makes an error about one option.
    package init(_ option: String, _ problem: String) {
        self.option = option
        self.problem = problem
    }

    /// Option and problem.
    package var description: String { "\(option): \(problem)" }
}
