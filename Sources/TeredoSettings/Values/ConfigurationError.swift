/// An option value that cannot be used: which option, what is wrong with it, and what would be right.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The option, such as `--server`, or where it is set and its name, such as `client.yaml:3: server`.
    package let option: String
    /// Where the option is set, such as `client.yaml:3`; the option itself where that is not known.
    package private(set) var place: String
    /// What is wrong with its value and what would be right.
    package let problem: String

    /// What else is wrong in the same file.
    package let further: [ConfigurationError]

    /// Makes an error about one option.
    package init(_ option: String, _ problem: String, further: [ConfigurationError] = []) {
        self.option = option
        place = option
        self.problem = problem
        self.further = further
    }

    /// This error and what else is wrong, each by itself.
    package var all: [ConfigurationError] { [with([])] + further }

    /// This error, with the place where the option is set.
    func at(_ place: String) -> Self {
        var result = self
        result.place = place
        return result
    }

    /// This error, with what else is wrong in the same file.
    func with(_ further: [Self]) -> Self { Self(option, problem, further: further).at(place) }

    /// Option and problem, and how many more there are.
    package var description: String {
        let rest = further.isEmpty ? "" : " (and \(further.count) more: see 'teredo config check')"
        return "\(option): \(problem)\(rest)"
    }
}
