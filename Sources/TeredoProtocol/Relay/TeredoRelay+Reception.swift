public import TeredoWire

/// From Teredo clients towards IPv6 (RFC 4380 section 5.4.2; relay.md section 3, Y1 to Y13).
extension TeredoRelay {
    /// Decides about a datagram that came in from `source` on the service port.
    public mutating func handleDatagram(
        _ bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        counters.recordReceived(octets: bytes.count)
        // Y1, V1.
        let datagram: TeredoDatagram
        do { datagram = try TeredoDatagram(validating: bytes) } catch { return drop(.malformed) }
        guard datagram.isPlain else { return drop(.unexpectedIndication) }
        let header = datagram.header
        // V2.
        guard source.port != 0, !source.address.isMulticast, source.address != .broadcast,
            source.address != .unspecified
        else { return drop(.invalidIPv4Source) }
        if header.isBubble { counters.bubblesReceived &+= 1 }
        // Y2; V7 and V8 follow from it.
        guard let client = TeredoAddress(header.source) else { return drop(.notTeredo) }
        if let verdict = handleTransit(datagram, in: bytes, from: source, client: client, now: now) { return verdict }
        // Y6: entries are made by packets towards a client only.
        let known = peers.find(header.source)
        if let known, peers[known].isTrusted, peers[known].endpoint == source {
            // Y3.
            return accept(datagram, in: bytes, peer: known, at: source, now: now)
        }
        // Y4, or Y5.
        guard client.mappedEndpoint == source || vouches(header, for: client, at: source) else {
            return drop(.endpointMismatch)
        }
        guard let known else { return drop(.unknownPeer) }
        if peers[known].endpoint != source { peers.mark(known) }
        return accept(datagram, in: bytes, peer: known, at: source, now: now)
    }

    private mutating func drop(_ reason: DropReason) -> ReceptionVerdict {
        counters.drops.record(reason)
        return .drop(reason)
    }

    /// Y5: a bubble to the link-local address that only the claimed client could learn (SEC-11), from where data may go
    /// (V14, SEC-34).
    private func vouches(_ header: IPv6Header, for client: TeredoAddress, at source: UDPEndpoint) -> Bool {
        configuration.usesKeyedBubbles && header.isBubble && filter.mayBeSent(to: source)
            && bubbleKey.vouches(forPeerAt: client.mappedEndpoint, destination: header.destination)
    }

    /// Y7 and Y8: the client is where the datagram came from; what waited for it leaves.
    private mutating func accept(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        peer index: PeerTable.Index,
        at endpoint: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        if peers[index].hasDetails, datagram.header.isBubble { measureRoundTrip(index, now: now) }
        if !peers[index].prove(at: endpoint, now: now) { peers.touch(index) }
        if peers[index].hasDetails { endExchange(index, now: now) }
        if datagram.header.isBubble { return .consumed }
        return deliver(datagram, in: bytes, peer: index, at: endpoint, now: now)
    }

    /// Notes how long a client took to answer the first bubble; which of several it answers is not to be seen.
    private mutating func measureRoundTrip(_ index: PeerTable.Index, now: ProtocolInstant) {
        guard peers[index].attempts == 1, let deadline = peers[index].retryDeadline else { return }
        let begin = deadline - RFC4380.retryInterval
        if now >= begin { peers[index].roundTrip = RoundTripTime(now - begin) }
    }

    /// The bubbles were answered: what waited for the client leaves, and nothing is remembered of the exchange.
    private mutating func endExchange(_ index: PeerTable.Index, now: ProtocolInstant) {
        peers.mark(index)
        for packet in peers[index].outgoing.removeAll(budget: &budget) {
            outbox.send(packet.bytes, to: peers[index].endpoint)
            octets.recordSent(index, octets: packet.bytes.count)
            peers[index].lastTransmission = now
        }
        peers[index].releaseDetails()
    }

    /// Y9 to Y13.
    private mutating func deliver(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        peer index: PeerTable.Index,
        at endpoint: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        let destination = datagram.header.destination
        let packet = bytes.extracting(datagram.packet)
        if destination.isMulticast { return drop(.multicastDestination) }
        if destination.isLinkLocal || destination.isSiteLocal || destination == .loopback || destination == .unspecified
        {
            return drop(.localDestination)
        }
        // Y10, SEC-53.
        if destination.isTeredo { return drop(.teredoToTeredo) }
        if loopsThroughOtherTunnel(destination) { return drop(.foreignTunnelLoop) }
        if let embedded = destination.sixToFourIPv4, !filter.isGlobalUnicast(embedded) {
            return drop(.foreignTunnelLoop)
        }
        guard serves(destination) else { return drop(.outsideServedRange) }
        if datagram.header.nextHeader == IPv6Header.NextHeader.icmpv6, datagram.header.payloadLength > 0,
            ICMPv6.isNeighborDiscovery(packet[40])
        {
            return drop(.neighborDiscovery)
        }
        guard !IPv6ExtensionHeaders.requiresSourceRouting(packet) else { return drop(.sourceRouting) }
        if datagram.header.hopLimit <= 1, !ownIPv6Addresses.contains(destination) {
            refuseUsedUp(packet, at: endpoint, now: now)
            return drop(.hopLimitExceeded)
        }
        counters.packetsDelivered &+= 1
        octets.recordReceived(index, octets: datagram.packet.count)
        return .deliver(datagram.packet)
    }

    /// Y13: Time Exceeded, through the tunnel.
    private mutating func refuseUsedUp(_ packet: Span<UInt8>, at endpoint: UDPEndpoint, now: ProtocolInstant) {
        guard let source = errorSource,
            let message = errors.error(.hopLimitExceeded, about: packet, from: source, now: now)
        else { return }
        counters.icmpv6Errors &+= 1
        outbox.send(message, to: endpoint)
    }
}
