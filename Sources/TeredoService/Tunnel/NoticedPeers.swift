import TeredoWire

/// The peers whose packets passed, when somebody asks for them.
struct NoticedPeers {
    /// Whether somebody asks.
    var isWanted = false
    private var addresses: Set<IPv6Address> = []

    /// Notes a peer.
    mutating func insert(_ address: IPv6Address) {
        if isWanted { addresses.insert(address) }
    }

    /// Notes the peer whose address stands at an offset of a packet.
    mutating func insert(from packet: Span<UInt8>, at offset: Int) {
        guard packet.count >= offset + 16 else { return }
        addresses.insert(packet.ipv6Address(at: offset))
    }

    /// The peers since the last call.
    mutating func take() -> Set<IPv6Address> {
        defer { addresses.removeAll(keepingCapacity: true) }
        return addresses
    }
}
