import TeredoWire

/// Local client discovery (RFC 4380 section 5.2.8; client.md section 10).
extension TeredoClient {
    /// Sends a first discovery bubble and sets the timer for the next.
    mutating func startDiscovery(now: ProtocolInstant) {
        guard configuration.usesLocalDiscovery else { return }
        sendDiscoveryBubble(now: now)
        scheduleDiscovery(now: now)
    }

    private mutating func scheduleDiscovery(now: ProtocolInstant) {
        let range = RFC4380.discoveryInterval
        let milliseconds = Int.random(in: range.lowerBound * 1000...range.upperBound * 1000, using: &generator)
        discoveryDeadline = now + .milliseconds(milliseconds)
    }

    mutating func handleDiscoveryTimeout(now: ProtocolInstant) {
        guard let deadline = discoveryDeadline, deadline <= now else { return }
        sendDiscoveryBubble(now: now)
        scheduleDiscovery(now: now)
    }

    /// Multicasts a bubble to all nodes; the owner sends it on every discovery interface with TTL 1.
    mutating func sendDiscoveryBubble(now: ProtocolInstant) {
        guard configuration.usesLocalDiscovery, address != nil else { return }
        lastDiscoverySent = now
        sendBubble(
            from: ownAddress,
            to: .allNodes,
            at: UDPEndpoint(.teredoDiscovery, TeredoConstants.udpPort),
            hopLimit: 1
        )
    }

    /// R5: a bubble on the discovery group tells where a neighbour is; it is no proof yet (V4, SEC-35).
    mutating func handleDiscovery(
        _ datagram: TeredoDatagram,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        let header = datagram.header
        guard configuration.usesLocalDiscovery, datagram.isPlain, header.isBubble, header.destination == .allNodes,
            let peer = TeredoAddress(header.source), isOnLink(source.address)
        else { return drop(.invalidDiscovery) }
        counters.bubblesReceived &+= 1
        guard let mappedEndpoint else { return drop(.notQualified) }
        guard header.source != ownAddress else { return drop(.invalidSource) }
        guard
            !configuration.discoveryRequiresSameMappedAddress
                || peer.mappedEndpoint.address == mappedEndpoint.address
        else { return drop(.invalidDiscovery) }
        guard let index = findOrInsert(header.source, endpoint: peer.mappedEndpoint, now: now) else {
            return drop(.peerTableFull)
        }
        peers[index].localEndpoint = source
        peers[index].lastDiscovery = now
        if !peers[index].isTrusted { peers[index].lastReception = now }
        peers.touch(index)
        if peers[index].pacing.decide(lastTransmission: peers[index].lastTransmission, now: now) == .now {
            peers[index].lastTransmission = now
            sendBubble(from: ownAddress, to: header.source, at: source)
        }
        return .consumed
    }

    private func isOnLink(_ address: IPv4Address) -> Bool { subnets.contains { $0.contains(address) } }

    /// Whether a bubble from `source` answers the discovery bubble that we sent within the last 4 s.
    func answersDiscovery(_ peer: TeredoAddress, from source: UDPEndpoint, now: ProtocolInstant) -> Bool {
        guard let lastDiscoverySent, now - lastDiscoverySent <= Self.discoveryAnswerTime else { return false }
        return isOnLink(source.address) && peer.mappedEndpoint.address == mappedEndpoint?.address
    }

    private static let discoveryAnswerTime = Duration.seconds(4)
}
