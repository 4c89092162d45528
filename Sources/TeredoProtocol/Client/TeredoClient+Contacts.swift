import TeredoWire

/// How the parts work together to reach a peer, and to forget it.
extension TeredoClient {
    /// The entry for `address`, made when there is none; `nil` when no entry may go for it (SEC-30).
    ///
    /// `isWanted` says that the host has something to send there; everybody else is a stranger.
    mutating func findOrInsert(
        _ address: IPv6Address,
        at destination: Destination?,
        isWanted: Bool = false,
        now: ProtocolInstant
    ) -> PeerTable.Index? {
        if let index = contacts.find(address) {
            if isWanted { contacts.want(index) }
            return index
        }
        let room = isWanted ? contacts.roomForWanted(now: now) : contacts.roomForStranger(address, now: now)
        switch room {
        case .full: return nil
        case .inPlaceOf(let victim): remove(victim, now: now)
        case .free: break
        }
        guard !contacts.peers.isFull else { return nil }
        return contacts.insert(address, at: destination, isStranger: !isWanted, now: now)
    }

    /// Removes a peer, with what only it needed.
    mutating func remove(_ index: PeerTable.Index, now: ProtocolInstant) {
        randomPorts.close(index, &contacts, &output)
        tests.end(contacts[index])
        contacts.remove(index, &output, now: now)
    }

    /// Forgets all peers: they knew an address that is void.
    mutating func flushPeers(now: ProtocolInstant) {
        tests.forgetOutcomes()
        fleets.removeAll()
        for index in contacts.peers.indices { remove(index, now: now) }
        contacts.forgetDeparted()
    }

    /// Drops entries that were not used for 600 s, and forgets the details of peers with whom nothing goes on any more; a
    /// bounded number at a time.
    mutating func expirePeers(now: ProtocolInstant) {
        let isBehindSymmetricNAT = natClass == .symmetric
        contacts.sweep(Self.sweepStep) {
            $0.releaseUnneededDetails(isBehindSymmetricNAT: isBehindSymmetricNAT, now: now)
        }
        for _ in 0..<Self.expiryStep {
            guard let stale = contacts.peers.stale(after: RFC4380.localPeerMemory, now: now) else { return }
            remove(stale, now: now)
        }
    }

    /// The least time between a bubble that waited for an echo test and the next.
    private static let leastPause = Duration.seconds(1)
    private static let sweepStep = 8192
    private static let expiryStep = 1024

    // MARK: Asking

    /// Sends the bubbles of T3 or T5 if the pacing allows, and sets the retry timer.
    ///
    /// In the moments after a qualification in which the kind of NAT is not known yet, bubbles would not be what the NAT needs.
    mutating func bubble(_ index: PeerTable.Index, _ peer: TeredoAddress, now: ProtocolInstant) {
        if let delay = connectivity.contactDelay(now: now) { return contacts.scheduleRetry(index, at: delay) }
        switch contacts.attempt(index, now: now) {
        case .never: return fail(index, reason: .bubbleLimitReached, now: now)
        case .later: break
        case .now: sendBubbles(index, peer, now: now)
        }
        contacts.awaitAnswer(index, interval: connectivity.context.patience(), now: now)
    }

    /// The kind of NAT is known: the contacts that waited for it begin.
    mutating func beginDelayedContacts(now: ProtocolInstant) {
        for index in contacts.peers.indices
        where contacts[index].test == nil && contacts[index].retryDeadline != nil && !contacts[index].outgoing.isEmpty
            && contacts[index].exchange?.attempts == 0
        {
            contacts.scheduleRetry(index, at: now)
        }
        handleRetries(now: now)
    }

    /// The bubbles of one decision: to a neighbour, to an idle peer, or to one that has to be found.
    private mutating func sendBubbles(_ index: PeerTable.Index, _ peer: TeredoAddress, now: ProtocolInstant) {
        if let neighbor = contacts[index].neighbor, neighbor.isLocal(now: now) {
            output.sendBubble(from: connectivity.context.own, to: peer.ipv6, at: neighbor.destination)
            return discovery.announce(connectivity.context, &output, now: now)
        }
        if contacts.solicitDirectly(index, connectivity.context, &output, now: now) { return }
        randomPorts.forgetLost(index, &contacts, &output, now: now)
        // Direct first, so that the hole in our NAT exists when the answer to the indirect one comes.
        randomPorts.sendDirectBubbles(index, peer, contacts, connectivity.context, &output, now: now)
        randomPorts.startIndirectBubble(index, peer, &contacts, connectivity.context, &output, now: now)
        guard peer.mappedEndpoint.address == mappedEndpoint?.address else { return }
        discovery.announce(connectivity.context, &output, now: now)
    }

