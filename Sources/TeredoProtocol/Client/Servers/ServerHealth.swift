import TeredoWire

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
}

extension TeredoClient {
    /// The servers in order of preference, with what is known of them.
    ///
    /// An address that was only ever heard of as the secondary address of another server is not a server.
    public var servers: [ServerHealth] {
        pool.entries.indices.filter { isServer($0) }.map { index in
            let entry = pool.entries[index]
            let state: ServerHealth.State =
                if index == pool.current, address != nil {
                    .inUse
                } else if entry.failures > 0 {
                    .silent
                } else {
                    entry.lastAnswer == nil ? .unknown : .standby
                }
            return ServerHealth(
                addresses: entry.addresses,
                state: state,
                isListed: entry.isListed,
                roundTrip: entry.roundTrip,
                lastAnswer: entry.lastAnswer,
                failures: entry.failures
            )
        }
    }

    private func isServer(_ index: Int) -> Bool {
        let entry = pool.entries[index]
        return entry.lastAnswer != nil || index == pool.current
            || !pool.entries.contains { $0.addresses.secondary == entry.addresses.primary && $0.lastAnswer != nil }
    }
}
