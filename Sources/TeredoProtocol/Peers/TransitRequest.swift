import TeredoWire

/// What is known of one transit relay that is asked for the way to a peer.
struct TransitRequest: Hashable, Sendable {
    /// The relay.
    let relay: Destination
    /// What the relay asks back to know that we receive at our endpoint; 0 before it did.
    var cookie: UInt64 = 0
    /// How often it was asked while it never answered.
    var unanswered = 0

    init(_ relay: Destination) { self.relay = relay }

    /// Whether it is worth asking: a relay that the peer named has to answer soon, so that nobody has many datagrams sent to a third
    /// party (docs/transit.md section 7).
    var isWorthAsking: Bool { cookie != 0 || unanswered < Self.limit }

    private static let limit = 3
}
