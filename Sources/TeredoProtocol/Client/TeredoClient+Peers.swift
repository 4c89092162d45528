import TeredoWire

/// The list of recent peers: making room, trust, queues, expiry.
extension TeredoClient {
    mutating func drop(_ reason: DropReason) -> ReceptionVerdict {
        counters.drops.record(reason)
        return .drop(reason)
    }

    /// The entry for `address`, made when there is none; `nil` when no entry may go for it (SEC-30).
    mutating func findOrInsert(
        _ address: IPv6Address,
        endpoint: UDPEndpoint,
        now: ProtocolInstant
    ) -> PeerTable.Index? {
        if let index = peers.find(address) { return index }
        if peers.isFull {
            guard let victim = peers.candidateForEviction(now: now) else { return nil }
            remove(victim)
        }
        let index = peers.insert(Peer(endpoint: endpoint, now: now), for: address)
        octets.begin(index)
        return index
    }

    /// Removes an entry; what it had queued is counted as flushed.
    mutating func remove(_ index: PeerTable.Index) {
        closeRandomPort(index)
        var peer = peers.remove(index)
        if peer.test != nil { outstandingTests -= 1 }
        let lost = peer.outgoing.removeAll(budget: &budget).count + peer.incoming.removeAll(budget: &budget).count
        counters.drops.record(.flushed, amount: UInt64(lost))
    }

    mutating func flushPeers() {
        nativeTests.removeAll()
        for index in peers.indices { remove(index) }
    }

    /// Drops entries that were not used for 600 s, and forgets the details of peers with whom nothing goes on any more; a
    /// bounded number at a time.
    mutating func expirePeers(now: ProtocolInstant) {
        let isBehindSymmetricNAT = natClass == .symmetric
        peers.sweep(Self.sweepStep) {
            $0.releaseUnneededDetails(isBehindSymmetricNAT: isBehindSymmetricNAT, now: now)
        }
        for _ in 0..<Self.expiryStep {
            guard let stale = peers.stale(after: RFC4380.localPeerMemory, now: now) else { return }
            remove(stale)
        }
    }

    private static let sweepStep = 8192
    private static let expiryStep = 1024

    /// Marks a peer as trusted: its packets come in from `endpoint` on `port`.
    ///
    /// Sends what waited for it and delivers what was held of it.
    mutating func trust(
        _ index: PeerTable.Index,
        at endpoint: UDPEndpoint,
        on port: LocalPort = .service,
        now: ProtocolInstant
    ) {
        let needsConfirmation = needsConfirmation(index, on: port, now: now)
        peers[index].isTrusted = true
        if peers[index].receptionEndpoint != endpoint || !peers[index].isValid(now: now) {
            peers[index].traversal.provenAt = now
        }
        peers[index].receptionEndpoint = endpoint
        peers[index].endpoint = transmissionEndpoint(for: index, heardFrom: endpoint)
        peers[index].port = port
        peers.mark(index)
        if port == .service {
            peers[index].receivesOnPrimary = true
            peers[index].receivesOnRandom = false
            closeRandomPort(index)
        } else {
            peers[index].receivesOnRandom = true
            scheduleRefresh(index, now: now)
        }
        guard needsConfirmation else { return settle(index, now: now) }
        awaitConfirmation(index, now: now)
    }

    /// Ends the exchange with a trusted peer.
    mutating func settle(_ index: PeerTable.Index, now: ProtocolInstant) {
        let endpoint = peers[index].endpoint
        if peers[index].test != nil { outstandingTests -= 1 }
        peers[index].test = nil
        peers[index].retryDeadline = nil
        peers[index].attempts = 0
        peers[index].exchangeStart = nil
        peers[index].quietUntil = nil
        recordReception(index, now: now)
        peers.touch(index)
        peers.mark(index)
        answerWhereHeard(index, now: now)
        peers[index].endContact()
        deliverHeld(index)
        guard peers[index].transit?.isInUse != true else { return beginTakeover(index, now: now) }
        for packet in peers[index].outgoing.removeAll(budget: &budget) {
            outbox.send(packet.bytes, to: endpoint, from: peers[index].port)
            octets.recordSent(index, octets: packet.bytes.count)
            peers[index].lastTransmission = now
        }
    }

    /// Delivers what was held of a peer that is where it came from.
    mutating func deliverHeld(_ index: PeerTable.Index) {
        for packet in peers[index].incoming.removeAll(budget: &budget) {
            if packet.origin == peers[index].receptionEndpoint {
                outbox.deliver(packet.bytes)
                octets.recordReceived(index, octets: packet.bytes.count)
            } else {
                let isTeredo = peers.address(of: index).isTeredo
                counters.drops.record(isTeredo ? .endpointMismatch : .connectivityTestFailed)
            }
        }
    }

    /// Notes an accepted packet of a peer; one that may not hear us did not answer our bubbles yet.
    mutating func recordReception(_ index: PeerTable.Index, now: ProtocolInstant) {
        // The first sign of life after a silence decides where the peer is, as a first proof does.
        if peers[index].isTrusted, !peers[index].isValid(now: now) { peers[index].traversal.provenAt = now }
        peers[index].lastReception = now
        // Only when there is something to forget: this happens for every packet.
        if peers[index].hasDetails, !peers[index].isUnconfirmed, peers[index].pacing.unanswered > 0 {
            peers[index].pacing.answered()
        }
    }

    /// Gives up on a peer: its packets are answered with address unreachable and dropped.
    mutating func fail(_ index: PeerTable.Index, reason: DropReason, now: ProtocolInstant) {
        if peers[index].test != nil { outstandingTests -= 1 }
        peers[index].test = nil
        peers[index].retryDeadline = nil
        peers[index].attempts = 0
        peers[index].exchangeStart = nil
        peers.mark(index)
        if peers[index].isUnconfirmed { peers[index].isTrusted = false }
        // A peer that was local and is silent now is looked for through its server again.
        peers[index].lastDiscovery = nil
        peers[index].endContact()
        peers[index].traversal.forgetAnnouncement()
        closeRandomPort(index)
        for packet in peers[index].outgoing.removeAll(budget: &budget) {
            counters.drops.record(reason)
            deliverError(.addressUnreachable, about: packet.bytes.span, now: now)
        }
        dropHeld(index)
    }

    /// Drops what was held of a peer that did not prove where it is.
    mutating func dropHeld(_ index: PeerTable.Index) {
        let held = peers[index].incoming.removeAll(budget: &budget)
        let reason: DropReason = peers.address(of: index).isTeredo ? .endpointMismatch : .connectivityTestFailed
        counters.drops.record(reason, amount: UInt64(held.count))
    }

    mutating func deliverError(_ error: ICMPv6Error, about packet: Span<UInt8>, now: ProtocolInstant) {
        let source = address == nil ? linkLocal(coneBit: false) : ownAddress
        guard let message = errors.error(error, about: packet, from: source, now: now) else { return }
        counters.icmpv6Errors &+= 1
        outbox.deliver(message)
    }

    mutating func sendBubble(
        from source: IPv6Address,
        to destination: IPv6Address,
        at endpoint: UDPEndpoint,
        hopLimit: UInt8 = 255,
        port: LocalPort = .service,
        trailers: TrailerList = TrailerList()
    ) {
        let bubble = TeredoBubble(source: source, destination: destination, hopLimit: hopLimit)
        let octets = [UInt8](capacity: TeredoBubble.length + trailers.length) { output in
            bubble.encode(into: &output)
            trailers.encode(into: &output)
        }
        outbox.send(octets, to: endpoint, from: port)
        counters.bubblesSent &+= 1
    }
}
