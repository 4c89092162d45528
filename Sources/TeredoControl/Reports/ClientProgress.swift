package import TeredoHost
package import TeredoProtocol

/// How far a client has come: part of ``ClientStatus``.
package struct ClientProgress: Hashable, Sendable, Codable {
    /// What the client has to offer.
    package var state: ConnectivityState
    /// The phase of qualification while qualifying.
    @OrNull package var phase: ConnectivityStatus.Phase?
    /// Why the state is what it is.
    @OrNull package var cause: StateCause?
    /// The same, a phrase for people.
    @OrNull package var reason: String?
    /// How long the state has lasted.
    @JSONTime<Seconds> package var age: Duration = .zero
    /// How long it is to the next attempt while offline.
    @JSONTimeOrNull<Seconds> package var retry: Duration?
    /// The last changes of state, at most 16, the newest first.
    package var history: [StateChange] = []

    /// Makes a report of a state of which nothing else is known.
    package init(_ state: ConnectivityState) {
        self.state = state
    }

    private enum CodingKeys: String, CodingKey {
        case state, phase, cause, reason
        case age = "stateSeconds"
        case retry = "retrySeconds"
        case history
    }
}
