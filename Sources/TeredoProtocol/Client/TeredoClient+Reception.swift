public import TeredoWire

/// Datagrams from the network (RFC 4380 section 5.2.3; client.md section 8, R0 to R10).
extension TeredoClient {
    /// Decides about a datagram that came in from `source` on one of the client's sockets.
    public mutating func handleDatagram(
        _ bytes: Span<UInt8>,
        from source: UDPEndpoint,
        on port: LocalPort,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        counters.recordReceived(octets: bytes.count)
        let datagram: TeredoDatagram
        do { datagram = try TeredoDatagram(validating: bytes) } catch { return drop(.malformed) }
        let header = datagram.header
        // R6, the fast path: data from where a trusted peer was heard before.
        if datagram.isPlain, header.destination == ownAddress, !header.isBubble,
            let index = peers.find(header.source), peers[index].isTrusted,
            peers[index].receptionEndpoint == source, peers[index].port == port,
            peers[index].test == nil, header.nextHeader != IPv6Header.NextHeader.icmpv6
        {
            return accept(datagram, in: bytes, peer: index, now: now)
        }
        guard Self.isUsable(source) else { return drop(.invalidIPv4Source) }
        switch port {
        case .service: return handleServiceDatagram(datagram, in: bytes, from: source, now: now)
        case .secondary: return handleSecondaryDatagram(datagram, in: bytes, from: source, now: now)
        case .randomPort(let slot):
            return handleRandomPortDatagram(datagram, in: bytes, from: source, slot: slot, now: now)
        case .discovery: return handleDiscovery(datagram, from: source, now: now)
        }
    }

    /// A random port is for one peer and for the advertisements of an echo test.
    private mutating func handleRandomPortDatagram(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        slot: UInt8,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        guard address != nil else { return drop(.notQualified) }
        guard let index = randomPortOwner(slot) else { return drop(.unknownPeer) }
        let header = datagram.header
        let packet = bytes.extracting(datagram.packet)
        if Self.isAdvertisement(packet, header) {
            return handleEchoTestAdvertisement(datagram, in: bytes, from: source, peer: index, now: now)
        }
        guard datagram.authentication == nil, datagram.origin == nil else { return drop(.unexpectedIndication) }
        if Self.isNeighborDiscovery(packet, header) { return drop(.neighborDiscovery) }
        if header.isBubble { counters.bubblesReceived &+= 1 }
        guard header.source == peers.address(of: index) else { return drop(.unknownPeer) }
        guard header.destination == ownAddress else { return drop(.foreignDestination) }
        return handlePeerDatagram(datagram, in: bytes, from: source, on: .randomPort(slot), now: now)
    }

    /// V2: unicast source with a port.
    private static func isUsable(_ source: UDPEndpoint) -> Bool {
        source.port != 0 && !source.address.isMulticast && source.address != .broadcast
            && source.address != .unspecified
    }

    private mutating func handleServiceDatagram(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        let header = datagram.header
        let packet = bytes.extracting(datagram.packet)
        if Self.isAdvertisement(packet, header) {
            return handleAdvertisement(datagram, in: bytes, from: source, now: now)
        }
        guard address != nil else { return drop(.notQualified) }
        guard datagram.authentication == nil else { return drop(.unexpectedIndication) }
        // R0: other neighbour discovery is for nobody (SEC-05).
        if Self.isNeighborDiscovery(packet, header) { return drop(.neighborDiscovery) }
        if header.isBubble { counters.bubblesReceived &+= 1 }
        let isFromServer = source == server.map { UDPEndpoint($0.primary, TeredoConstants.udpPort) }
        if isFromServer {
            // R1: the server is there, so the refresh can wait.
            if solicitation == nil { recordInteraction(now: now) }
            if header.isBubble, datagram.origin == nil, header.source.isLinkLocal,
                let trailers = try? TrailerList(parsing: bytes.extracting(datagram.trailers)),
                let message = trailers.transit
            {
                return handleAnnouncement(message)
            }
            if header.isBubble { return answerIndirectBubble(datagram, in: bytes, now: now) }
            if let origin = datagram.origin { reactToOrigin(origin, header, now: now) }
        } else if datagram.origin != nil {
            // V13: only the own server may say where a packet began.
            return drop(.foreignOrigin)
        }
        if let transitRelay, source == transitRelay, header.source.isTeredo, header.source != ownAddress {
            return handleTransitDatagram(datagram, in: bytes, now: now)
        }
        // V10, R4 and V8, V7 with echoes of our own packets (SEC-46), V6: the tunnel is no router (SEC-52).
        if header.destination.isMulticast { return drop(.multicastDestination) }
        if header.source.isLinkLocal { return drop(.linkLocalSource) }
        guard header.source.isValidSource, header.source != ownAddress else { return drop(.invalidSource) }
        guard header.destination == ownAddress || vouchedBubble(header) else { return drop(.foreignDestination) }
        return handlePeerDatagram(datagram, in: bytes, from: source, on: .service, now: now)
    }

