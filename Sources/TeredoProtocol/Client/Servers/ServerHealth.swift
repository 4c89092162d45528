public import TeredoWire

/// What a client knows about one of its servers.
public struct ServerHealth: Hashable, Sendable {
    /// What a server is to the client.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// The client is qualified with it.
        case inUse = "in-use"
        /// It answers, and another one is in use.
        case standby
        /// It did not answer when it was last asked.
        case silent
        /// It was not asked yet.
        case unknown
    }

    /// The server.
    public let addresses: ServerAddresses
    /// What it is to the client.
    public let state: State
    /// Whether it is still listed; one in use that left the list stays until nothing uses the address.
    public let isListed: Bool
    /// The smoothed round-trip time of solicitations.
    public let roundTrip: Duration?
    /// When it last answered a solicitation.
    public let lastAnswer: ProtocolInstant?
    /// How many solicitations in a row it did not answer.
    public let failures: Int

    init(_ entry: ServerPool.Entry, isInUse: Bool) {
        addresses = entry.addresses
        state =
            if isInUse {
                .inUse
            } else if entry.failures > 0 {
                .silent
            } else {
                entry.lastAnswer == nil ? .unknown : .standby
            }
        isListed = entry.isListed
        roundTrip = entry.roundTrip
        lastAnswer = entry.lastAnswer
        failures = entry.failures
    }
}
