import TeredoWire

/// Reaching a peer through the transit relay while, or because, there is no direct way (docs/transit.md section 5).
extension TeredoClient {
    /// Prepares the way through the relay to a peer that is not reached yet.
    mutating func prepareTransit(_ index: PeerTable.Index, headStart: Duration? = nil, now: ProtocolInstant) {
        guard transitRelay != nil, peers.address(of: index).isTeredo else { return }
        if headStart == .zero, peers[index].transit?.state == .waiting { peers[index].transit = nil }
        if let path = peers[index].transit, path.state != .ready || path.isOpen(now: now) { return }
        var path = TransitPath(nonce: generator.next())
        path.deadline = now + (headStart ?? (natClass == .symmetric ? .zero : configuration.transit.headStart))
        peers[index].transit = path
        peers.mark(index)
        transitTimer.schedule(peers.ticket(for: index), at: path.deadline ?? now)
    }

    /// The relay says that a client asks for us, which it proved to be: then the way is worth opening at once.
    mutating func handleInvitation(_ trailers: TrailerList, now: ProtocolInstant) {
        guard let address = trailers.sender, address != ownAddress, let peer = TeredoAddress(address),
            let index = findOrInsert(address, endpoint: peer.mappedEndpoint, now: now)
        else { return }
        prepareTransit(index, headStart: .zero, now: now)
    }

    /// Sends a packet through the relay, when that is how the peer is reached now; `nil` when it is not.
    mutating func transmitByTransit(
        _ packet: Span<UInt8>,
        _ index: PeerTable.Index,
        _ peer: TeredoAddress,
        now: ProtocolInstant
    ) -> TransmissionVerdict? {
        guard let relay = transitRelay, let path = peers[index].transit, path.isOpen(now: now) else {
            if peers[index].transit?.isInUse == true {
                peers[index].transit?.isInUse = false
                peers.mark(index)
            }
            return nil
        }
        if path.takeover == .draining {
            let queued = QueuedPacket(bytes: packet.copyAll(), origin: nil)
            if peers[index].outgoing.append(queued, limits: Self.drainLimits, budget: &budget) { return .consumed }
            resumeTransit(index, now: now)
        } else if !path.isInUse {
            guard !peers[index].isConfirmed(now: now) else { return nil }
            useTransit(index, now: now)
        }
        peers[index].transit?.lastUse = now
        // The direct way is tried again whenever the bubbles are allowed.
        if peers[index].retryDeadline == nil, !peers[index].isValid(now: now),
            !peers[index].pacing.isExhausted(now: now)
        {
            bubble(index, peer, now: now)
        }
        counters.packetsCarried &+= 1
        counters.recordSent(octets: packet.count)
        octets.recordSent(index, octets: packet.count)
        return .forward(to: relay)
    }

    /// From now on packets for the peer go through the relay; what waits goes first.
    private mutating func useTransit(_ index: PeerTable.Index, now: ProtocolInstant) {
        guard let relay = transitRelay else { return }
        peers[index].transit?.isInUse = true
        peers.mark(index)
        peers[index].transit?.takeover = nil
        peers[index].transit?.takeoverDeadline = nil
        for packet in peers[index].outgoing.removeAll(budget: &budget) {
            outbox.send(packet.bytes, to: relay)
            octets.recordSent(index, octets: packet.bytes.count)
            peers[index].transit?.lastUse = now
            counters.packetsCarried &+= 1
        }
    }

    /// A datagram from the relay: its own messages, or a packet of a peer that both of us asked it to carry.
    mutating func handleTransitDatagram(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        let header = datagram.header
        guard header.destination == ownAddress else { return drop(.foreignDestination) }
        guard let index = peers.find(header.source), let path = peers[index].transit, path.state != .waiting else {
            return drop(.transitClosed)
        }
        if header.isBubble {
            guard let trailers = try? TrailerList(parsing: bytes.extracting(datagram.trailers)),
                let message = trailers.transit
            else { return drop(.invalidTrailer) }
            return handleTransitMessage(message, index, now: now)
        }
        // The relay carries only between two that asked for each other: its word that the way is open may be lost.
        guard path.cookie != 0 else { return drop(.transitClosed) }
        if path.state != .ready { becomeReady(index, now: now) }
        peers[index].transit?.lastUse = now
        let packet = bytes.extracting(datagram.packet)
        guard !IPv6ExtensionHeaders.requiresSourceRouting(packet) else { return drop(.sourceRouting) }
        peers[index].transit?.lastReception = now
        counters.packetsDelivered &+= 1
        octets.recordReceived(index, octets: datagram.packet.count)
        return .deliver(datagram.packet)
    }

