/// What those who subscribed are told: a line of JSON with the key `event`.
package struct ControlEvent: Hashable, Sendable, Codable {
    /// The kinds of events.
    package enum Kind: String, CaseIterable, Hashable, Sendable, Codable {
        /// A client changed its state.
        case state
        /// Packets for a peer go another way.
        case path
        /// Messages were sent or received; told only to who asked for it.
        case exchange
    }

    /// The version of the protocol: 2.
    package var version = ControlProtocol.version
    /// What kind of event it is: the key that is there.
    package var event: Kind
    /// The state that was entered.
    package var state: StateChange?
    /// The path that changed.
    package var path: PathChange?
    /// The messages.
    package var exchange: MessageExchange?

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

    /// Messages were sent or received.
    package init(_ exchange: MessageExchange) {
        event = .exchange
        self.exchange = exchange
    }
}

/// The answer to `subscribe`.
package struct ControlSubscription: Hashable, Sendable, Codable {
    /// The kinds of events that follow.
    package var events: [ControlEvent.Kind]

    /// All kinds, or all but the one that is told only to who asks for it.
    package init(withExchanges: Bool) {
        events = ControlEvent.Kind.allCases.filter { $0 != .exchange || withExchanges }
    }
}
