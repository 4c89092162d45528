package import TeredoHost
package import TeredoSettings

/// A role that `teredo auto` took on.
package struct RoleChange: Hashable, Sendable, Codable {
    /// How long ago it was.
    @JSONTime<Seconds> package var age: Duration
    /// The role.
    package var role: AutoRole
    /// Why.
    package var cause: RoleCause
    /// The same, a phrase for people.
    package var reason: String

    /// Makes a record of a role with its reason.
    package init(age: Duration, role: AutoRole, cause: RoleCause, reason: String) {
        self.age = age
        self.role = role
        self.cause = cause
        self.reason = reason
    }

    private enum CodingKeys: String, CodingKey {
        case age = "secondsAgo"
        case role, cause, reason
    }

    /// How many changes are remembered, the role of now included.
    package static let limit = 16

    /// The rows of a report for people: why the role is what it is, and what it was before.
    static func rows(_ roles: [RoleChange]?) -> [(name: String, value: String)] {
        guard let roles, let current = roles.first else { return [] }
        let since = TimeText.duration(current.age)
        var rows = [(name: "Chosen By", value: "teredo auto, \(since) ago: \(current.reason)")]
        for (number, change) in roles.dropFirst().prefix(shown).enumerated() {
            let text = "\(TimeText.duration(change.age)) ago \(change.role): \(change.reason)"
            rows.append((number == 0 ? "Earlier Roles" : "", text))
        }
        return rows
    }

    /// How many of the earlier roles are shown to people; JSON has them all.
    private static let shown = 3
}
