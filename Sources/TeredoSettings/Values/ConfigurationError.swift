/// An option value that cannot be used: which option, what is wrong with it, and what would be right.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The option, such as `--server`.
    package let option: String
    /// What is wrong with its value and what would be right.
    package let problem: String

    /// What else is wrong in the same file.
    package let further: [ConfigurationError]

    /// Makes an error about one option.
    package init(_ option: String, _ problem: String, further: [ConfigurationError] = []) {
        self.option = option
        self.problem = problem
        self.further = further
    }

    /// This error and what else is wrong, each by itself.
    package var all: [ConfigurationError] { [ConfigurationError(option, problem)] + further }

    /// Option and problem, and how many more there are.
    package var description: String {
        let rest = further.isEmpty ? "" : " (and \(further.count) more: see 'teredo config check')"
        return "\(option): \(problem)\(rest)"
    }
}
