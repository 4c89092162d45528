public import TeredoWire

/// Packets for a peer go another way than before.
public struct PeerPathChange: Hashable, Sendable {
    /// The IPv6 address of the peer.
    public let address: IPv6Address
    /// The way now.
    public let path: PeerSummary.Path
    /// Where packets go on UDP; `nil` when there is no way.
    public let endpoint: UDPEndpoint?
    /// The way before.
    public let previousPath: PeerSummary.Path
    /// Where packets went; `nil` when there was no way.
    public let previousEndpoint: UDPEndpoint?

    init(address: IPv6Address, from previous: PathJournal.Way, to way: PathJournal.Way) {
        self.address = address
        path = way.path
        endpoint = way.endpoint
        previousPath = previous.path
        previousEndpoint = previous.endpoint
    }
}
