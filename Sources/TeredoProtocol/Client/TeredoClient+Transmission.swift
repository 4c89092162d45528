import TeredoWire

/// Packets from the host (RFC 4380 section 5.2.4; client.md section 7, T-a to T5).
extension TeredoClient {
    /// Decides about an IPv6 packet that the host sends into the Teredo interface.
    public mutating func handlePacket(_ packet: Span<UInt8>, now: ProtocolInstant) -> TransmissionVerdict {
        counters.packetsAccepted &+= 1
        guard let header = try? IPv6Header(validating: packet), header.packetLength == packet.count else {
            return refuse(.malformed)
        }
        let index = peers.find(header.destination)
        // T1, the fast path: all refusals below concern addresses that never become trusted peers, but for T-e and T-f.
        if let index, header.source == ownAddress, packet.count <= mtu, peers[index].isDirect(now: now) {
            peers[index].lastTransmission = now
            refreshIfStale(index, header.destination, now: now)
            counters.recordSent(octets: packet.count)
            octets.recordSent(index, octets: packet.count)
            return .forward(to: peers[index].endpoint, from: peers[index].port)
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
        guard let header = try? IPv6Header(validating: superPacket), header.source == ownAddress, longest <= mtu,
            let index = peers.find(header.destination), peers[index].isDirect(now: now)
        else { return nil }
        peers[index].lastTransmission = now
        refreshIfStale(index, header.destination, now: now)
        counters.packetsAccepted &+= UInt64(segments)
        counters.recordSent(octets: octets, datagrams: segments)
        self.octets.recordSent(index, octets: octets)
        return .forward(to: peers[index].endpoint, from: peers[index].port)
    }

    private mutating func refuse(_ reason: DropReason) -> TransmissionVerdict {
        counters.drops.record(reason)
        return .drop(reason)
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
            return refuse(.notQualified)
        }
        // T-b, T-c: Teredo has neither multicast nor a link.
        if destination.isMulticast { return refuse(.multicastDestination) }
        if destination.isLinkLocal || destination.isSiteLocal || destination == .loopback
            || destination == .unspecified
        {
            return refuse(.localDestination)
        }
        // T-e: the egress check of SEC-60.
        if header.source != ownAddress {
            deliverError(.administrativelyProhibited, about: packet, now: now)
            return refuse(.foreignSource)
        }
        // T-d: never to the wire.
        if destination == ownAddress {
            outbox.deliver(packet.copyAll())
            return .consumed
        }
        if packet.count > mtu {
            deliverError(.packetTooBig(mtu: mtu), about: packet, now: now)
            return refuse(.tooBig)
        }
        guard let peer = TeredoAddress(destination) else { return nil }
        // T-g: it would come back through a hairpinning NAT (SEC-52).
        if peer.mappedEndpoint == mappedEndpoint { return refuse(.ownEndpoint) }
        if !filter.isGlobalUnicast(peer.server) { return refuse(.invalidServer) }
        return nil
    }

    /// T3 to T5.
    private mutating func transmit(
        _ packet: Span<UInt8>,
        to peer: TeredoAddress,
        now: ProtocolInstant
    ) -> TransmissionVerdict {
        let known = peers.find(peer.ipv6)
        let isNeighbor = known.map { isLocal(peers[$0], now: now) } ?? false
        // Only a neighbour may have an endpoint that is not global unicast (V14, SEC-34).
        guard isNeighbor || filter.mayBeSent(to: peer.mappedEndpoint) else { return refuse(.forbiddenEndpoint) }
        guard let index = findOrInsert(peer.ipv6, endpoint: peer.mappedEndpoint, now: now) else {
            return refuse(.peerTableFull)
        }
        if let verdict = transmitByTransit(packet, index, peer, now: now) { return verdict }
        // T4: off by default, as the cone bit of a stranger is no proof of anything.
        if !isNeighbor, configuration.honoursConeBit, peer.flags.coneBit {
            peers[index].lastTransmission = now
            counters.recordSent(octets: packet.count)
            octets.recordSent(index, octets: packet.count)
            return .forward(to: peer.mappedEndpoint)
        }
        if peers[index].pacing.isExhausted(now: now), peers[index].retryDeadline == nil, peers[index].transit == nil {
            deliverError(.addressUnreachable, about: packet, now: now)
            return refuse(.bubbleLimitReached)
        }
        guard enqueue(packet, index) else { return refuse(.queueFull) }
        prepareTransit(index, now: now)
        if peers[index].retryDeadline == nil { bubble(index, peer, now: now) }
        return .consumed
    }

