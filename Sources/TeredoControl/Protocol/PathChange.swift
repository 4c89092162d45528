package import TeredoProtocol
import TeredoWire

/// Packets for a peer go another way than before.
package struct PathChange: Hashable, Sendable, Codable {
    /// The IPv6 address of the peer.
    package var address: String
    /// The way now.
    package var path: String
    /// Where packets go on UDP; absent when there is no way.
    package var endpoint: String?
    /// The way before.
    package var previousPath: String
    /// Where packets went; absent when there was no way.
    package var previousEndpoint: String?
}

extension PathChange {
    /// What a machine told.
    package init(_ change: PeerPathChange) {
        self.init(
            address: change.address.description,
            path: change.path.rawValue,
            endpoint: change.endpoint?.description,
            previousPath: change.previousPath.rawValue,
            previousEndpoint: change.previousEndpoint?.description
        )
    }
}
