package import TeredoProtocol
package import TeredoWire

/// Packets for a peer go another way than before.
package struct PathChange: Hashable, Sendable, Codable {
    /// The IPv6 address of the peer.
    package var address: IPv6Address
    /// The way now.
    package var path: PeerSummary.Path
    /// Where packets go on UDP; absent when there is no way.
    package var endpoint: UDPEndpoint?
    /// The way before.
    package var previousPath: PeerSummary.Path
    /// Where packets went; absent when there was no way.
    package var previousEndpoint: UDPEndpoint?
}

extension PathChange {
    /// What a machine told.
    package init(_ change: PeerPathChange) {
        self.init(
            address: change.address,
            path: change.path,
            endpoint: change.endpoint,
            previousPath: change.previousPath,
            previousEndpoint: change.previousEndpoint
        )
    }
}