    mutating func enqueue(_ packet: Span<UInt8>, _ index: PeerTable.Index) -> Bool {
        let queued = QueuedPacket(bytes: packet.copyAll(), origin: nil)
        peers.mark(index)
        return peers[index].outgoing.append(queued, limits: configuration.queueLimits, budget: &budget)
    }

    /// Whether a discovery bubble of the peer was seen within 600 s (case T3).
    func isLocal(_ peer: Peer, now: ProtocolInstant) -> Bool {
        guard let last = peer.lastDiscovery, peer.localEndpoint != nil else { return false }
        return now - last < RFC4380.localPeerMemory
    }

    /// Sends the bubbles of T3 or T5 if the pacing allows, and sets the retry timer.
    mutating func bubble(_ index: PeerTable.Index, _ peer: TeredoAddress, now: ProtocolInstant) {
        if peers[index].exchangeStart == nil { peers[index].exchangeStart = now }
        switch peers[index].pacing.decide(lastTransmission: peers[index].lastTransmission, now: now) {
        case .never:
            return fail(index, reason: .bubbleLimitReached, now: now)
        case .later:
            break
        case .now:
            peers[index].attempts += 1
            peers[index].lastTransmission = now
            sendBubbles(index, peer, now: now)
        }
        // A bubble that has to wait, because an answer left a moment ago, waits until it may go and no longer.
        let deadline = peers[index].lastTransmission + RFC4380.retryInterval
        peers[index].retryDeadline = deadline
        retries.schedule(peers.ticket(for: index), at: deadline)
        peers.touch(index)
        peers.mark(index)
    }

    /// The bubbles of one decision: to a neighbour, to an idle peer, or to one that has to be found.
    private mutating func sendBubbles(_ index: PeerTable.Index, _ peer: TeredoAddress, now: ProtocolInstant) {
        if isLocal(peers[index], now: now), let localEndpoint = peers[index].localEndpoint {
            sendBubble(from: ownAddress, to: peer.ipv6, at: localEndpoint)
            sendDiscoveryBubble(now: now)
            return
        }
        if solicitDirectly(index, peer) { return }
        forgetLostPorts(index, now: now)
        // Direct first, so that the hole in our NAT exists when the answer to the indirect one comes.
        sendDirectBubbles(index, peer)
        startIndirectBubble(index, peer, now: now)
        if peer.mappedEndpoint.address == mappedEndpoint?.address { sendDiscoveryBubble(now: now) }
    }

    /// Repeats bubbles and tests that are due, or gives up after 8 s.
    mutating func handleRetries(now: ProtocolInstant) {
        while let ticket = retries.pop(now: now) {
            guard let index = peers.find(ticket), let deadline = peers[index].retryDeadline, deadline <= now else {
                continue
            }
            peers[index].retryDeadline = nil
            peers.mark(index)
            guard peers[index].attempts < RFC4380.attemptLimit, !isOverdue(index, now: now) else {
                let isTest = peers[index].test != nil
                if isTest {
                    peers[index].quietUntil = now + RFC4380.echoNonceLifetime
                    // Tests that strangers provoked say nothing about the relays.
                    if !peers[index].outgoing.isEmpty {
                        nativeTests.record(peers.address(of: index), isAnswered: false, now: now)
                    }
                }
                fail(index, reason: .peerUnreachable, now: now)
                continue
            }
            if let peer = TeredoAddress(peers.address(of: index)) {
                guard !peers[index].outgoing.isEmpty || peers[index].transit?.isInUse == true else {
                    dropHeld(index)
                    continue
                }
                checkMapping(now: now)
                bubble(index, peer, now: now)
            } else {
                repeatTest(index, now: now)
            }
        }
    }

    /// Whether the 8 s of an exchange are over; answers in between must not make it longer.
    private func isOverdue(_ index: PeerTable.Index, now: ProtocolInstant) -> Bool {
        guard let start = peers[index].exchangeStart else { return false }
        return now - start >= RFC4380.retryInterval * RFC4380.attemptLimit
    }

    /// Asks a peer for a sign of life before its 30 s are over, so that one-way flows do not stall.
    private mutating func refreshIfStale(_ index: PeerTable.Index, _ destination: IPv6Address, now: ProtocolInstant) {
        guard now - peers[index].lastReception >= Self.stalePeerAge, peers[index].retryDeadline == nil else { return }
        if let peer = TeredoAddress(destination) {
            guard peers[index].pacing.decide(lastTransmission: peers[index].lastReception, now: now) == .now else {
                return
            }
            sendBubbles(index, peer, now: now)
            let deadline = now + RFC4380.retryInterval
            peers[index].retryDeadline = deadline
            retries.schedule(peers.ticket(for: index), at: deadline)
        } else {
            startTest(index, now: now)
        }
    }

    private static let stalePeerAge = Duration.seconds(25)
}