    private static func isAdvertisement(_ packet: Span<UInt8>, _ header: IPv6Header) -> Bool {
        header.nextHeader == IPv6Header.NextHeader.icmpv6 && header.payloadLength > 0
            && packet[40] == ICMPv6.routerAdvertisement
    }

    private static func isNeighborDiscovery(_ packet: Span<UInt8>, _ header: IPv6Header) -> Bool {
        header.nextHeader == IPv6Header.NextHeader.icmpv6 && header.payloadLength > 0
            && ICMPv6.isNeighborDiscovery(packet[40])
    }

    /// Whether a packet is a bubble to the link-local address that only the claimed sender could learn (R9a, SEC-11).
    private func vouchedBubble(_ header: IPv6Header) -> Bool {
        guard header.isBubble, configuration.usesKeyedBubbles, let peer = TeredoAddress(header.source) else {
            return false
        }
        return bubbleKey.vouches(forPeerAt: peer.mappedEndpoint, destination: header.destination)
    }

    /// R6 to R10 for a packet whose addresses are in order.
    private mutating func handlePeerDatagram(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        on port: LocalPort,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        let header = datagram.header
        let trailers: TrailerList
        do {
            trailers = try header.isBubble ? TrailerList(parsing: bytes.extracting(datagram.trailers)) : TrailerList()
        } catch {
            return drop(.invalidTrailer)
        }
        if let index = peers.find(header.source) {
            if answersTest(bytes.extracting(datagram.packet), header, of: peers[index], now: now) {
                nativeTests.record(header.source, isAnswered: true, now: now)
                if let test = peers[index].test { peers[index].roundTrip = RoundTripTime(now - test.sentAt) }
                trust(index, at: source, now: now)
                return .consumed
            }
            if header.isBubble { measureRoundTrip(index, trailers, from: source, now: now) }
            if peers[index].isTrusted, peers[index].receptionEndpoint == source, peers[index].port == port {
                let verdict = accept(datagram, in: bytes, peer: index, now: now)
                handleDiscoveryOption(trailers.neighborDiscovery, of: index, now: now)
                return verdict
            }
        }
        guard let peer = TeredoAddress(header.source) else {
            return hold(datagram, in: bytes, from: source, now: now)
        }
        guard let index = provenPeer(peer, header, trailers, from: source, now: now) else {
            return refuseUnproven(datagram, in: bytes, of: peer, from: source, now: now)
        }
        let nonce = peer.mappedEndpoint == source ? 0 : trailers.nonce ?? 0
        acceptDirect(index, from: source, on: port, nonce: nonce, now: now)
        let verdict = accept(datagram, in: bytes, peer: index, now: now)
        handleDiscoveryOption(trailers.neighborDiscovery, of: index, now: now)
        return verdict
    }

    /// R9b: a mismatch that nothing vouches for changes no entry (V9, SEC-10, SEC-14, SEC-60).
    ///
    /// While an exchange with the peer is under way its packet is kept, to be delivered if the nonce proves within the 2 s
    /// that the peer is where the packet came from: the first packet may overtake the bubble with the nonce.
    private mutating func refuseUnproven(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        of peer: TeredoAddress,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        guard peer.mappedEndpoint != source else {
            return drop(filter.isGlobalUnicast(source.address) ? .peerTableFull : .forbiddenEndpoint)
        }
        guard !datagram.header.isBubble, let index = peers.find(peer.ipv6),
            peers[index].traversal.nonceSent != 0 || peers[index].traversal.randomPort != nil,
            let lastIndirect = peers[index].traversal.lastIndirect, now - lastIndirect < RFC4380.retryInterval,
            peers[index].retryDeadline != nil || !peers[index].isValid(now: now)
        else { return drop(.endpointMismatch) }
        let packet = bytes.extracting(datagram.packet)
        guard !IPv6ExtensionHeaders.requiresSourceRouting(packet) else { return drop(.sourceRouting) }
        let held = QueuedPacket(bytes: packet.copyAll(), origin: source)
        guard peers[index].incoming.append(held, limits: configuration.queueLimits, budget: &budget) else {
            return drop(.endpointMismatch)
        }
        if peers[index].retryDeadline == nil {
            peers[index].retryDeadline = now + RFC4380.retryInterval
            peers.mark(index)
            retries.schedule(peers.ticket(for: index), at: now + RFC4380.retryInterval)
        }
        return .consumed
    }

