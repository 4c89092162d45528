import TeredoWire

/// Where a peer is on the local link, by local discovery (RFC 4380 section 5.2.8).
struct PeerNeighborhood: Hashable, Sendable {
    /// The endpoint that its discovery bubble or its answer came from.
    let destination: Destination
    /// When that was; `nil` once the peer was silent there.
    private(set) var lastDiscovery: ProtocolInstant?

    init(at destination: Destination, now: ProtocolInstant) {
        self.destination = destination
        lastDiscovery = now
    }

    /// Whether the peer was seen within 600 s (case T3).
    func isLocal(now: ProtocolInstant) -> Bool {
        guard let lastDiscovery else { return false }
        return now - lastDiscovery < RFC4380.localPeerMemory
    }

    /// A peer that was local and is silent now is looked for through its server again.
    mutating func doubt() { lastDiscovery = nil }
}
