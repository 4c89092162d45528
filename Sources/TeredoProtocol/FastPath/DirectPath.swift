public import TeredoWire

/// A proven way to a peer, for those who move packets without asking the machine about each.
public struct DirectPath: Hashable, Sendable {
    /// Where packets for the peer go.
    public let endpoint: UDPEndpoint
    /// Where packets of the peer come from.
    public let receptionEndpoint: UDPEndpoint
    /// When the peer was last heard of.
    public let lastReception: ProtocolInstant

    /// Makes a path.
    public init(endpoint: UDPEndpoint, receptionEndpoint: UDPEndpoint, lastReception: ProtocolInstant) {
        self.endpoint = endpoint
        self.receptionEndpoint = receptionEndpoint
        self.lastReception = lastReception
    }

    /// For how long after ``lastReception`` packets may be sent without asking: from then on the machine asks the peer
    /// for a sign of life.
    public static let freshness = Duration.seconds(25)
}
