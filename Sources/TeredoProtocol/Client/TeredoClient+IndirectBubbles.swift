import TeredoWire

/// Answers to bubbles that come through the own server (RFC 4380 section 5.2.3; client.md section 6, R2).
extension TeredoClient {
    /// R2: answers a bubble that came through the own server with a direct bubble to where it began, if that is global
    /// unicast and the rate allows (SEC-44).
    mutating func answerIndirectBubble(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        let header = datagram.header
        guard header.destination == ownAddress else { return drop(.foreignDestination) }
        guard header.source.isValidSource, header.source != ownAddress else { return drop(.invalidSource) }
        let trailers: TrailerList
        do { trailers = try TrailerList(parsing: bytes.extracting(datagram.trailers)) } catch {
            return drop(.invalidTrailer)
        }
        let peer = TeredoAddress(header.source) ?? sender(of: datagram, trailers)
        guard let target = datagram.origin?.endpoint ?? peer?.mappedEndpoint, filter.mayBeSent(to: target) else {
            return drop(.forbiddenEndpoint)
        }
        guard let peer else {
            guard answerBucket.take(now: now) else { return drop(.answerLimitReached) }
            if target == transitRelay, trailers.transit?.kind == .invitation { handleInvitation(trailers, now: now) }
            sendBubble(from: ownAddress, to: header.source, at: target)
            return .consumed
        }
        guard filter.mayBeSent(to: peer.mappedEndpoint) else { return drop(.forbiddenEndpoint) }
        guard let index = findOrInsert(peer.ipv6, endpoint: peer.mappedEndpoint, now: now) else {
            return drop(.peerTableFull)
        }
        if !peers[index].isTrusted { peers.touch(index) }
        recordIndirect(index, peer, trailers, now: now)
        peers[index].answerTarget = target
        if let lastAnswer = peers[index].lastAnswer, now - lastAnswer < RFC4380.bubbleSpacing {
            let due = lastAnswer + RFC4380.bubbleSpacing
            guard due - now <= Self.answerTolerance, answers.schedule(peers.ticket(for: index), at: due) else {
                return drop(.answerLimitReached)
            }
            return .consumed
        }
        if waitsForIntroduction(index, now: now) { return .consumed }
        let discovery: Trailer.NeighborDiscovery? = trailers.neighborDiscovery == .solicitation ? .advertisement : nil
        return answer(index, discovery: discovery, now: now) ? .consumed : drop(.answerLimitReached)
    }

    /// The client behind a bubble with a link-local source, by its sender trailer; the bubble must have begun at the IPv4
    /// address in the claimed address, so that nobody makes us send to third parties.
    private func sender(of datagram: TeredoDatagram, _ trailers: TrailerList) -> TeredoAddress? {
        guard configuration.extensions.symmetricNAT, datagram.header.source.isLinkLocal, trailers.nonce != nil,
            let claimed = trailers.sender, claimed != ownAddress, let peer = TeredoAddress(claimed),
            peer.mappedEndpoint.address == datagram.origin?.endpoint.address
        else { return nil }
        return peer
    }

    /// Answers the last indirect bubble of a peer: directly, and, since it may not hear that, through its server.
    private mutating func answer(
        _ index: PeerTable.Index,
        discovery: Trailer.NeighborDiscovery? = nil,
        now: ProtocolInstant
    ) -> Bool {
        guard let target = peers[index].answerTarget, answerBucket.take(now: now) else { return false }
        let address = peers.address(of: index)
        peers[index].lastAnswer = now
        guard let peer = TeredoAddress(address), configuration.extensions.symmetricNAT else {
            peers[index].lastTransmission = now
            sendBubble(from: ownAddress, to: address, at: target)
            return true
        }
        if peers[index].isValid(now: now) {
            let isUnconfirmed = peers[index].isUnconfirmed
            sendDirectBubble(toTrusted: index, discovery: discovery ?? (isUnconfirmed ? .solicitation : nil))
        }
        // A peer that was heard this very moment knows where we are; another may have lost us.
        guard !peers[index].isValid(now: now) || now - peers[index].lastReception >= RFC4380.bubbleSpacing else {
            peers[index].lastTransmission = now
            return true
        }
        // Only a peer that sent a nonce can make use of ours.
        let introduces = peers[index].traversal.nonceReceived != 0 && mayIntroduce(index, now: now)
        peers[index].traversal.answeredAt = peer.mappedEndpoint
        if !peers[index].isValid(now: now) || peers[index].endpoint != peer.mappedEndpoint {
            sendDirectBubbles(index, peer, discovery: discovery)
        }
        sendBubblesToAlternates(index, now: now)
        peers[index].lastTransmission = now
        if introduces { startIndirectBubble(index, peer, now: now) }
        if peers[index].traversal.nonceReceived != 0 { prepareTransit(index, now: now) }
        return true
    }

    /// Whether an indirect bubble may go to a peer that we did not want to reach ourselves: 2 s apart, and within the
    /// four bubbles of 300 s, so that two clients never play ping-pong (SEC-55).
    mutating func mayIntroduce(_ index: PeerTable.Index, now: ProtocolInstant) -> Bool {
        let lastIndirect = peers[index].traversal.lastIndirect ?? now - RFC4380.peerValidity
        return peers[index].pacing.decide(lastTransmission: lastIndirect, now: now) == .now
    }

    /// Whether the answer waits a moment, because our indirect bubble, which left late after an echo test, may be repeated
    /// only then: without it the peer would have to begin once more.
    private mutating func waitsForIntroduction(_ index: PeerTable.Index, now: ProtocolInstant) -> Bool {
        guard configuration.extensions.symmetricNAT, !peers[index].isValid(now: now),
            peers[index].traversal.nonceReceived != 0, let lastIndirect = peers[index].traversal.lastIndirect
        else { return false }
        let due = lastIndirect + RFC4380.bubbleSpacing
        guard due > now, due - now <= Self.answerTolerance else { return false }
        return answers.schedule(peers.ticket(for: index), at: due)
    }

    mutating func handleDeferredAnswers(now: ProtocolInstant) {
        while let ticket = answers.pop(now: now) {
            guard let index = peers.find(ticket), address != nil else { continue }
            if !answer(index, now: now) { counters.drops.record(.answerLimitReached) }
        }
    }

    private static let answerTolerance = Duration.milliseconds(250)
}
