import TeredoHost

/// A change of a client's state that lies behind.
package struct StateChange: Hashable, Sendable, Codable {
    /// How many seconds ago it was.
    package var secondsAgo: Int
    /// The state that was entered: `offline`, `qualifying` or `qualified`.
    package var state: String
    /// The phase of qualification that was entered; absent when not qualifying.
    package var phase: String?
    /// Why.
    package var reason: String

    /// Makes a record of a state with its reason.
    package init(secondsAgo: Int, state: String, phase: String? = nil, reason: String) {
        self.secondsAgo = secondsAgo
        self.state = state
        self.phase = phase
        self.reason = reason
    }

    /// How many changes a client remembers.
    package static let limit = 16

    /// The change in words.
    var text: String {
        let name = phase.map { "\(state), \($0) phase" } ?? state
        return "\(TimeText.duration(seconds: secondsAgo)) ago \(name): \(reason)"
    }
}
