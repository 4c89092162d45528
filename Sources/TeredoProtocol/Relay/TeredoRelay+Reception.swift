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
        guard !configuration.denied.contains(source.address) else { return output.drop(.denied) }
        if header.isBubble { output.counters.bubblesReceived &+= 1 }
        // Y2; V7 and V8 follow from it.
        guard let client = TeredoAddress(header.source) else { return output.drop(.notTeredo) }
        if let verdict = handleTransit(datagram, in: bytes, from: source, client: client, now: now) { return verdict }
        // TR-1; what is carried on between clients is theirs to judge.
        if !datagram.trailers.isEmpty, TrailerList.demandDiscard(in: bytes.extracting(datagram.trailers)) {
            return output.drop(.invalidTrailer)
        }
        let known = contacts.find(header.source)
        if let known, contacts[known].isTrusted, contacts[known].endpoint == source {
            // Y3.
            return accept(datagram, in: bytes, peer: known, at: nil, now: now)
        }
        // Y4, or Y5.
        guard client.mappedEndpoint == source || vouches(header, for: client, at: source) else {
            return refuseElsewhere(datagram, in: bytes, of: client, known, at: source, now: now)
        }
        guard let place = host.destination(source) else { return output.drop(.forbiddenEndpoint) }
        guard let known else { return admit(datagram, in: bytes, of: client, at: place, now: now) }
        let isMoved = contacts[known].isTrusted && !vouches(header, for: client, at: source)
        if isMoved, contacts[known].isValid(now: now) {
            // A live endpoint does not move because of what anybody can write (Y4, SEC-10): the client says where it is.
            askForPlace(known, client, at: source, isInPlace: true, now: now)
            return datagram.header.isBubble ? .consumed : deliver(datagram, in: bytes, peer: known, now: now)
        }
        if contacts[known].endpoint != source { contacts.mark(known) }
        let verdict = accept(datagram, in: bytes, peer: known, at: place, now: now)
        if isMoved { askForPlace(known, client, at: source, isInPlace: false, now: now) }
        return verdict
    }

    /// Asks a client through its server where it is, because two endpoints are said to be its: within the limits of bubbles to it
    /// (SEC-45), and of those that senders draw (SEC-31).
    private mutating func askForPlace(
        _ index: PeerTable.Index,
        _ client: TeredoAddress,
        at source: UDPEndpoint,
        isInPlace: Bool,
        now: ProtocolInstant
    ) {
        guard contacts.asksForPlace(index, isInPlace: isInPlace, now: now),
            newSenders.take(for: source.address, contacts.peers.hash, now: now)
        else { return }
        earn(client, octets: ThirdPartyBudget.leastLength, now: now)
        sendIndirectBubble(client, now: now)
        contacts.scheduleRetry(index, at: now + RFC4380.retryInterval)
    }

    /// Y6: takes data of a client that nothing was sent to, as after a restart of the relay, when it comes from where the
    /// client's address says and goes where this relay goes, within the limits of new clients (SEC-31); and the answer of a
    /// client to the bubble of another member of the fleet, wherever it comes from (Y5).
    private mutating func admit(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        of client: TeredoAddress,
        at place: Destination,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        guard mayMeet(datagram, in: bytes, of: client) || answersFleet(datagram.header, client, at: place) else {
            return output.drop(.unknownPeer)
        }
        guard newSenders.take(for: place.endpoint.address, contacts.peers.hash, now: now),
            let index = makeEntry(client, isProved: true, now: now)
        else {
            return output.drop(.peerTableFull)
        }
        contacts[index].isTrusted = true
        return accept(datagram, in: bytes, peer: index, at: place, now: now)
    }

    /// Y4, Y6: drops data that does not come from where the client's address says, and asks the client where it is.
    ///
    /// Behind a NAT that gives each destination another mapping that is how a client looks that this relay forgot, or whose
    /// mapping changed: it is asked through its server, so that it can show where it is (Y5).
    ///
    /// A datagram draws one bubble at most, which is no longer (SEC-45), and no two within 2 s; it proves nothing by itself.
    private mutating func refuseElsewhere(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        of client: TeredoAddress,
        _ known: PeerTable.Index?,
        at source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        guard configuration.usesKeyedBubbles, host.filter.mayBeSent(to: source),
            mayMeet(datagram, in: bytes, of: client), known.map({ maySeek($0, client, now: now) }) ?? true,
            newSenders.take(for: source.address, contacts.peers.hash, now: now),
            let index = known ?? makeEntry(client, isProved: false, now: now), contacts.asks(index, now: now)
        else { return output.drop(.endpointMismatch) }
        earn(client, octets: bytes.count + ThirdPartyBudget.headerLength, now: now)
        if !contacts[index].isTrusted {
            // The record of bubbles is kept while they go on.
            contacts[index].lastTransmission = now
            contacts.touch(index)
        }
        sendIndirectBubble(client, now: now)
        contacts.scheduleRetry(index, at: now + RFC4380.retryInterval)
        return output.drop(.endpointMismatch)
    }

    /// Whether a client that is known may be looked for elsewhere: it is not being asked, and was not heard a moment ago.
    ///
    /// One that is always heard where its address says, which anybody may say for it, is asked all the same when it has been
    /// in two places for 2 s.
    private mutating func maySeek(_ index: PeerTable.Index, _ client: TeredoAddress, now: ProtocolInstant) -> Bool {
        guard contacts[index].retryDeadline == nil else { return false }
        if now - contacts[index].lastReception >= RFC4380.bubbleSpacing { return true }
        guard contacts[index].endpoint == client.mappedEndpoint else { return false }
        guard let since = contacts[index].contestedAt, contacts[index].isContested(now: now) else {
            contacts[index].contestedAt = now
            return false
        }
        return now - since >= RFC4380.bubbleSpacing
    }

    /// Whether a bubble of an unknown client answers one of this fleet.
    private func answersFleet(_ header: IPv6Header, _ client: TeredoAddress, at place: Destination) -> Bool {
        configuration.fleet != nil && vouches(header, for: client, at: place.endpoint) && refusal(of: client) == nil
    }

    /// Whether data of a client may make this relay remember or ask it: it goes where the relay would deliver it, and packets
    /// for the client would go out (I6 to I8).
    private func mayMeet(_ datagram: TeredoDatagram, in bytes: Span<UInt8>, of client: TeredoAddress) -> Bool {
        !datagram.header.isBubble && refusal(of: client) == nil && refusal(of: datagram, in: bytes) == nil
    }

    /// Y5: a bubble to the link-local address that only the claimed client could learn (SEC-11), from where data may go
    /// (V14, SEC-34).
    private func vouches(_ header: IPv6Header, for client: TeredoAddress, at source: UDPEndpoint) -> Bool {
        configuration.usesKeyedBubbles && header.isBubble && host.filter.mayBeSent(to: source)
            && bubbleKey.vouches(forPeerAt: client.mappedEndpoint, destination: header.destination)
    }

    /// Y7 and Y8: the client is where the datagram came from, at `place` when that is new; what waited for it leaves.
    private mutating func accept(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        peer index: PeerTable.Index,
        at place: Destination?,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        if contacts[index].hasDetails, datagram.header.isBubble { noteAnswer(datagram.header, index, now: now) }
        if !contacts[index].prove(at: place, now: now) { contacts.touch(index) }
        if contacts[index].hasDetails { endExchange(index, now: now) }
        if datagram.header.isBubble {
            if !datagram.trailers.isEmpty { nameSiblings(to: index, askedBy: datagram, in: bytes) }
            return .consumed
        }
        return deliver(datagram, in: bytes, peer: index, now: now)
    }

    /// Names the siblings to a client that asks, where it proved to be: one answer for each question, and none that is longer
    /// (docs/fleet.md section 3).
    private mutating func nameSiblings(
        to index: PeerTable.Index,
        askedBy datagram: TeredoDatagram,
        in bytes: Span<UInt8>
    ) {
        let header = datagram.header
        guard !configuration.isDraining, let place = contacts[index].destination, contacts[index].isTrusted,
            !header.destination.isTeredo, serves(header.destination), header.destination.isGlobalScope,
            let question = try? TrailerList(parsing: bytes.extracting(datagram.trailers)).relaySiblings,
            question.endpoints.isEmpty
        else { return }
        let siblings = configuration.siblings.filter { !host.ipv4Addresses.contains($0.address) }
        output.sendBubble(
            from: header.destination,
            to: header.source,
            at: place,
            trailers: TrailerList([.relaySiblings(RelaySiblings(answering: question, with: siblings))])
        )
    }

    /// A bubble of a client that may be the answer to ours: one to our keyed address shows that its server passed ours on.
    private mutating func noteAnswer(_ header: IPv6Header, _ index: PeerTable.Index, now: ProtocolInstant) {
        measureRoundTrip(index, now: now)
        guard contacts[index].retryDeadline != nil, let client = TeredoAddress(header.source),
            bubbleKey.vouches(forPeerAt: client.mappedEndpoint, destination: header.destination)
        else { return }
        let place = configuration.isBehindNAT ? client.mappedEndpoint.address : nil
        contacts.thirdParties.refund(client.server, and: place, now: now)
    }

    /// Notes how long a client took to answer the first bubble; which of several it answers is not to be seen.
    private mutating func measureRoundTrip(_ index: PeerTable.Index, now: ProtocolInstant) {
        guard let exchange = contacts[index].exchange, exchange.attempts == 1, let deadline = exchange.deadline else {
            return
        }
        let begin = deadline - RFC4380.retryInterval
        if now >= begin { contacts.recordRoundTrip(index, now - begin) }
    }

    /// The bubbles were answered: what waited for the client leaves, and nothing is remembered of the exchange.
    private mutating func endExchange(_ index: PeerTable.Index, now: ProtocolInstant) {
        contacts.mark(index)
        if contacts[index].doubt != nil { output.counters.drops.record(.contradictedError) }
        contacts.sendQueued(index, &output, now: now)
        // A question keeps its distance to the next, whatever anybody answers in the name of the client.
        let isQuestion = contacts[index].exchange?.attempts ?? 0 == 0
        guard contacts[index].isContested(now: now) || isQuestion && !contacts[index].pacing.isSpaced(now: now) else {
            return contacts[index].releaseDetails()
        }
        contacts[index].doubt = nil
        contacts[index].pacing.answered()
        contacts[index].endExchange()
    }

    /// Y9 to Y13: a packet of a client that is where it came from.
    private mutating func deliver(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        peer index: PeerTable.Index,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        if let reason = refusal(of: datagram, in: bytes) { return output.drop(reason) }
        if datagram.header.hopLimit <= 1, !host.ipv6Addresses.contains(datagram.header.destination) {
            refuseUsedUp(bytes.extracting(datagram.packet), peer: index, now: now)
            return output.drop(.hopLimitExceeded)
        }
        output.counters.packetsDelivered &+= 1
        contacts.recordReceived(index, octets: datagram.packet.count)
        return .deliver(datagram.packet)
    }

    /// Why a packet does not come out here, whoever it is of: Y9 to Y12.
    private func refusal(of datagram: TeredoDatagram, in bytes: Span<UInt8>) -> DropReason? {
        let destination = datagram.header.destination
        if destination.isMulticast { return .multicastDestination }
        if destination.isWithinHostOrLink { return .localDestination }
        // Y10, SEC-53.
        if destination.isTeredo { return .teredoToTeredo }
        if host.loopsThroughOtherTunnel(destination) { return .foreignTunnelLoop }
        if let embedded = destination.sixToFourIPv4, !host.filter.isGlobalUnicast(embedded) {
            return .foreignTunnelLoop
        }
        guard serves(destination) else { return .outsideServedRange }
        if configuration.denied.contains(destination) { return .denied }
        // SEC-05, SEC-20.
        return DropReason.objection(to: bytes.extracting(datagram.packet))
    }

    /// Y13: Time Exceeded, through the tunnel.
    private mutating func refuseUsedUp(_ packet: Span<UInt8>, peer index: PeerTable.Index, now: ProtocolInstant) {
        guard let source = host.errorSource, let place = contacts[index].destination else { return }
        output.sendError(.hopLimitExceeded, about: packet, from: source, to: place, now: now)
    }
}
