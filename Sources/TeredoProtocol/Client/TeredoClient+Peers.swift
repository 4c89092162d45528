import TeredoWire

/// Packets of peers (RFC 4380 section 5.2.3, rules R6 to R10): who is proved to be where they came from.
extension TeredoClient {
    /// R6 to R10 for a packet whose addresses are in order.
    mutating func handlePeerDatagram(
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
            return output.drop(.invalidTrailer)
        }
        if let index = contacts.find(header.source) {
            let packet = bytes.extracting(datagram.packet)
            if let request = ConnectivityTests.request(
                answeredBy: packet,
                header,
                of: contacts[index],
                connectivity.context,
                now: now
            ) {
                // The tested host knows the nonce and may answer from any source (V14).
                guard let place = connectivity.context.filter.destination(source) else {
                    return output.drop(.forbiddenEndpoint)
                }
                tests.succeed(index, request, &contacts, now: now)
                trust(index, at: place, now: now)
                return .consumed
            }
            if header.isBubble {
                contacts.measureRoundTrip(index, trailers, from: source, connectivity.context, now: now)
            }
            if contacts[index].isTrusted, contacts[index].receptionEndpoint == source, contacts[index].port == port {
                // A bubble says that the peer lives, but not that it hears us.
                if header.isBubble, trailers.neighborDiscovery != .advertisement, contacts[index].isAwaited,
                    contacts.seemsDeaf(index)
                {
                    awaitConfirmation(index, now: now)
                }
                let verdict = accept(datagram, in: bytes, peer: index, now: now)
                handleDiscoveryOption(trailers.neighborDiscovery, of: index, now: now)
                if header.isBubble, !header.source.isTeredo { handleSiblings(trailers, from: source, now: now) }
                return verdict
            }
            if !header.isBubble, !header.source.isTeredo, port == .service, admits(source, of: index, now: now) {
                return accept(datagram, in: bytes, peer: index, now: now)
            }
        }
        guard let peer = TeredoAddress(header.source) else {
            return hold(datagram, in: bytes, from: source, now: now)
        }
        var isMoved = false
        if peer.mappedEndpoint == source, let index = contacts.find(header.source), contacts[index].isTrusted,
            !isVouchedFor(index, header, trailers, now: now)
        {
            if contacts[index].isAlive(elsewhereThan: source, on: port, now: now) {
                return acceptClaim(datagram, in: bytes, peer: index, peer, now: now)
            }
            isMoved = contacts[index].receptionEndpoint != source
        }
        guard let (index, place) = provenPeer(peer, header, trailers, from: source, now: now) else {
            return refuseUnproven(datagram, in: bytes, of: peer, from: source, now: now)
        }
        let nonce = peer.mappedEndpoint == source ? 0 : trailers.nonce ?? 0
        acceptDirect(index, from: place, on: port, nonce: nonce, now: now)
        let verdict = accept(datagram, in: bytes, peer: index, now: now)
        if isMoved {
            contacts[index].traversal.isClaimed = true
            askForPlace(index, peer, isInPlace: false, now: now)
        }
        handleDiscoveryOption(trailers.neighborDiscovery, of: index, now: now)
        return verdict
    }

    /// Whether more than the endpoint in its address speaks for a peer: our nonce or our keyed address, which went through its
    /// server.
    private mutating func isVouchedFor(
        _ index: PeerTable.Index,
        _ header: IPv6Header,
        _ trailers: TrailerList,
        now: ProtocolInstant
    ) -> Bool {
        let context = connectivity.context
        return context.vouches(for: header)
            || header.isBubble && contacts.returnsNonce(index, trailers, context, isSettledToo: true, now: now)
    }

    /// R8 for a peer that is alive elsewhere: what it says is accepted, but a live endpoint does not move without nonce or key, and
    /// does not live on by what comes from another (SEC-10).
    ///
    /// One datagram with a forged source would cut the flow otherwise. A peer that did move says so when it is asked.
    private mutating func acceptClaim(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        peer index: PeerTable.Index,
        _ peer: TeredoAddress,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        if !datagram.header.isBubble, let objection = DropReason.objection(to: bytes.extracting(datagram.packet)) {
            return output.drop(objection)
        }
        askForPlace(index, peer, isInPlace: true, now: now)
        if datagram.header.isBubble { return .consumed }
        output.counters.packetsDelivered &+= 1
        contacts.recordReceived(index, octets: datagram.packet.count)
        return .deliver(datagram.packet)
    }

    /// Asks a peer through its server where it is, because two endpoints are said to be its: within the limits of bubbles to it
    /// (SEC-45), and of those that strangers draw (SEC-44).
    private mutating func askForPlace(
        _ index: PeerTable.Index,
        _ peer: TeredoAddress,
        isInPlace: Bool,
        now: ProtocolInstant
    ) {
        let context = connectivity.context
        guard context.extensions.symmetricNAT || context.configuration.usesKeyedBubbles,
            contacts.asksForPlace(index, isInPlace: isInPlace, now: now),
            answers.mayRepeat(for: peer.mappedEndpoint.address, now: now)
        else { return }
        contacts.earn(peer, octets: ThirdPartyBudget.leastLength, now: now)
        contacts.sendIndirectBubble(index, peer, context, &output, now: now)
        contacts.scheduleRetry(index, at: now + context.patience())
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
            let isPermitted = connectivity.context.filter.mayBeSent(to: source)
            return output.drop(isPermitted ? .peerTableFull : .forbiddenEndpoint)
        }
        guard !datagram.header.isBubble, let index = contacts.find(peer.ipv6) else {
            return output.drop(.endpointMismatch)
        }
        // In use where its address says, which anybody may have said for it: then it may be here as well.
        if contacts[index].receptionEndpoint == peer.mappedEndpoint, contacts[index].isInUse(now: now),
            connectivity.context.filter.mayBeSent(to: source)
        {
            askForPlace(index, peer, isInPlace: false, now: now)
        }
        guard contacts[index].mayShowUpElsewhere(now: now) else { return output.drop(.endpointMismatch) }
        let packet = bytes.extracting(datagram.packet)
        guard contacts.hold(packet, from: source, index, now: now) else { return output.drop(.endpointMismatch) }
        if contacts[index].retryDeadline == nil {
            contacts.scheduleRetry(index, at: now + connectivity.context.patience())
        }
        return .consumed
    }

    /// R8 to R9a: the entry of a Teredo peer that is at `source` beyond doubt, and that endpoint, if data may go there.
    private mutating func provenPeer(
        _ peer: TeredoAddress,
        _ header: IPv6Header,
        _ trailers: TrailerList,
        from source: UDPEndpoint,
        now: ProtocolInstant
    ) -> (PeerTable.Index, Destination)? {
        let context = connectivity.context
        if peer.mappedEndpoint == source, let place = context.filter.destination(source) {
            return findOrInsert(header.source, at: place, now: now).map { ($0, place) }
        }
        guard let index = contacts.find(header.source) else { return nil }
        // R9: the neighbour that local discovery told of.
        if let neighbor = contacts[index].neighbor?.destination, neighbor.endpoint == source {
            return (index, neighbor)
        }
        if context.vouches(for: header), let place = context.filter.destination(source) { return (index, place) }
        // R9a: the nonce that went through the peer's server.
        if header.isBubble, let place = context.destination(vouchedBy: source, of: peer),
            contacts.returnsNonce(index, trailers, context, now: now)
        {
            contacts[index].knowsTrailers = true
            return (index, place)
        }
        // The answer to a multicast bubble of ours, from a neighbour not heard of before.
        if header.isBubble, contacts[index].retryDeadline != nil,
            let place = context.filter.localDestination(source),
            discovery.isAnswered(by: peer, from: source, context, now: now)
        {
            contacts[index].neighbor = PeerNeighborhood(at: place, now: now)
            return (index, place)
        }
        return nil
    }

    /// Delivers a packet of a trusted peer as it is, whatever it carries (SEC-25), or uses up its bubble.
    mutating func accept(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        peer index: PeerTable.Index,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        // The fast path leads here without any other check of the headers; what is refused is no sign of life.
        if !datagram.header.isBubble, let objection = DropReason.objection(to: bytes.extracting(datagram.packet)) {
            return output.drop(objection)
        }
        let isInOrder = contacts[index].wasHeard(inSecondOf: now)
        let isUnconfirmed = contacts[index].isUnconfirmed
        let isExpectant = contacts[index].isExpectant
        contacts.recordReception(index, isExpectant: isExpectant, now: now)
        if !isInOrder { contacts.touch(index) }
        if isUnconfirmed {
            if !datagram.header.isBubble { confirm(index, now: now) }
        } else if isExpectant, contacts[index].isAwaited {
            settle(index, now: now)
        }
        if datagram.header.isBubble { return .consumed }
        if isExpectant || isUnconfirmed, contacts[index].transit?.takeover == .asking {
            transit.confirmTakeover(index, &contacts, connectivity.context, &output, now: now)
        }
        output.counters.packetsDelivered &+= 1
        contacts.recordReceived(index, octets: datagram.packet.count)
        return .deliver(datagram.packet)
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
        let host = datagram.header.source
        guard connectivity.context.filter.mayBeSent(to: source) else { return output.drop(.forbiddenEndpoint) }
        guard !isQuiet(host, now: now) else { return output.drop(.connectivityTestFailed) }
        let isNewTest = needsTest(host)
        if isNewTest, !tests.mayAnswerStranger(at: source.address, contacts.peers.hash, now: now) {
            return output.drop(.answerLimitReached)
        }
        guard let index = findOrInsert(host, at: nil, now: now) else {
            return output.drop(.peerTableFull)
        }
        guard contacts.hold(packet, from: source, index, now: now) else { return output.drop(.queueFull) }
        if isNewTest { tests.startUnsolicited(index, &contacts, connectivity.context, &output, now: now) }
        return .consumed
    }
}
