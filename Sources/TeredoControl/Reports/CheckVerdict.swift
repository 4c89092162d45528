/// What a check ends in: nothing is in the way, or the problem that matters most.
package enum CheckVerdict: Hashable, Sendable, Codable {
    /// A client works.
    case works
    /// The problem that decides.
    case problem(CheckProblem.Name)
}

extension CheckVerdict: RawRepresentable, CustomStringConvertible {
    /// Reads what scripts see.
    package init?(rawValue: String) {
        if rawValue == Self.works.rawValue {
            self = .works
        } else if let name = CheckProblem.Name(rawValue: rawValue) {
            self = .problem(name)
        } else {
            return nil
        }
    }

    /// What scripts see: `works`, or the name of the problem.
    package var rawValue: String {
        switch self {
        case .works: "works"
        case .problem(let name): name.rawValue
        }
    }

    package var description: String { rawValue }
}
