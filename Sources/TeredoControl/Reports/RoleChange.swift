import TeredoHost

/// A role that `teredo auto` took on.
package struct RoleChange: Hashable, Sendable, Codable {
    /// How many seconds ago it was.
    package var secondsAgo: Int
    /// The role: `client`, `host-relay` or `dormant`.
    package var role: String
    /// Why.
    package var reason: String

    /// Makes a record of a role with its reason.
    package init(secondsAgo: Int, role: String, reason: String) {
        self.secondsAgo = secondsAgo
        self.role = role
        self.reason = reason
    }

    /// How many changes are remembered, the role of now included.
    package static let limit = 16

    /// The rows of a report for people: why the role is what it is, and what it was before.
    static func rows(_ roles: [RoleChange]?) -> [(name: String, value: String)] {
        guard let roles, let current = roles.first else { return [] }
        let since = TimeText.duration(seconds: current.secondsAgo)
        var rows = [(name: "Chosen By", value: "teredo auto, \(since) ago: \(current.reason)")]
        for (number, change) in roles.dropFirst().prefix(shown).enumerated() {
            let text = "\(TimeText.duration(seconds: change.secondsAgo)) ago \(change.role): \(change.reason)"
            rows.append((number == 0 ? "Earlier Roles" : "", text))
        }
        return rows
    }

    /// How many of the earlier roles are shown to people; JSON has them all.
    private static let shown = 3
}
