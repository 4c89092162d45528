public import TeredoWire

/// What is told about the peers of a client.
extension TeredoClient {
    /// At most `limit` of the peers: the proved ones first, in each group those used last first.
    public func peerSummaries(limit: Int, now: ProtocolInstant) -> [PeerSummary] {
        contacts.summaries(limit: limit, now: now)
    }

    /// The addresses of at most `limit` of the peers, in the same order.
    public func peerAddresses(limit: Int) -> [IPv6Address] {
        contacts.peers.newest(limit).map { contacts.address(of: $0) }
    }

    /// One of the peers; `nil` when nothing is known of it.
    public func peerSummary(of address: IPv6Address, now: ProtocolInstant) -> PeerSummary? {
        contacts.summary(of: address, now: now)
    }

    /// Begins or ends to note which way packets for each peer go, for ``pollPathChange(now:)``.
    public mutating func watchPaths(_ isOn: Bool) { contacts.watchPaths(isOn) }

    /// Whether changes of path are noted.
    public var isWatchingPaths: Bool { contacts.peers.journal.isOn }

    /// The next change of the way to a peer, in the order of the changes; `nil` when there is none.
    ///
    /// What changes more than once between two calls is told as it is at last. A turn is bounded: call again while
    /// ``nextPathChange`` is not later than `now`.
    public mutating func pollPathChange(now: ProtocolInstant) -> PeerPathChange? {
        contacts.pollPathChange(now: now) { PeerSummary($0, address: $1, now: now) }
    }

    /// When ``pollPathChange(now:)`` has something to do.
    public var nextPathChange: ProtocolInstant? { contacts.peers.nextPathChange }
}
