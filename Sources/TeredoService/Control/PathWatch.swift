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

/// Notices changes of path by looking at the peers again and again.
///
/// A machine does not tell them all: a path also ends by nothing coming for 30 s. So somebody has to look, and does so only
/// while somebody subscribed.
struct PathWatch {
    private var paths: [String: PingPath]?
    /// When to look again, in nanoseconds.
    private(set) var nextLook = Int64.min

    /// How many peers are looked at.
    static let peerLimit = ControlParameter.peerLimits.upperBound
    private static let interval: Int64 = 250_000_000

    /// What changed since the last look; the first look finds nothing.
    mutating func changes(of peers: [PeerStatus], now: Int64) -> [PathChange] {
        nextLook = now + Self.interval
        let old = paths
        paths = Dictionary(peers.map { ($0.address, PingPath($0)) }) { first, _ in first }
        guard let old else { return [] }
        return peers.compactMap { peer in
            let path = PingPath(peer)
            let previous = old[peer.address] ?? .idle
            guard path != previous else { return nil }
            return PathChange(
                address: peer.address,
                path: path.path,
                endpoint: path.endpoint,
                previousPath: previous.path,
                previousEndpoint: previous.endpoint
            )
        }
    }

    /// Begins anew.
    mutating func reset() {
        guard paths != nil else { return }
        self = Self()
    }
}
