import TeredoWire

/// Port-preserving symmetric NAT (RFC 6081 section 5.4; client.md section 13.3): a fresh port that the NAT keeps is
/// announced to the peer. The sequential extension shares its ports and its rules of reception.
extension TeredoClient {
    /// Tells the client that the socket of a slot is open on `port`, after `.randomPortNeeded`.
    public mutating func randomPortOpened(_ slot: UInt8, port: UInt16, now: ProtocolInstant) {
        guard let index = randomPortOwner(slot), let peer = TeredoAddress(peers.address(of: index)),
            peers[index].traversal.randomPort?.isOpen == false
        else { return }
        peers[index].traversal.randomPort?.isOpen = true
        guard isPortPreserving == true else { return startEchoTest(index, peer, now: now) }
        peers[index].traversal.randomPort?.external = port
        sendRandomPortBubble(index, peer)
        sendIndirectBubble(index, peer, now: now)
    }

    /// Tells the client that there is no socket for a slot: the contact goes on without it.
    public mutating func randomPortFailed(_ slot: UInt8, now: ProtocolInstant) {
        guard let index = randomPortOwner(slot), let peer = TeredoAddress(peers.address(of: index)) else { return }
        randomPorts.release(slot)
        peers[index].traversal.randomPort = nil
        sendIndirectBubble(index, peer, now: now)
    }

    func randomPortOwner(_ slot: UInt8) -> PeerTable.Index? {
        guard let ticket = randomPorts.owner(of: slot), let index = peers.find(ticket),
            peers[index].traversal.randomPort?.slot == slot
        else { return nil }
        return index
    }

    /// Whether the indirect bubble waits for a random port or for an echo test.
    mutating func preparesRandomPort(
        _ index: PeerTable.Index,
        _ peer: TeredoAddress,
        now: ProtocolInstant
    ) -> Bool {
        guard usesRandomPort else { return false }
        if let port = peers[index].traversal.randomPort {
            return !port.isOpen || peers[index].traversal.echoTest != nil
        }
        guard isPortPreserving == true || peers[index].traversal.echoTests < RFC6081.echoTestLimit,
            let slot = takeRandomPort(index, now: now)
        else { return false }
        peers[index].traversal.randomPort = PeerTraversal.RandomPort(slot: slot)
        events.append(.randomPortNeeded(slot))
        return true
    }

    /// A free random port, or else one that was opened for the answer to a peer which was not heard of since: bubbles
    /// through the server must not use up all of them.
    private mutating func takeRandomPort(_ index: PeerTable.Index, now: ProtocolInstant) -> UInt8? {
        if let slot = randomPorts.take(for: peers.ticket(for: index)) { return slot }
        let exchange = RFC4380.retryInterval * RFC4380.attemptLimit
        let idle = randomPorts.tickets.compactMap { peers.find($0) }.first { other in
            let peer = peers[other]
            return !peer.isTrusted && peer.retryDeadline == nil && now - peer.lastTransmission >= exchange
        }
        guard let idle else { return nil }
        closeRandomPort(idle)
        return randomPorts.take(for: peers.ticket(for: index))
    }

    /// Whether this client is behind a symmetric NAT whose next port can be known.
    private var usesRandomPort: Bool {
        // With a forwarded port everybody reaches us where our address says; a random port would be a detour.
        let isForwarded = configuration.extensions.usesPortMapping && isReachableAtMappedEndpoint
        guard natClass == .symmetric, !isForwarded else { return false }
        return isPortPreserving == true ? configuration.extensions.usesRandomPorts : usesEchoTest
    }

    /// The direct bubble that concerns random ports: from ours, and to the peer's when it announced one.
    ///
    /// A client that is not behind a symmetric NAT sends to the peer's random port from its service port; and one that has
    /// a random port while the peer has none sends from it to the peer's embedded endpoint, which makes the mapping that
    /// it announces. RFC 6081 says so in its examples and prose only (section 3.3, figure of 6.4).
    mutating func sendRandomPortBubble(_ index: PeerTable.Index, _ peer: TeredoAddress) {
        guard configuration.extensions.usesRandomPorts else { return }
        let traversal = peers[index].traversal
        // Before the peer's first indirect bubble nobody knows whether it has a random port; a datagram to the wrong one
        // of its ports would use up the external port that was announced.
        guard traversal.peerRandomPort != 0 || traversal.nonceReceived != 0 else { return }
        var trailers = directTrailers(index)
        if let own = traversal.randomPort, own.isOpen, own.external != 0 {
            trailers.trailers.append(.randomPort(own.external))
            let target = randomPortTarget(index, peer)
            sendBubble(from: ownAddress, to: peer.ipv6, at: target, port: .randomPort(own.slot), trailers: trailers)
        } else if traversal.peerRandomPort != 0, !usesRandomPort {
            sendBubble(from: ownAddress, to: peer.ipv6, at: randomPortTarget(index, peer), trailers: trailers)
        }
    }

