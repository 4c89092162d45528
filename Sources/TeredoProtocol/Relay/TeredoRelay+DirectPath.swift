public import TeredoWire

/// What the relay tells those who move packets of proven clients by themselves, and is told by them.
extension TeredoRelay {
    /// What packets on direct paths have to be like.
    public var pathRules: PathRules? {
        let side: PathRules.Side =
            switch configuration.kind {
            case .hostSpecific: .host(host.ipv6Addresses)
            case .router(let prefixes): .router(prefixes)
            }
        return PathRules(side: side, mtu: configuration.mtu, denied: configuration.denied.ipv6)
    }

    /// The direct path to a client (X1, Y3); `nil` when each of its packets has to be handled here.
    public func directPath(to address: IPv6Address, now: ProtocolInstant) -> DirectPath? {
        guard let index = contacts.find(address), contacts[index].isValid(now: now), contacts[index].outgoing.isEmpty,
            contacts[index].doubt == nil
        else { return nil }
        return DirectPath(
            endpoint: contacts[index].endpoint,
            receptionEndpoint: contacts[index].endpoint,
            lastReception: contacts[index].lastReception
        )
    }

    /// Notes when packets of a client were last moved without asking; `nil` for a direction without any.
    public mutating func recordActivity(
        of address: IPv6Address,
        lastReception: ProtocolInstant?,
        lastTransmission: ProtocolInstant?
    ) {
        guard let index = contacts.recordActivity(of: address, lastTransmission: lastTransmission) else { return }
        if let lastReception, lastReception > contacts[index].lastReception {
            contacts[index].lastReception = lastReception
            contacts[index].pacing.answered()
        }
    }

    /// Counts octets of packets of a client that were moved without asking, where they are counted.
    public mutating func recordOctets(of address: IPv6Address, received: UInt64, sent: UInt64) {
        contacts.recordOctets(of: address, received: received, sent: sent)
    }

    /// Counts packets that were delivered because they came with one that this machine let pass, and differ from it in
    /// nothing that it looks at: source, addresses, hop limit, and TCP or UDP right behind the IPv6 header.
    public mutating func recordDeliveries(_ count: Int, octets: Int) {
        contacts.recordDeliveries(count, octets: octets, &output)
    }
}