    /// R8 to R9a: the entry of a Teredo peer that is at `source` beyond doubt.
    private mutating func provenPeer(
        _ peer: TeredoAddress,
        _ header: IPv6Header,
        _ trailers: TrailerList,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> PeerTable.Index? {
        if peer.mappedEndpoint == source, filter.isGlobalUnicast(source.address) {
            return findOrInsert(header.source, endpoint: source, now: now)
        }
        guard let index = peers.find(header.source) else { return nil }
        // R9: the neighbour that local discovery told of.
        if peers[index].localEndpoint == source { return index }
        if vouchedBubble(header), filter.mayBeSent(to: source) { return index }
        // R9a: the nonce that went through the peer's server.
        if header.isBubble, mayTrust(source, of: peer), returnsNonce(index, trailers, now: now) {
            peers[index].knowsTrailers = true
            return index
        }
        // The answer to a multicast bubble of ours, from a neighbour not heard of before (nat-matrix.md section 6).
        if header.isBubble, peers[index].retryDeadline != nil, answersDiscovery(peer, from: source, now: now) {
            peers[index].localEndpoint = source
            peers[index].lastDiscovery = now
            return index
        }
        return nil
    }

    /// Delivers a packet of a trusted peer as it is, whatever it carries (SEC-25), or uses up its bubble.
    private mutating func accept(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        peer index: PeerTable.Index,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        let isInOrder = peers[index].wasHeard(inSecondOf: now)
        recordReception(index, now: now)
        if !isInOrder { peers.touch(index) }
        if !peers[index].isUnconfirmed {
            if peers[index].isAwaited { settle(index, now: now) }
        } else if !datagram.header.isBubble {
            confirm(index, now: now)
        }
        if datagram.header.isBubble { return .consumed }
        if peers[index].hasDetails, peers[index].transit?.takeover == .asking { confirmTakeover(index, now: now) }
        guard !IPv6ExtensionHeaders.requiresSourceRouting(bytes.extracting(datagram.packet)) else {
            return drop(.sourceRouting)
        }
        counters.packetsDelivered &+= 1
        octets.recordReceived(index, octets: datagram.packet.count)
        return .deliver(datagram.packet)
    }

    /// R3: a packet that the server relayed shows where its sender is: open the NAT towards it and test the path.
    private mutating func reactToOrigin(_ origin: OriginIndication, _ header: IPv6Header, now: ProtocolInstant) {
        guard header.destination == ownAddress, header.source.isGlobalScope, header.source != ownAddress,
            filter.mayBeSent(to: origin.endpoint), answerBucket.take(now: now)
        else { return }
        sendBubble(from: ownAddress, to: header.source, at: origin.endpoint)
        guard !header.source.isTeredo, needsTest(header.source), !isQuiet(header.source, now: now),
            unsolicitedTestBucket.take(now: now),
            let index = findOrInsert(header.source, endpoint: UDPEndpoint(.unspecified, 0), now: now)
        else { return }
        startUnsolicitedTest(index, now: now)
    }

    /// R10: keeps a packet of an unproven native host until the connectivity test tells where its relay is.
    private mutating func hold(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        if datagram.header.isBubble { return .consumed }
        let packet = bytes.extracting(datagram.packet)
        guard !IPv6ExtensionHeaders.requiresSourceRouting(packet) else { return drop(.sourceRouting) }
        guard filter.mayBeSent(to: source) else { return drop(.forbiddenEndpoint) }
        guard !isQuiet(datagram.header.source, now: now) else { return drop(.connectivityTestFailed) }
        let isNewTest = needsTest(datagram.header.source)
        if isNewTest, !unsolicitedTestBucket.take(now: now) { return drop(.answerLimitReached) }
        guard let index = findOrInsert(datagram.header.source, endpoint: UDPEndpoint(.unspecified, 0), now: now) else {
            return drop(.peerTableFull)
        }
        let held = QueuedPacket(bytes: packet.copyAll(), origin: source)
        guard peers[index].incoming.append(held, limits: configuration.queueLimits, budget: &budget) else {
            return drop(.queueFull)
        }
        if isNewTest { startUnsolicitedTest(index, now: now) }
        return .consumed
    }

    /// Whether a test with `source` failed less than 30 s ago.
    private func isQuiet(_ source: IPv6Address, now: ProtocolInstant) -> Bool {
        guard let index = peers.find(source), let quietUntil = peers[index].quietUntil else { return false }
        return now < quietUntil && peers[index].retryDeadline == nil
    }

    /// Whether no test with `source` is under way.
    private func needsTest(_ source: IPv6Address) -> Bool {
        peers.find(source).map { peers[$0].retryDeadline == nil } ?? true
    }
}