    /// Where bubbles from a random port go.
    func randomPortTarget(_ index: PeerTable.Index, _ peer: TeredoAddress) -> UDPEndpoint {
        let port = peers[index].traversal.peerRandomPort
        return port == 0 ? peer.mappedEndpoint : UDPEndpoint(peer.mappedEndpoint.address, port)
    }

    /// A peer announced a random port.
    mutating func recordRandomPort(_ port: UInt16, of index: PeerTable.Index, now: ProtocolInstant) {
        guard configuration.extensions.usesRandomPorts, peers[index].traversal.peerRandomPort != port else { return }
        let known = peers[index].traversal.peerRandomPort
        // While a connection is in use, nobody changes it by a bubble through the server. What we send to a peer that was
        // not heard for 30 s is no use (section 5.4.4.3 counts it; then a lost connection would never come back).
        guard known == 0 || !peers[index].isValid(now: now) else { return }
        peers[index].traversal.peerRandomPort = port
        // The mapping of our own port leads to the old one.
        if known != 0 { closeRandomPort(index) }
    }

    /// A new contact uses nothing of a lost one.
    ///
    /// A datagram to a random port that the peer has no more would use up the mapping of ours. What belongs to an exchange
    /// that the peer began a moment ago stays.
    mutating func forgetLostPorts(_ index: PeerTable.Index, now: ProtocolInstant) {
        let exchange = RFC4380.retryInterval * RFC4380.attemptLimit
        let isIntroduced = peers[index].lastAnswer.map { now - $0 < exchange } ?? false
        guard !peers[index].isValid(now: now), !peers[index].traversal.isContacting, !isIntroduced else { return }
        closeRandomPort(index)
        peers[index].traversal.forgetAnnouncement()
        peers[index].traversal.isContacting = true
    }

    /// What a proved direct bubble or packet on a port means for the choice between the ports.
    mutating func acceptDirect(
        _ index: PeerTable.Index,
        from source: UDPEndpoint,
        on port: LocalPort,
        nonce: UInt32,
        now: ProtocolInstant
    ) {
        let isKnown = peers[index].isValid(now: now)
        let isSame = peers[index].receptionEndpoint == source && peers[index].port == port
        // Bubbles of one contact may take several ways: the first that arrives decides, so that the peer does not flap.
        // The service port takes over from a random port whenever the peer is heard there (section 5.4.4.4).
        let takesOver = port == .service && peers[index].receivesOnRandom
        if isKnown, !isSame, !takesOver {
            let isRecent = peers[index].traversal.provenAt.map { now - $0 < RFC4380.bubbleSpacing } ?? false
            guard !isRecent, nonce == 0 || peers[index].traversal.nonceUsed != nonce else {
                return recordReception(index, now: now)
            }
        }
        if nonce != 0 { peers[index].traversal.nonceUsed = nonce }
        if case .randomPort = port, isKnown {
            if peers[index].receivesOnPrimary { return recordReception(index, now: now) }
            if !isSame { return restartContact(index, now: now) }
        }
        trust(index, at: source, on: port, now: now)
    }

    /// The peer shows another endpoint on a random port: that port is worth nothing any more.
    private mutating func restartContact(_ index: PeerTable.Index, now: ProtocolInstant) {
        closeRandomPort(index)
        peers[index].isTrusted = false
        peers.mark(index)
        peers[index].port = .service
        guard let peer = TeredoAddress(peers.address(of: index)), mayIntroduce(index, now: now) else { return }
        startIndirectBubble(index, peer, now: now)
    }

    mutating func closeRandomPort(_ index: PeerTable.Index) {
        guard let port = peers[index].traversal.randomPort else { return }
        peers[index].traversal.randomPort = nil
        peers[index].traversal.echoTest = nil
        peers[index].receivesOnRandom = false
        randomPorts.release(port.slot)
        events.append(.randomPortDone(port.slot))
        if peers[index].port == .randomPort(port.slot) {
            peers[index].port = .service
            peers[index].isTrusted = false
            peers.mark(index)
        }
    }

    mutating func scheduleRefresh(_ index: PeerTable.Index, now: ProtocolInstant) {
        peers[index].traversal.refreshes = 0
        peerRefreshTimer.schedule(peers.ticket(for: index), at: now + RFC6081.peerRefreshInterval)
    }

    /// Keeps connections on random ports alive while no data flows, at most 20 times.
    mutating func handlePeerRefreshes(now: ProtocolInstant) {
        while let ticket = peerRefreshTimer.pop(now: now) {
            guard let index = peers.find(ticket), peers[index].isTrusted, peers[index].receivesOnRandom else {
                continue
            }
            if now - peers[index].lastTransmission < RFC6081.peerRefreshInterval {
                peers[index].traversal.refreshes = 0
            } else if peers[index].traversal.refreshes < RFC6081.peerRefreshLimit {
                peers[index].traversal.refreshes += 1
                sendDirectBubble(toTrusted: index)
            } else {
                continue
            }
            peers[index].traversal.echoTests = 0
            peerRefreshTimer.schedule(ticket, at: now + RFC6081.peerRefreshInterval)
        }
    }
}
