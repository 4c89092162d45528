public import TeredoWire

/// UPnP-enabled symmetric NAT (RFC 6081 section 5.3; client.md section 13.2), with whatever protocol made the mapping.
extension TeredoClient {
    /// Tells the client which external endpoint a router forwards to the service port; `nil` when none does.
    public mutating func setPortMapping(_ external: UDPEndpoint?, now: ProtocolInstant) {
        portMapping = external
    }

    /// Whether the router with the mapping is the only NAT: it maps to the endpoint that the server sees.
    public var isReachableAtMappedEndpoint: Bool { portMapping != nil && portMapping == mappedEndpoint }

    /// Whether a peer that reached us may still not hear us: everybody reaches a forwarded port, while what we send comes
    /// from another port, which the peer accepts only when the nonce got through its NAT.
    ///
    /// A random port whose mapping an echo test made is the same until the nonce of the peer was answered.
    func needsConfirmation(_ index: PeerTable.Index, on port: LocalPort, now: ProtocolInstant) -> Bool {
        let isUnconfirmed = peers[index].isUnconfirmed
        guard configuration.extensions.symmetricNAT, natClass == .symmetric, peers.address(of: index).isTeredo,
            isUnconfirmed || !peers[index].isValid(now: now)
        else { return false }
        if isReachableAtMappedEndpoint { return true }
        guard case .randomPort = port else { return false }
        return isUnconfirmed || peers[index].traversal.answeredAt == nil
    }

    /// Sends what waits for the peer and keeps it until the peer shows that it hears us; or else the host is told.
    mutating func awaitConfirmation(_ index: PeerTable.Index, now: ProtocolInstant) {
        let isKnown = peers[index].isUnconfirmed
        peers[index].isUnconfirmed = true
        recordReception(index, now: now)
        peers.touch(index)
        peers.mark(index)
        deliverHeld(index)
        guard !isKnown else { return }
        peers[index].traversal.solicitations = 1
        sendDirectBubble(toTrusted: index, discovery: .solicitation)
        for packet in peers[index].outgoing.packets {
            outbox.send(packet.bytes, to: peers[index].endpoint, from: peers[index].port)
        }
        peers[index].lastTransmission = now
        peers[index].traversal.unconfirmedSince = now
    }

    /// The peer hears us: what was sent to it arrived, or will, unless it is so long ago that the peer keeps it no more.
    mutating func confirm(_ index: PeerTable.Index, now: ProtocolInstant) {
        guard peers[index].isUnconfirmed else { return }
        peers[index].isUnconfirmed = false
        peers.mark(index)
        let isKept = peers[index].traversal.unconfirmedSince.map { now - $0 < RFC4380.retryInterval } ?? false
        if isKept { _ = peers[index].outgoing.removeAll(budget: &budget) }
        settle(index, now: now)
    }

    /// Where packets for a peer go that is heard from `endpoint`: there, but when both sides are behind symmetric NATs
    /// that forward the embedded ports, to the endpoint in the peer's address.
    mutating func transmissionEndpoint(for index: PeerTable.Index, heardFrom endpoint: UDPEndpoint) -> UDPEndpoint {
        guard let peer = TeredoAddress(peers.address(of: index)), peer.mappedEndpoint != endpoint else {
            return endpoint
        }
        let isElsewhere = peers[index].localEndpoint == endpoint || !filter.isGlobalUnicast(endpoint.address)
        peers[index].isSymmetricPeer =
            !isElsewhere && endpoint.port != peers[index].traversal.peerRandomPort
        guard configuration.extensions.usesPortMapping, natClass == .symmetric, isReachableAtMappedEndpoint,
            peers[index].isSymmetricPeer
        else { return endpoint }
        return peer.mappedEndpoint
    }
}
