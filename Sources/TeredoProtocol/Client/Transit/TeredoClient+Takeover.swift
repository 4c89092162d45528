import TeredoWire

/// From the relay to the direct way without loss and in order (docs/transit.md section 5.4): the last packet through the
/// relay is a mark; what follows waits until the peer has it.
extension TeredoClient {
    /// The direct way is open on our side: ask the peer whether it is on its own.
    mutating func beginTakeover(_ index: PeerTable.Index, now: ProtocolInstant) {
        guard let path = peers[index].transit, path.isInUse, path.takeover == nil, path.takeoverDeadline == nil else {
            return
        }
        peers[index].transit?.takeover = .asking
        sendDirectBubble(toTrusted: index, discovery: .solicitation)
        scheduleTakeover(index, at: now + Self.askingTime)
    }

    /// The peer accepts what we send directly: the mark goes through the relay, behind everything else.
    mutating func confirmTakeover(_ index: PeerTable.Index, now: ProtocolInstant) {
        guard let relay = transitRelay, let path = peers[index].transit, path.takeover == .asking,
            peers[index].isValid(now: now)
        else { return }
        peers[index].transit?.takeover = .draining
        sendBubble(
            from: ownAddress,
            to: peers.address(of: index),
            at: relay,
            trailers: TrailerList([.transit(TransitMessage(.mark, nonce: path.nonce))])
        )
        scheduleTakeover(index, at: now + Self.drainTime)
    }

    /// The mark of a peer: everything that it sent through the relay is here.
    ///
    /// It is answered when what the peer sends directly is accepted.
    mutating func answerMark(_ index: PeerTable.Index, nonce: UInt64, now: ProtocolInstant) {
        guard let relay = transitRelay, peers[index].isValid(now: now) else {
            return counters.drops.record(.transitClosed)
        }
        sendBubble(
            from: ownAddress,
            to: peers.address(of: index),
            at: relay,
            trailers: TrailerList([.transit(TransitMessage(.markReceived, nonce: nonce))])
        )
    }

    /// Everything that went through the relay has arrived: what waits goes directly.
    mutating func completeTakeover(_ index: PeerTable.Index, now: ProtocolInstant) {
        guard peers[index].transit?.takeover == .draining else { return }
        guard peers[index].isTrusted else { return resumeTransit(index, now: now) }
        peers[index].transit?.takeover = nil
        peers[index].transit?.takeoverDeadline = nil
        peers[index].transit?.isInUse = false
        peers.mark(index)
        for packet in peers[index].outgoing.removeAll(budget: &budget) {
            outbox.send(packet.bytes, to: peers[index].endpoint, from: peers[index].port)
            octets.recordSent(index, octets: packet.bytes.count)
            peers[index].lastTransmission = now
        }
        events.append(.pathChanged(peers.address(of: index)))
    }

    /// The change did not come off: what waits goes through the relay, and after a while there is another attempt.
    mutating func resumeTransit(_ index: PeerTable.Index, now: ProtocolInstant) {
        guard let relay = transitRelay else { return }
        peers[index].transit?.takeover = nil
        peers.mark(index)
        for packet in peers[index].outgoing.removeAll(budget: &budget) {
            outbox.send(packet.bytes, to: relay)
            octets.recordSent(index, octets: packet.bytes.count)
            counters.packetsCarried &+= 1
        }
        postponeTakeover(index, now: now)
    }

    mutating func handleTakeoverDeadline(_ index: PeerTable.Index, now: ProtocolInstant) {
        switch peers[index].transit?.takeover {
        case .draining: resumeTransit(index, now: now)
        case .asking:
            peers[index].transit?.takeover = nil
            postponeTakeover(index, now: now)
        case nil:
            if peers[index].isValid(now: now) { beginTakeover(index, now: now) }
        }
    }

    /// 5 s at first, then longer and longer: the direct way may be open in one direction only.
    private mutating func postponeTakeover(_ index: PeerTable.Index, now: ProtocolInstant) {
        let failures = min(peers[index].transit?.failedTakeovers ?? 0, 6)
        peers[index].transit?.failedTakeovers = failures + 1
        scheduleTakeover(index, at: now + Self.pause * (1 << failures))
    }

    private mutating func scheduleTakeover(_ index: PeerTable.Index, at deadline: ProtocolInstant) {
        peers[index].transit?.takeoverDeadline = deadline
        transitTimer.schedule(peers.ticket(for: index), at: deadline)
    }

    private static let askingTime = Duration.seconds(2)
    private static let drainTime = Duration.seconds(1)
    private static let pause = Duration.seconds(5)
}
