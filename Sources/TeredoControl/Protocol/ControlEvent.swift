/// What those who subscribed are told: a line of JSON with the key `event`.
package struct ControlEvent: Hashable, Sendable, Codable {
    /// The kinds of events.
    package enum Kind: String, CaseIterable, Hashable, Sendable, Codable {
        /// A client changed its state.
        case state
        /// Packets for a peer go another way.
        case path
    }

    /// The version of the protocol: 2.
    package var version = ControlProtocol.version
    /// What kind of event it is: the key that is there.
    package var event: Kind
    /// The state that was entered.
    package var state: StateChange?
    /// The path that changed.
    package var path: PathChange?

    /// A client changed its state.
    package init(_ state: StateChange) {
        event = .state
        self.state = state
    }

    /// Packets for a peer go another way.
    package init(_ path: PathChange) {
        event = .path
        self.path = path
    }
}

/// The answer to `subscribe`.
package struct ControlSubscription: Hashable, Sendable, Codable {
    /// The kinds of events that follow.
    package var events = ControlEvent.Kind.allCases
}
