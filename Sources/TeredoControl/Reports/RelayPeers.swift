/// Whom a relay remembers: part of ``RelayStatus``.
package struct RelayPeers: Hashable, Sendable, Codable {
    /// The number of peers remembered.
    package var count = 0
    /// The number of peers that proved to be who they say.
    package var trusted = 0
    /// The most peers that are remembered.
    package var limit = 0

    /// No peers yet.
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case count = "peers"
        case trusted = "trustedPeers"
        case limit = "peerLimit"
    }
}
