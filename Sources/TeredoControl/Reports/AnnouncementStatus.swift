/// What a role has announced by routes in a table of its own (docs/fleet.md).
package struct AnnouncementStatus: Hashable, Sendable, Codable {
    /// Whether, and how, a role is announced.
    package enum State: String, Hashable, Sendable, Codable {
        /// The routes are there.
        case announced
        /// The routes are there, with a metric that says to prefer others: the role is over its limits.
        case reserve
        /// The routes are gone.
        case withdrawn
    }

    /// The number of the routing table.
    package var table: Int
    /// Whether the routes are there.
    package var state: State
    /// Why the role is not simply announced; absent when it is.
    package var reason: String?
    /// What the routes lead to, as address and length.
    package var prefixes: [String]

    /// Describes an announcement.
    package init(table: Int, state: State, reason: String? = nil, prefixes: [String]) {
        self.table = table
        self.state = state
        self.reason = reason
        self.prefixes = prefixes
    }

    /// The same for people.
    package var phrase: String {
        let what = prefixes.joined(separator: ", ")
        let why = reason.map { ": \($0)" } ?? ""
        return switch state {
        case .announced: "\(what) in table \(table)\(why)"
        case .reserve: "\(what) in table \(table), as a reserve\(why)"
        case .withdrawn: "withdrawn\(why)"
        }
    }
}
