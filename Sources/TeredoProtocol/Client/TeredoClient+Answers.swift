import TeredoWire

/// Answers to bubbles (RFC 4380 section 5.2.3, rule R2; RFC 6081 section 5).
extension TeredoClient {
    /// R2: answers a bubble that came through the client's own server with a direct bubble to where it began, if that is global
    /// unicast and the rate allows (SEC-44).
    mutating func answerIndirectBubble(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        let header = datagram.header
        let context = connectivity.context
        guard header.destination == context.own else { return output.drop(.foreignDestination) }
        guard header.source.isValidSource, header.source != context.own else { return output.drop(.invalidSource) }
        let trailers: TrailerList
        do { trailers = try TrailerList(parsing: bytes.extracting(datagram.trailers)) } catch {
            return output.drop(.invalidTrailer)
        }
        let peer = TeredoAddress(header.source) ?? sender(of: datagram, trailers, context)
        guard let origin = datagram.origin?.endpoint ?? peer?.mappedEndpoint,
            let target = context.filter.destination(origin)
        else { return output.drop(.forbiddenEndpoint) }
        noteServerHeard(now: now)
        guard let peer else {
            guard answers.take(for: origin.address, now: now) else { return output.drop(.answerLimitReached) }
            if target == transit.relay { transit.noteKey(header.source) }
            if trailers.transit?.kind == .invitation {
                transit.seekRelay(context, &output, now: now)
                handleInvitation(trailers, by: target, now: now)
            }
            hearClaim(trailers, context, now: now)
            output.sendBubble(from: context.own, to: header.source, at: target)
            return .consumed
        }
        guard let place = context.filter.destination(peer.mappedEndpoint) else {
            return output.drop(.forbiddenEndpoint)
        }
        // Everything that is asked of the peer goes through its server.
        guard context.filter.destination(server: peer.server) != nil else { return output.drop(.invalidServer) }
        guard let index = findOrInsert(peer.ipv6, at: place, now: now) else {
            return output.drop(.peerTableFull)
        }
        if !contacts[index].isTrusted { contacts.touch(index) }
        contacts.earn(peer, octets: bytes.count + ThirdPartyBudget.headerLength, now: now)
        contacts.recordIndirect(index, peer, trailers, context)
        if context.extensions.symmetricNAT, let port = trailers.randomPort {
            randomPorts.note(port, of: index, &contacts, context, &output, now: now)
        }
        _ = transit.note(trailers.transitRelay, of: index, &contacts, context, &output, now: now)
        contacts[index].answerTo(target, now: now)
        if let last = contacts[index].answer?.last, now - last < RFC4380.bubbleSpacing {
            let due = last + RFC4380.bubbleSpacing
            guard answers.postpone(contacts.ticket(for: index), until: due, now: now) else {
                return output.drop(.answerLimitReached)
            }
            return .consumed
        }
        if waitsForIntroduction(index, now: now) { return .consumed }
        let discovery: Trailer.NeighborDiscovery? = trailers.neighborDiscovery == .solicitation ? .advertisement : nil
        return answer(index, discovery: discovery, now: now) ? .consumed : output.drop(.answerLimitReached)
    }

    /// The client behind a bubble with a link-local source, by its sender trailer; the bubble must have begun at the IPv4
    /// address in the claimed address, so that nobody makes us send to third parties.
    private func sender(
        of datagram: TeredoDatagram,
        _ trailers: TrailerList,
        _ context: ClientContext
    ) -> TeredoAddress? {
        guard context.extensions.symmetricNAT, datagram.header.source.isLinkLocal, trailers.nonce != nil,
            let peer = trailers.sender.flatMap({ TeredoAddress($0) }),
            peer.mappedEndpoint.address == datagram.origin?.endpoint.address
        else { return nil }
        return peer
    }

