/// Why an operation failed: what was wrong with what, and what to do about it.
package struct ServiceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong, with what.
    package let message: String
    /// What to do about it.
    package let remedy: String

    /// Whether a privilege is missing.
    package private(set) var isForLackOfPrivilege = false

    /// Whether nobody is there who could have done it; one who is and does not is worth more words.
    package private(set) var isForAbsence = false

    /// Makes an error from two phrases without a full stop.
    package init(
        _ message: String,
        remedy: String,
        isForLackOfPrivilege: Bool = false,
        isForAbsence: Bool = false
    ) {
        self.message = message
        self.remedy = remedy
        self.isForLackOfPrivilege = isForLackOfPrivilege
        self.isForAbsence = isForAbsence
    }

    /// The error that says most about why none of several succeeded: the first that is not for absence; `nil` of none.
    package static func mostTelling(_ errors: [Self]) -> Self? { errors.first { !$0.isForAbsence } ?? errors.first }

    /// Both phrases.
    package var description: String { "\(message)\n  \(remedy)" }
}
