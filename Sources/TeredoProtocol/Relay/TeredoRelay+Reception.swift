public import TeredoWire

/// From Teredo clients towards IPv6 (RFC 4380 section 5.4.2; rules Y1 to Y13).
extension TeredoRelay {
    /// Decides about a datagram that came in from `source` on the service port.
    public mutating func handleDatagram(
        _ bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        output.counters.recordReceived(octets: bytes.count)
        // Y1, V1.
        let datagram: TeredoDatagram
        do { datagram = try TeredoDatagram(validating: bytes) } catch { return output.drop(.malformed) }
        guard datagram.isPlain else { return output.drop(.unexpectedIndication) }
        let header = datagram.header
        // V2.
        guard source.isValidSource else { return output.drop(.invalidIPv4Source) }
        if header.isBubble { output.counters.bubblesReceived &+= 1 }
        // Y2; V7 and V8 follow from it.
        guard let client = TeredoAddress(header.source) else { return output.drop(.notTeredo) }
        if let verdict = handleTransit(datagram, in: bytes, from: source, client: client, now: now) { return verdict }
        // Y6: entries are made by packets towards a client only.
        let known = contacts.find(header.source)
        if let known, contacts[known].isTrusted, contacts[known].endpoint == source {
            // Y3.
            return accept(datagram, in: bytes, peer: known, at: source, now: now)
        }
        // Y4, or Y5.
        guard client.mappedEndpoint == source || vouches(header, for: client, at: source) else {
            return output.drop(.endpointMismatch)
        }
        guard let known else { return output.drop(.unknownPeer) }
        if contacts[known].endpoint != source { contacts.mark(known) }
        return accept(datagram, in: bytes, peer: known, at: source, now: now)
    }

    /// Y5: a bubble to the link-local address that only the claimed client could learn (SEC-11), from where data may go
    /// (V14, SEC-34).
    private func vouches(_ header: IPv6Header, for client: TeredoAddress, at source: UDPEndpoint) -> Bool {
        configuration.usesKeyedBubbles && header.isBubble && host.filter.mayBeSent(to: source)
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
        if contacts[index].hasDetails, datagram.header.isBubble { measureRoundTrip(index, now: now) }
        if !contacts[index].prove(at: endpoint, now: now) { contacts.touch(index) }
        if contacts[index].hasDetails { endExchange(index, now: now) }
        if datagram.header.isBubble { return .consumed }
        return deliver(datagram, in: bytes, peer: index, at: endpoint, now: now)
    }

    /// Notes how long a client took to answer the first bubble; which of several it answers is not to be seen.
    private mutating func measureRoundTrip(_ index: PeerTable.Index, now: ProtocolInstant) {
        guard let exchange = contacts[index].exchange, exchange.attempts == 1, let deadline = exchange.deadline else {
            return
        }
        let begin = deadline - RFC4380.retryInterval
        if now >= begin { contacts[index].roundTrip = RoundTripTime(now - begin) }
    }

    /// The bubbles were answered: what waited for the client leaves, and nothing is remembered of the exchange.
    private mutating func endExchange(_ index: PeerTable.Index, now: ProtocolInstant) {
        contacts.mark(index)
        contacts.sendQueued(index, &output, now: now)
        contacts[index].releaseDetails()
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
        if destination.isMulticast { return output.drop(.multicastDestination) }
        if destination.isLinkLocal || destination.isSiteLocal || destination == .loopback || destination == .unspecified
        {
            return output.drop(.localDestination)
        }
        // Y10, SEC-53.
        if destination.isTeredo { return output.drop(.teredoToTeredo) }
        if host.loopsThroughOtherTunnel(destination) { return output.drop(.foreignTunnelLoop) }
        if let embedded = destination.sixToFourIPv4, !host.filter.isGlobalUnicast(embedded) {
            return output.drop(.foreignTunnelLoop)
        }
        guard serves(destination) else { return output.drop(.outsideServedRange) }
        // SEC-05, SEC-20.
        if let objection = DropReason.objection(to: packet) { return output.drop(objection) }
        if datagram.header.hopLimit <= 1, !host.ipv6Addresses.contains(destination) {
            refuseUsedUp(packet, at: endpoint, now: now)
            return output.drop(.hopLimitExceeded)
        }
        output.counters.packetsDelivered &+= 1
        contacts.recordReceived(index, octets: datagram.packet.count)
        return .deliver(datagram.packet)
    }

    /// Y13: Time Exceeded, through the tunnel.
    private mutating func refuseUsedUp(_ packet: Span<UInt8>, at endpoint: UDPEndpoint, now: ProtocolInstant) {
        guard let source = host.errorSource else { return }
        output.sendError(.hopLimitExceeded, about: packet, from: source, to: endpoint, now: now)
    }
}
