public import TeredoWire

/// Packets from the host (RFC 4380 section 5.2.4, rules T-a to T5).
extension TeredoClient {
    /// Decides about an IPv6 packet that the host sends into the Teredo interface.
    public mutating func handlePacket(_ packet: Span<UInt8>, now: ProtocolInstant) -> TransmissionVerdict {
        output.counters.packetsAccepted &+= 1
        guard let header = try? IPv6Header(validating: packet), header.packetLength == packet.count else {
            return output.refuse(.malformed)
        }
        let index = contacts.find(header.destination)
        // T1 and PP-7, the fast path: all refusals below concern addresses that never become trusted peers, but for T-e and T-f.
        if let index, header.source == connectivity.context.own, packet.count <= connectivity.mtu,
            contacts[index].isDirect(now: now)
        {
            contacts.recordTransmission(index, octets: packet.count, now: now)
            if contacts.isStale(index, now: now) { askForLife(index, header.destination, now: now) }
            output.counters.recordSent(octets: packet.count)
            return .forward(to: contacts[index].endpoint, from: contacts[index].port)
        }
        if let verdict = refusal(of: packet, header, now: now) { return verdict }
        guard let peer = TeredoAddress(header.destination) else {
            return transmitToNative(packet, header.destination, now: now)
        }
        return transmit(packet, to: peer, now: now)
    }

    /// Decides about packets of the host that came as one super-packet, if they can go the fast path (T1).
    ///
    /// `superPacket` begins with the IPv6 header that all `segments` share; the longest of the packets has `longest`
    /// octets, all together have `octets`. Returns `nil` when each packet has to be handled by itself with
    /// ``handlePacket(_:now:)``.
    public mutating func forwardSegments(
        of superPacket: Span<UInt8>,
        segments: Int,
        longest: Int,
        octets: Int,
        now: ProtocolInstant
    ) -> TransmissionVerdict? {
        guard let header = try? IPv6Header(validating: superPacket), header.source == connectivity.context.own,
            longest <= connectivity.mtu, let index = contacts.find(header.destination),
            contacts[index].isDirect(now: now)
        else { return nil }
        contacts.recordTransmission(index, octets: octets, now: now)
        if contacts.isStale(index, now: now) { askForLife(index, header.destination, now: now) }
        output.counters.packetsAccepted &+= UInt64(segments)
        output.counters.recordSent(octets: octets, datagrams: segments)
        return .forward(to: contacts[index].endpoint, from: contacts[index].port)
    }

    /// The preliminary drops T-a to T-h.
    private mutating func refusal(
        of packet: Span<UInt8>,
        _ header: IPv6Header,
        now: ProtocolInstant
    ) -> TransmissionVerdict? {
        let destination = header.destination
        guard address != nil else {
            deliverError(.addressUnreachable, about: packet, now: now)
            return output.refuse(.notQualified)
        }
        // T-b, T-c: Teredo has neither multicast nor a link.
        if destination.isMulticast { return output.refuse(.multicastDestination) }
        if destination.isWithinHostOrLink { return output.refuse(.localDestination) }
        // T-e: the egress check of SEC-60.
        if header.source != connectivity.context.own {
            deliverError(.administrativelyProhibited, about: packet, now: now)
            return output.refuse(.foreignSource)
        }
        // T-d: never to the wire.
        if destination == connectivity.context.own {
            output.deliver(packet.copyAll())
            return .consumed
        }
        if packet.count > mtu {
            deliverError(.packetTooBig(mtu: mtu), about: packet, now: now)
            return output.refuse(.tooBig)
        }
        guard let peer = TeredoAddress(destination) else { return nil }
        // T-g: it would come back through a hairpinning NAT (SEC-52).
        if peer.mappedEndpoint == mappedEndpoint { return output.refuse(.ownEndpoint) }
        if connectivity.context.filter.destination(server: peer.server) == nil { return output.refuse(.invalidServer) }
        return nil
    }

    /// T3 to T5.
    private mutating func transmit(
        _ packet: Span<UInt8>,
        to peer: TeredoAddress,
        now: ProtocolInstant
    ) -> TransmissionVerdict {
        let known = contacts.find(peer.ipv6)
        let isNeighbor = known.map { contacts[$0].neighbor?.isLocal(now: now) ?? false } ?? false
        // Only a neighbour may have an endpoint that is not global unicast (V14, SEC-34).
        let place = connectivity.context.filter.destination(peer.mappedEndpoint)
        guard isNeighbor || place != nil else { return output.refuse(.forbiddenEndpoint) }
        guard let index = findOrInsert(peer.ipv6, at: place, isWanted: true, now: now) else {
            return output.refuse(.peerTableFull)
        }
        switch transit.transmit(packet, index, &contacts, &output, now: now) {
        case .unused: break
        case .queued: return .consumed
        case .forward(let relay, let asksAgain):
            if asksAgain { bubble(index, peer, now: now) }
            return .forward(to: relay)
        }
        // T4: off by default, as the cone bit of a stranger is no proof of anything.
        if !isNeighbor, let place, connectivity.context.configuration.honoursConeBit, peer.flags.coneBit {
            contacts.recordTransmission(index, octets: packet.count, now: now)
            output.counters.recordSent(octets: packet.count)
            return .forward(to: place.endpoint)
        }
        // The network says that the peer is not there, and the peer did not contradict a moment ago.
        if contacts[index].isQuiet(now: now) {
            deliverError(.addressUnreachable, about: packet, now: now)
            return output.refuse(.peerUnreachable)
        }
        let isUnderWay = contacts[index].retryDeadline != nil
        let mayAsk = isUnderWay || !contacts[index].pacing.isExhausted(now: now)
        // Without bubbles there is only the transit relay, which is asked as long as the host has packets.
        if !mayAsk {
            transit.prepare(index, &contacts, connectivity.context, &output, now: now)
            transit.hasten(index, &contacts, now: now)
        }
        if !mayAsk, contacts[index].transit?.isPromising != true {
            deliverError(.addressUnreachable, about: packet, now: now)
            return output.refuse(.bubbleLimitReached)
        }
        guard contacts.enqueue(packet, index, now: now) else { return output.refuse(.queueFull) }
        transit.prepare(index, &contacts, connectivity.context, &output, now: now)
        if !mayAsk {
            contacts.awaitAnswer(index, interval: connectivity.context.patience(), now: now)
        } else if !isUnderWay {
            bubble(index, peer, now: now)
        }
        return .consumed
    }

    /// T2: queues a packet for a native host and finds the relay nearest to it.
    private mutating func transmitToNative(
        _ packet: Span<UInt8>,
        _ destination: IPv6Address,
        now: ProtocolInstant
    ) -> TransmissionVerdict {
        guard let index = findOrInsert(destination, at: nil, isWanted: true, now: now) else {
            return output.refuse(.peerTableFull)
        }
        if contacts[index].isQuiet(now: now) {
            deliverError(.addressUnreachable, about: packet, now: now)
            return output.refuse(.peerUnreachable)
        }
        guard contacts.enqueue(packet, index, now: now) else { return output.refuse(.queueFull) }
        if contacts[index].retryDeadline == nil {
            tests.start(index, &contacts, connectivity.context, &output, now: now)
        }
        return .consumed
    }

    private mutating func deliverError(_ error: ICMPv6Error, about packet: Span<UInt8>, now: ProtocolInstant) {
        output.deliverError(error, about: packet, from: connectivity.context.errorSource, now: now)
    }
}
