import TeredoWire

/// Transit: packets between two clients that cannot reach each other (docs/transit.md section 5).
extension TeredoRelay {
    /// Judges a datagram that concerns transit; `nil` when it does not.
    mutating func handleTransit(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        client: TeredoAddress,
        now: ProtocolInstant
    ) -> ReceptionVerdict? {
        guard transit != nil else { return nil }
        let header = datagram.header
        if header.isBubble, header.destination.isLinkLocal {
            prove(client, header, from: source, now: now)
            return nil
        }
        guard TeredoAddress(header.destination) != nil else { return nil }
        if header.isBubble, let trailers = try? TrailerList(parsing: bytes.extracting(datagram.trailers)),
            let message = trailers.transit, message.kind == .open
        {
            return open(message, key: trailers.sender, header, client, from: source, now: now)
        }
        return carry(datagram, in: bytes, from: source, now: now)
    }

    /// Opens the way to a peer: first the client shows by a cookie that it receives at its endpoint, then, by a keyed
    /// bubble through its server, that its address is its own.
    ///
    /// The first is enough when that is the embedded endpoint. For the second the client answers the bubble, or shows its
    /// source, the `key`, with any later request: either may be lost.
    private mutating func open(
        _ message: TransitMessage,
        key: IPv6Address?,
        _ header: IPv6Header,
        _ client: TeredoAddress,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        guard let place = host.destination(source), mayAsk(client.server) else {
            return output.drop(.forbiddenEndpoint)
        }
        guard header.source != header.destination else { return output.drop(.ownEndpoint) }
        guard transitCookie.isGood(message.value, for: header.source, at: source, now: now) else {
            // As long as the request, so that nobody is hit by more than what was sent in his name.
            guard challenges.take(for: source.address, contacts.peers.hash, now: now) else {
                return output.drop(.rateLimited)
            }
            let cookie = transitCookie.value(for: header.source, at: source, now: now)
            say(
                .challenge,
                nonce: message.nonce,
                value: cookie,
                from: header.destination,
                to: header.source,
                at: place
            )
            return .consumed
        }
        let isEmbedded = client.mappedEndpoint == source
        var admission = transit?.request(
            from: header.source,
            at: place,
            isEmbedded: isEmbedded,
            for: header.destination,
            nonce: message.nonce,
            now: now
        )
        let showsKey = key.map { bubbleKey.vouches(forPeerAt: client.mappedEndpoint, destination: $0) } ?? false
        if admission == .unproven, showsKey, transit?.prove(header.source, at: source, now: now) == true {
            admission = transit?.request(
                from: header.source,
                at: place,
                isEmbedded: isEmbedded,
                for: header.destination,
                nonce: message.nonce,
                now: now
            )
        }
        switch admission {
        case .proven:
            if let peer = TeredoAddress(header.destination) {
                contacts.thirdParties.earn(peer.server, octets: Self.requestLength, now: now)
            }
            announceReadiness(header.source, header.destination, now: now)
        case .unproven: requestProof(client, now: now)
        case .full, nil: return output.drop(.peerTableFull)
        }
        return .consumed
    }

    /// The octets of a request with its headers.
    private static let requestLength = TeredoBubble.length + 2 + TransitMessage.length + ThirdPartyBudget.headerLength

    private mutating func requestProof(_ client: TeredoAddress, now: ProtocolInstant) {
        let last = transit?[client.ipv6]?.lastBubble ?? now - RFC4380.peerValidity
        // A good cookie is a sign of life, and the bubble is smaller than what asked for it: spacing is enough.
        transit?[client.ipv6]?.pacing.answered()
        guard transit?[client.ipv6]?.pacing.decide(lastTransmission: last, now: now) == .now else { return }
        guard let server = host.destination(server: client.server) else { return }
        transit?[client.ipv6]?.lastBubble = now
        output.sendBubble(
            from: bubbleKey.source(forPeerAt: client.mappedEndpoint),
            to: client.ipv6,
            at: server
        )
    }

    /// The answer to the keyed bubble, from the endpoint of the cookie.
    private mutating func prove(
        _ client: TeredoAddress,
        _ header: IPv6Header,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) {
        guard transit?[header.source] != nil,
            bubbleKey.vouches(forPeerAt: client.mappedEndpoint, destination: header.destination),
            transit?.prove(header.source, at: source, now: now) == true
        else { return }
        for pair in transit?[header.source]?.pairs ?? [] { announceReadiness(header.source, pair.peer, now: now) }
    }