    /// A relay says that a client asks for us, which it proved to be: then the way is worth opening at once, if the relay is ours
    /// or the one that this client named.
    private mutating func handleInvitation(_ trailers: TrailerList, by inviter: Destination, now: ProtocolInstant) {
        let isOurs = inviter == transit.relay
        guard let address = trailers.sender, let peer = TeredoAddress(address),
            connectivity.context.filter.destination(server: peer.server) != nil,
            let place = connectivity.context.filter.destination(peer.mappedEndpoint),
            isOurs || connectivity.context.usesTransit, let index = findOrInsert(address, at: place, now: now)
        else { return }
        contacts.earn(peer, octets: TeredoBubble.length + trailers.length + ThirdPartyBudget.headerLength, now: now)
        guard transit.knows(inviter, for: index, contacts) else { return introduce(index, to: peer, now: now) }
        transit.prepare(index, invitedBy: inviter, &contacts, connectivity.context, &output, now: now)
    }

    /// Somebody says that a client asks for us through a relay that this client did not name: it can name it when it has our nonce.
    private mutating func introduce(_ index: PeerTable.Index, to peer: TeredoAddress, now: ProtocolInstant) {
        guard connectivity.context.extensions.symmetricNAT, contacts.mayIntroduce(index, now: now) else { return }
        randomPorts.startIndirectBubble(index, peer, &contacts, connectivity.context, &output, now: now)
    }

    /// A client behind a NAT with several addresses is no sender that may be answered where its bubble began, and yet it can name its
    /// relay: with our nonce, which only that client has.
    ///
    /// Its own nonce is returned in the name of our relay, and nowhere else unless it returned ours.
    private mutating func hearClaim(_ trailers: TrailerList, _ context: ClientContext, now: ProtocolInstant) {
        guard context.extensions.symmetricNAT, let nonce = trailers.nonce, let address = trailers.sender,
            let index = contacts.find(address), let peer = TeredoAddress(address)
        else { return }
        contacts[index].traversal.claimedNonce = nonce
        guard transit.note(trailers.transitRelay, of: index, &contacts, context, &output, now: now) else { return }
        contacts.recordIndirect(index, peer, trailers, context)
        // We may have heard it directly, while it did not hear us.
        if contacts[index].isValid(now: now) { contacts.sendDirectBubble(toTrusted: index, context, &output) }
        transit.prepare(index, &contacts, context, &output, now: now)
    }

    /// SNS-6: answers the last indirect bubble of a peer: directly, and, since it may not hear that, through its server.
    private mutating func answer(
        _ index: PeerTable.Index,
        discovery: Trailer.NeighborDiscovery? = nil,
        now: ProtocolInstant
    ) -> Bool {
        guard let target = contacts[index].answer?.target, answers.take(for: target.endpoint.address, now: now) else {
            return false
        }
        let context = connectivity.context
        let address = contacts.address(of: index)
        contacts[index].answer?.last = now
        guard let peer = TeredoAddress(address), context.extensions.symmetricNAT else {
            contacts[index].lastTransmission = now
            output.sendBubble(from: context.own, to: address, at: target)
            return true
        }
        randomPorts.forgetUnheard(index, &contacts, &output, now: now)
        if contacts[index].isValid(now: now) {
            let asked: Trailer.NeighborDiscovery? = contacts[index].isUnconfirmed ? .solicitation : nil
            contacts.sendDirectBubble(toTrusted: index, discovery: discovery ?? asked, context, &output)
        }
        // Heard, but perhaps deaf to us: the way through the relay is opened from this side too.
        if contacts[index].isUnconfirmed, contacts[index].traversal.nonceReceived != 0 {
            transit.prepare(index, &contacts, context, &output, now: now)
        }
        // HP-3: a peer that was heard this very moment knows where we are; another may have lost us.
        guard !contacts[index].isValid(now: now) || now - contacts[index].lastReception >= RFC4380.bubbleSpacing else {
            contacts[index].lastTransmission = now
            return true
        }
        // Only a peer that sent a nonce can make use of ours.
        let knowsNonces = contacts[index].traversal.nonceReceived != 0
        let introduces = knowsNonces && contacts.mayIntroduce(index, now: now)
        contacts[index].traversal.answeredAt = peer.mappedEndpoint
        let isElsewhere = !contacts[index].isValid(now: now) || contacts[index].endpoint != peer.mappedEndpoint
        if isElsewhere, contacts.mayTroubleDirectly(peer, index, &output, now: now) {
            randomPorts.sendDirectBubbles(index, peer, discovery: discovery, contacts, context, &output, now: now)
        }
        sendBubblesToAlternates(index, now: now)
        contacts[index].lastTransmission = now
        if introduces {
            randomPorts.startIndirectBubble(index, peer, &contacts, context, &output, now: now)
            contacts[index].traversal.isIntroducing = true
            if contacts[index].retryDeadline == nil { contacts.scheduleRetry(index, at: now + context.patience()) }
        }
        if knowsNonces { transit.prepare(index, &contacts, context, &output, now: now) }
        return true
    }

