public import TeredoWire

/// What the relay tells those who move packets of proven clients by themselves, and is told by them.
extension TeredoRelay {
    /// What packets on direct paths have to be like.
    public var pathRules: PathRules? {
        let side: PathRules.Side =
            switch configuration.kind {
            case .hostSpecific: .host(ownIPv6Addresses)
            case .router(let prefixes): .router(prefixes)
            }
        return PathRules(side: side, mtu: configuration.mtu)
    }

    /// The direct path to a client (X1, Y3); `nil` when each of its packets has to be handled here.
    public func directPath(to address: IPv6Address, now: ProtocolInstant) -> DirectPath? {
        guard let index = peers.find(address), peers[index].isValid(now: now), peers[index].outgoing.isEmpty
        else { return nil }
        return DirectPath(
            endpoint: peers[index].endpoint,
            receptionEndpoint: peers[index].endpoint,
            lastReception: peers[index].lastReception
        )
    }

    /// Notes when packets of a client were last moved without asking; `nil` for a direction without any.
    public mutating func recordActivity(
        of address: IPv6Address,
        lastReception: ProtocolInstant?,
        lastTransmission: ProtocolInstant?
    ) {
        guard let index = peers.find(address), peers[index].isTrusted else { return }
        if let lastTransmission { peers[index].lastTransmission = max(peers[index].lastTransmission, lastTransmission) }
        if let lastReception, lastReception > peers[index].lastReception {
            peers[index].lastReception = lastReception
            peers[index].pacing.answered()
        }
        peers.touch(index)
    }

    /// Counts octets of packets of a client that were moved without asking, where they are counted.
    public mutating func recordOctets(of address: IPv6Address, received: UInt64, sent: UInt64) {
        guard octets.isCounting, let index = peers.find(address) else { return }
        octets.record(index, received: received, sent: sent)
    }

    /// Counts packets that were delivered because they came with one that this machine let pass, and differ from it in
    /// nothing that it looks at: source, addresses, hop limit, and TCP or UDP right behind the IPv6 header.
    public mutating func recordDeliveries(_ count: Int, octets: Int) {
        counters.recordReceived(octets: octets, datagrams: count)
        self.octets.recordReceivedToo(octets: octets)
        counters.packetsDelivered &+= UInt64(count)
    }
}