    /// Tells both when both asked.
    private mutating func announceReadiness(_ first: IPv6Address, _ second: IPv6Address, now: ProtocolInstant) {
        guard transit?.isOpen(first, second, now: now) == true else { return invite(second, for: first, now: now) }
        for (client, peer) in [(first, second), (second, first)] {
            guard let pair = transit?.pair(client, peer, now: now), let place = transit?[client]?.destination else {
                continue
            }
            say(.ready, nonce: pair.nonce, from: peer, to: client, at: place)
        }
        // Who did not use the way gave it up, and takes neither this word nor packets.
        invite(second, for: first, now: now)
    }

    /// Whether a client does not ask for a peer: it never did, or gave up since, as who uses a way asks every 20 s.
    private func needsInvitation(_ client: IPv6Address, for peer: IPv6Address, now: ProtocolInstant) -> Bool {
        guard let pair = transit?.pair(client, peer, now: now) else { return true }
        return now - pair.lastRequest > TransitPath.keepAliveInterval + Self.lateness
    }

    private static let lateness = Duration.seconds(5)

    /// Tells a client that does not ask itself, through its server, that a proven client asks for it: at most four times, 2 s apart.
    private mutating func invite(_ peer: IPv6Address, for client: IPv6Address, now: ProtocolInstant) {
        guard transit?.pair(client, peer, now: now) != nil, needsInvitation(peer, for: client, now: now),
            let invited = TeredoAddress(peer), host.filter.isGlobalUnicast(invited.mappedEndpoint.address),
            let server = host.destination(server: invited.server),
            transit?.mayInvite(peer, for: client, now: now) == true, let asking = TeredoAddress(client),
            challenges.take(for: asking.mappedEndpoint.address, contacts.peers.hash, now: now)
        else { return }
        let trailers = TrailerList([.sender(client), .transit(TransitMessage(.invitation, nonce: 0))])
        let length = TeredoBubble.length + trailers.length
        guard contacts.thirdParties.take(invited.server, octets: length, now: now) else {
            return output.counters.drops.record(.answerLimitReached)
        }
        send(
            trailers,
            from: bubbleKey.source(forPeerAt: invited.mappedEndpoint),
            to: peer,
            at: server
        )
    }

    /// Carries a packet between the two clients of an open pair, within the rates.
    private mutating func carry(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        let header = datagram.header
        let packet = bytes.extracting(datagram.packet.lowerBound..<bytes.count)
        guard let sender = transit?[header.source], sender.isProven, sender.endpoint == source else {
            return output.drop(.endpointMismatch)
        }
        guard transit?.isOpen(header.source, header.destination, now: now) == true,
            let receiver = transit?[header.destination]
        else {
            refuse(header, at: sender.destination, now: now)
            return output.drop(.transitClosed)
        }
        guard packet.count <= configuration.mtu + TeredoBubble.length else { return output.drop(.tooBig) }
        if let objection = DropReason.objection(to: bytes.extracting(datagram.packet)) { return output.drop(objection) }
        // SEC-56: a packet that goes in circles between relays ends.
        guard header.hopLimit > 1 else { return output.drop(.hopLimitExceeded) }
        guard transit?.takeCredit(packet.count, from: source, now: now) == true else {
            return output.drop(.rateLimited)
        }
        let carried = [UInt8](capacity: packet.count) { output in
            output.append(copying: packet.extracting(0..<7))
            output.append(header.hopLimit - 1)
            output.append(copying: packet.extracting(8..<packet.count))
        }
        output.counters.packetsCarried &+= 1
        output.send(carried, to: receiver.destination)
        return .consumed
    }

    /// Tells a client at most once a second that the relay does not know its pair (any more).
    private mutating func refuse(_ header: IPv6Header, at place: Destination, now: ProtocolInstant) {
        if let last = transit?[header.source]?.lastRefusal, now - last < .seconds(1) { return }
        transit?[header.source]?.lastRefusal = now
        say(.closed, nonce: 0, from: header.destination, to: header.source, at: place)
    }

    private mutating func say(
        _ kind: TransitMessage.Kind,
        nonce: UInt64,
        value: UInt64 = 0,
        from source: IPv6Address,
        to destination: IPv6Address,
        at place: Destination
    ) {
        let trailers = TrailerList([.transit(TransitMessage(kind, nonce: nonce, value: value))])
        send(trailers, from: source, to: destination, at: place)
    }

    private mutating func send(
        _ trailers: TrailerList,
        from source: IPv6Address,
        to destination: IPv6Address,
        at place: Destination
    ) {
        output.sendBubble(from: source, to: destination, at: place, trailers: trailers)
    }
}
