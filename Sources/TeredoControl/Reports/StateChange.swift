package import TeredoHost
package import TeredoProtocol

/// A change of a client's state that lies behind.
package struct StateChange: Hashable, Sendable, Codable {
    /// How long ago it was.
    @JSONTime<Seconds> package var age: Duration
    /// The state that was entered.
    package var state: ConnectivityState
    /// The phase of qualification that was entered; absent when not qualifying.
    package var phase: ConnectivityStatus.Phase?
    /// Why.
    package var cause: StateCause
    /// The same, a phrase for people.
    package var reason: String

    /// Makes a record of a state with its reason.
    package init(
        age: Duration,
        state: ConnectivityState,
        phase: ConnectivityStatus.Phase? = nil,
        cause: StateCause,
        reason: String
    ) {
        self.age = age
        self.state = state
        self.phase = phase
        self.cause = cause
        self.reason = reason
    }

    private enum CodingKeys: String, CodingKey {
        case age = "secondsAgo"
        case state, phase, cause, reason
    }

    /// How many changes a client remembers.
    package static let limit = 16

    /// The change in words.
    var text: String {
        let name = phase.map { "\(state), \($0) phase" } ?? state.rawValue
        return "\(TimeText.duration(age)) ago \(name): \(reason)"
    }
}

extension StateChange {
    /// A change to the state of a machine, for a reason that it gave.
    package init(to status: ConnectivityStatus, _ reason: StateChangeReason, age: Duration) {
        self.init(
            age: age,
            state: ConnectivityState(status),
            phase: status.phase,
            cause: StateCause(reason),
            reason: reason.description
        )
    }
}
