/// Why an operation failed: what was wrong with what, and what to do about it.
package struct ServiceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong, with what.
    package let message: String
    /// What to do about it.
    package let remedy: String

    /// Whether a privilege is missing.
    package private(set) var isForLackOfPrivilege = false

    /// Makes an error from two phrases without a full stop.
    package init(_ message: String, remedy: String, isForLackOfPrivilege: Bool = false) {
        self.message = message
        self.remedy = remedy
        self.isForLackOfPrivilege = isForLackOfPrivilege
    }

    /// Both phrases.
    package var description: String { "\(message)\n  \(remedy)" }
}