    /// Asks a peer for a sign of life before its 30 s are over, so that one-way flows do not stall.
    mutating func askForLife(_ index: PeerTable.Index, _ address: IPv6Address, now: ProtocolInstant) {
        guard let peer = TeredoAddress(address) else {
            return tests.start(index, &contacts, connectivity.context, &output, now: now)
        }
        guard contacts.asksForLife(index, now: now) else { return }
        // What the host sends keeps it going, whoever began.
        contacts.want(index)
        sendBubbles(index, peer, now: now)
        // Heard, but perhaps deaf to us: what the host sends may be lost on the direct way.
        if contacts[index].isUnconfirmed {
            transit.prepare(index, &contacts, connectivity.context, &output, now: now)
        }
        contacts.scheduleRetry(index, at: now + connectivity.context.patience())
    }

    /// Repeats bubbles and tests that are due, or gives up after 8 s.
    mutating func handleRetries(now: ProtocolInstant) {
        while let index = contacts.popRetry(now: now) {
            let patience = connectivity.context.patience()
            let hasNoBubbles = contacts[index].test == nil && contacts[index].pacing.isExhausted(now: now)
            let waits = !contacts[index].outgoing.isEmpty
            if contacts[index].doubt != nil, concludeDoubt(index, now: now) { continue }
            let isHopeless = contacts[index].exchange?.isHopeless ?? false
            if isHopeless || contacts.isSpent(index, interval: patience, now: now) || waits && hasNoBubbles {
                // What waits may still go through the relay; and who was heard a moment ago may say any moment that it hears us.
                if waits, contacts[index].transit?.isPromising == true {
                    contacts.scheduleRetry(index, at: now + RFC4380.retryInterval)
                } else if let end = contacts[index].confirmationDeadline(patience: patience), end > now {
                    contacts.scheduleRetry(index, at: end)
                } else {
                    tests.fail(index, &contacts, now: now)
                    fail(index, reason: .peerUnreachable, now: now)
                }
            } else if let peer = TeredoAddress(contacts.address(of: index)) {
                guard !contacts[index].outgoing.isEmpty || contacts[index].transit?.isInUse == true else {
                    contacts.dropHeld(index, &output)
                    introduceAgain(index, peer, now: now)
                    continue
                }
                connectivity.checkMapping(now: now)
                if let test = contacts[index].traversal.echoTest {
                    // The bubble of the last decision has not left yet.
                    contacts.scheduleRetry(index, at: max(test.deadline, now) + Self.leastPause)
                } else {
                    // The relay may have become known only after the first packet.
                    transit.prepare(index, &contacts, connectivity.context, &output, now: now)
                    bubble(index, peer, now: now)
                }
            } else {
                tests.repeat(index, &contacts, connectivity.context, &output, now: now)
            }
        }
    }

    /// Repeats our answer to the first bubble of a peer that was not heard since: its four bubbles are used up soon, and ours
    /// may be what was lost.
    ///
    /// Such repeats keep to the limits of our own bubbles to the peer (SEC-45, SEC-55), and to a rate of their own, so that
    /// strangers draw no more of them than a few a second.
    private mutating func introduceAgain(_ index: PeerTable.Index, _ peer: TeredoAddress, now: ProtocolInstant) {
        let context = connectivity.context
        if contacts[index].traversal.isIntroducing, let test = contacts[index].traversal.echoTest {
            return contacts.scheduleRetry(index, at: max(test.deadline, now) + RFC4380.bubbleSpacing)
        }
        guard contacts[index].traversal.isIntroducing, !contacts[index].isConfirmed(now: now),
            answers.mayRepeat(for: peer.mappedEndpoint.address, now: now), contacts.mayIntroduce(index, now: now)
        else {
            contacts[index].traversal.isIntroducing = false
            return
        }
        if contacts.mayTroubleDirectly(peer, index, &output, now: now) {
            randomPorts.sendDirectBubbles(index, peer, contacts, context, &output, now: now)
        }
        contacts[index].lastTransmission = now
        randomPorts.startIndirectBubble(index, peer, &contacts, context, &output, now: now)
        contacts.scheduleRetry(index, at: now + context.patience())
    }

    /// Gives up on a peer: its packets are answered with address unreachable and dropped.
    mutating func fail(_ index: PeerTable.Index, reason: DropReason, now: ProtocolInstant) {
        tests.end(contacts[index])
        contacts[index].failContact()
        randomPorts.close(index, &contacts, &output)
        contacts.fail(index, reason: reason, errorSource: connectivity.context.errorSource, &output, now: now)
        contacts.dropHeld(index, &output)
    }