    /// HP-2: sends a direct bubble to every endpoint that an untrusted peer listed, each within the cap on answers.
    private mutating func sendBubblesToAlternates(_ index: PeerTable.Index, now: ProtocolInstant) {
        let context = connectivity.context
        guard let origin = contacts[index].answer?.target.endpoint.address else { return }
        for place in contacts[index].traversal.alternates {
            guard answers.take(for: origin, now: now) else { return output.counters.drops.record(.answerLimitReached) }
            guard contacts.mayTrouble(place.endpoint.address, for: index, &output, now: now) else { continue }
            output.sendBubble(
                from: context.own,
                to: contacts.address(of: index),
                at: place,
                trailers: contacts.directTrailers(index, context)
            )
        }
    }

    /// Whether the answer waits a moment, because our indirect bubble, which left late after an echo test, may be repeated
    /// only then: without it the peer would have to begin once more.
    private mutating func waitsForIntroduction(_ index: PeerTable.Index, now: ProtocolInstant) -> Bool {
        guard connectivity.context.extensions.symmetricNAT, !contacts[index].isValid(now: now),
            contacts[index].traversal.nonceReceived != 0, let last = contacts[index].traversal.lastIndirect
        else { return false }
        let due = last + RFC4380.bubbleSpacing
        return due > now && answers.postpone(contacts.ticket(for: index), until: due, now: now)
    }

    /// Sends the answers that waited long enough.
    mutating func handlePostponedAnswers(now: ProtocolInstant) {
        while let ticket = answers.pop(now: now) {
            guard let index = contacts.find(ticket), address != nil else { continue }
            if !answer(index, now: now) { output.counters.drops.record(.answerLimitReached) }
        }
    }

    /// An indirect bubble of a peer behind a symmetric NAT is answered once more when it turns out where that peer is:
    /// the first answer went to the endpoint in its address, where it cannot hear us.
    mutating func answerWhereHeard(_ index: PeerTable.Index, now: ProtocolInstant) {
        guard let answeredAt = contacts[index].traversal.answeredAt else { return }
        guard answeredAt != contacts[index].endpoint || contacts[index].port != .service,
            contacts[index].traversal.nonceReceived != 0,
            answers.take(for: contacts[index].endpoint.address, now: now)
        else { return }
        contacts.sendDirectBubble(toTrusted: index, connectivity.context, &output)
    }

    /// SLR-3: answers a solicitation of a trusted peer with an advertisement, at most once a second per peer: the only bubble
    /// that a direct bubble draws (SEC-55; RFC 6081 section 5.7).
    mutating func handleDiscoveryOption(
        _ option: Trailer.NeighborDiscovery?,
        of index: PeerTable.Index,
        now: ProtocolInstant
    ) {
        guard let option else { return }
        contacts[index].knowsTrailers = true
        guard option == .solicitation else {
            if contacts[index].hasDetails { contacts[index].transit?.noteHeard() }
            confirm(index, now: now)
            return transit.confirmTakeover(index, &contacts, connectivity.context, &output, now: now)
        }
        if let last = contacts[index].traversal.lastAdvertisement, now - last < Self.advertisementSpacing {
            return output.counters.drops.record(.answerLimitReached)
        }
        guard answers.take(for: contacts[index].endpoint.address, now: now) else {
            return output.counters.drops.record(.answerLimitReached)
        }
        contacts[index].traversal.lastAdvertisement = now
        contacts.sendDirectBubble(toTrusted: index, discovery: .advertisement, connectivity.context, &output)
    }

    private static let advertisementSpacing = Duration.seconds(1)
}
