public import TeredoWire

/// What the client tells those who move packets of proven peers by themselves, and is told by them.
extension TeredoClient {
    /// What packets on direct paths have to be like; `nil` while there is no address.
    public var pathRules: PathRules? {
        address == nil ? nil : PathRules(client: connectivity.context.own, mtu: mtu)
    }

    /// The direct path to a peer (T1, R6); `nil` when each of its packets has to be handled here.
    public func directPath(to address: IPv6Address, now: ProtocolInstant) -> DirectPath? {
        guard let index = contacts.find(address), contacts[index].port == .service, contacts[index].test == nil,
            contacts[index].isDirect(now: now), !contacts[index].isUnconfirmed, contacts[index].transit == nil,
            contacts[index].outgoing.isEmpty, contacts[index].doubt == nil
        else { return nil }
        return DirectPath(
            endpoint: contacts[index].endpoint,
            receptionEndpoint: contacts[index].receptionEndpoint,
            lastReception: contacts[index].lastReception
        )
    }

    /// Notes when packets of a peer were last moved without asking; `nil` for a direction without any.
    public mutating func recordActivity(
        of address: IPv6Address,
        lastReception: ProtocolInstant?,
        lastTransmission: ProtocolInstant?
    ) {
        guard let index = contacts.recordActivity(of: address, lastTransmission: lastTransmission) else { return }
        if let lastReception, lastReception > contacts[index].lastReception {
            contacts.recordReception(index, now: lastReception)
        }
    }

    /// Counts octets of packets of a peer that were moved without asking, where they are counted.
    public mutating func recordOctets(of address: IPv6Address, received: UInt64, sent: UInt64) {
        contacts.recordOctets(of: address, received: received, sent: sent)
    }

    /// Counts packets that were delivered because they came with one that this machine let pass, and differ from it in
    /// nothing that it looks at: source, addresses, hop limit, and TCP or UDP right behind the IPv6 header.
    public mutating func recordDeliveries(_ count: Int, octets: Int) {
        contacts.recordDeliveries(count, octets: octets, &output)
    }
}