    private mutating func handleTransitMessage(
        _ message: TransitMessage,
        _ index: PeerTable.Index,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        guard let path = peers[index].transit else { return drop(.transitClosed) }
        switch message.kind {
        case .challenge where message.nonce == path.nonce && message.value != path.cookie:
            peers[index].transit?.cookie = message.value
            requestTransit(index, now: now)
        case .ready where message.nonce == path.nonce:
            becomeReady(index, now: now)
        case .closed where path.state == .ready:
            // Anybody could say so: asking the relay again does no harm, and shows whether it is true.
            if let last = path.lastReady, now - last < TransitPath.requestInterval { return .consumed }
            peers[index].transit?.attempts = 0
            scheduleTransit(index, at: now)
        case .mark:
            answerMark(index, nonce: message.nonce, now: now)
        case .markReceived where message.nonce == path.nonce:
            completeTakeover(index, now: now)
        case .challenge, .ready, .closed, .markReceived, .open, .query, .announcement, .invitation:
            return drop(.transitClosed)
        }
        return .consumed
    }

    private mutating func becomeReady(_ index: PeerTable.Index, now: ProtocolInstant) {
        peers[index].transit?.state = .ready
        peers.mark(index)
        peers[index].transit?.attempts = 0
        peers[index].transit?.lastReady = now
        scheduleTransit(index, at: now + TransitPath.keepAliveInterval)
        guard !peers[index].isConfirmed(now: now), !peers[index].outgoing.isEmpty else { return }
        useTransit(index, now: now)
    }

    private mutating func requestTransit(_ index: PeerTable.Index, now: ProtocolInstant) {
        guard let relay = transitRelay, let path = peers[index].transit else { return }
        if path.state == .waiting { peers[index].transit?.state = .opening }
        sendBubble(
            from: ownAddress,
            to: peers.address(of: index),
            at: relay,
            trailers: TrailerList([.transit(TransitMessage(.open, nonce: path.nonce, value: path.cookie))])
        )
        scheduleTransit(index, at: now + TransitPath.requestInterval)
    }

    private mutating func scheduleTransit(_ index: PeerTable.Index, at deadline: ProtocolInstant) {
        peers[index].transit?.deadline = deadline
        transitTimer.schedule(peers.ticket(for: index), at: deadline)
    }

    mutating func handleTransitTimeouts(now: ProtocolInstant) {
        handleTransitQuery(now: now)
        while let ticket = transitTimer.pop(now: now) {
            guard let index = peers.find(ticket), let path = peers[index].transit else { continue }
            if let deadline = path.deadline, deadline <= now {
                peers[index].transit?.deadline = nil
                handleTransitDeadline(index, path, now: now)
                peers.mark(index)
            }
            if let deadline = path.takeoverDeadline, deadline <= now {
                peers[index].transit?.takeoverDeadline = nil
                handleTakeoverDeadline(index, now: now)
            }
        }
    }

    private mutating func handleTransitDeadline(_ index: PeerTable.Index, _ path: TransitPath, now: ProtocolInstant) {
        switch path.state {
        case .waiting where peers[index].isConfirmed(now: now):
            peers[index].transit = nil
        case .waiting, .opening:
            guard path.attempts < TransitPath.requestLimit else {
                peers[index].transit = nil
                return
            }
            peers[index].transit?.attempts += 1
            requestTransit(index, now: now)
        case .ready:
            let isUsed = path.lastUse.map { now - $0 < TransitPath.validity } ?? false
            guard isUsed, path.isOpen(now: now) else {
                peers[index].transit = nil
                return
            }
            requestTransit(index, now: now)
        }
    }

    static let drainLimits = QueueLimits(packetsPerPeer: 1024, octetsPerPeer: 1 << 20)
}