    /// Tells a peer our nonce again that we reach directly, as far as we know, and that still sends through the relay.
    ///
    /// Perhaps it does not hear us, because our answer to its bubble was lost, or because the way is open in the other direction only:
    /// when it does not answer, our packets take the relay too. Within the limits of bubbles (SEC-45).
    mutating func askWhetherHeard(_ address: IPv6Address, now: ProtocolInstant) {
        guard let index = contacts.find(address), contacts[index].isConfirmed(now: now), contacts[index].knowsTrailers,
            contacts[index].transit?.isInUse == false, contacts[index].transit?.takeover == nil,
            now - contacts[index].lastReception >= RFC4380.bubbleSpacing, contacts.asks(index, now: now)
        else { return }
        let patience = connectivity.context.patience(atLeast: RFC4380.bubbleSpacing)
        guard contacts[index].transit?.asksWhetherHeard(patience: patience, now: now) == true else {
            return transit.retreat(index, &contacts, &output, now: now)
        }
        contacts.sendDirectBubble(toTrusted: index, discovery: .solicitation, connectivity.context, &output)
    }

    // MARK: Reaching

    /// Marks a peer as trusted: its packets come in from `destination` on `port`.
    ///
    /// Sends what waited for it and delivers what was held of it.
    mutating func trust(
        _ index: PeerTable.Index,
        at destination: Destination,
        on port: LocalPort = .service,
        now: ProtocolInstant
    ) {
        let context = connectivity.context
        let needsConfirmation =
            contacts.needsConfirmation(index, heardFrom: destination.endpoint, on: port, context, now: now)
        contacts.trust(index, at: destination, on: port, context, now: now)
        if port == .service {
            randomPorts.close(index, &contacts, &output)
        } else {
            randomPorts.scheduleRefresh(index, &contacts, now: now)
        }
        guard needsConfirmation else { return settle(index, now: now) }
        awaitConfirmation(index, now: now)
    }

    /// The peer is heard, and may not hear us: it is asked, and the way through the relay is prepared.
    mutating func awaitConfirmation(_ index: PeerTable.Index, now: ProtocolInstant) {
        contacts.awaitConfirmation(index, connectivity.context, &output, now: now)
        guard contacts[index].traversal.isDeaf else { return }
        transit.prepare(index, &contacts, connectivity.context, &output, now: now)
    }

    /// Ends the exchange with a trusted peer.
    mutating func settle(_ index: PeerTable.Index, now: ProtocolInstant) {
        tests.end(contacts[index])
        if contacts[index].doubt != nil { dispelDoubt(index) }
        contacts[index].endExchange()
        contacts[index].quietUntil = nil
        contacts.recordReception(index, now: now)
        contacts.touch(index)
        contacts.mark(index)
        answerWhereHeard(index, now: now)
        contacts[index].endContact()
        contacts[index].traversal.nonces.settle()
        deliverHeld(index, now: now)
        if contacts[index].transit?.isInUse == true {
            transit.beginTakeover(index, &contacts, connectivity.context, &output, now: now)
        } else {
            contacts.sendQueued(index, &output, now: now)
        }
    }

    /// SLR-4: the peer hears us, and what waits can go.
    mutating func confirm(_ index: PeerTable.Index, now: ProtocolInstant) {
        guard contacts[index].isUnconfirmed else { return }
        contacts.confirm(index, now: now)
        settle(index, now: now)
    }

    /// What a proved direct bubble or packet on a port means for the choice between the ports (RFC 6081 section 5.4).
    mutating func acceptDirect(
        _ index: PeerTable.Index,
        from source: Destination,
        on port: LocalPort,
        nonce: UInt32,
        now: ProtocolInstant
    ) {
        switch contacts.judgeDirect(index, from: source.endpoint, on: port, nonce: nonce, now: now) {
        case .trust: trust(index, at: source, on: port, now: now)
        case .keep: contacts.recordReception(index, now: now)
        case .restart: restartContact(index, now: now)
        }
    }

    /// The peer shows another endpoint on a random port: that port is worth nothing any more.
    private mutating func restartContact(_ index: PeerTable.Index, now: ProtocolInstant) {
        randomPorts.close(index, &contacts, &output)
        contacts.distrust(index)
        guard let peer = TeredoAddress(contacts.address(of: index)), contacts.mayIntroduce(index, now: now) else {
            return
        }
        randomPorts.startIndirectBubble(index, peer, &contacts, connectivity.context, &output, now: now)
    }
}
