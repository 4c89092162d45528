public import TeredoWire

/// What the network says about datagrams of ours (RFC 792; the limits to believing it: RFC 5927, SEC-38).
extension TeredoClient {
    /// Takes an ICMPv4 error about a datagram that left from one of the client's sockets; `octets` are what it quotes of the
    /// payload, as much or as little of it as there is.
    ///
    /// A server that refuses solicitations, nonce and all, is given up at once. A peer in use is asked, and only its silence
    /// closes the path; then the host hears of it. Whatever is ignored is counted.
    public mutating func handleICMPError(_ error: ICMPv4Error, quoting octets: Span<UInt8>, now: ProtocolInstant) {
        output.counters.icmpv4Errors &+= 1
        if let objection = errors.objection(to: error, now: now) { return output.counters.drops.record(objection) }
        let quote = QuotedDatagram(octets)
        if quote.authenticationNonce != nil || quote.isEmpty {
            let (outcome, effects) = connectivity.handleError(
                error,
                nonce: quote.authenticationNonce,
                &output,
                now: now
            )
            carryOut(effects, now: now)
            switch outcome {
            case .used: return
            case .ignored(let reason): return output.counters.drops.record(reason)
            case .foreign: break
            }
        }
        if let reason = handlePeerError(error, quote, octets, now: now) { output.counters.drops.record(reason) }
    }

    /// An error about what went to a peer, to its server or to the transit relay; returns why it leads to nothing.
    private mutating func handlePeerError(
        _ error: ICMPv4Error,
        _ quote: QuotedDatagram,
        _ octets: Span<UInt8>,
        now: ProtocolInstant
    ) -> DropReason? {
        let context = connectivity.context
        guard address != nil, let index = contacts.peer(of: quote, at: error.destination) else { return .foreignError }
        let peer = TeredoAddress(contacts.address(of: index))
        let isKeyed = isKeyed(quote, for: peer)
        guard quote.source == nil || quote.source == context.own || isKeyed else { return .foreignError }
        if contacts[index].transit?.relay.endpoint == error.destination {
            let trailers = quote.isBubble ? trailers(of: quote, octets) : nil
            let isUsed = transit.suspect(index, trailers?.transit?.nonce, &contacts, context, &output, now: now)
            return isUsed ? nil : .unprovenError
        }
        if contacts.isInUse(index, at: error.destination, now: now) {
            let packet = quote.source == context.own && !quote.isBubble ? octets.copy(quote.packet) : []
            if contacts.doubt(index, error.kind, about: packet, now: now) { askInDoubt(index, peer, now: now) }
            return nil
        }
        guard contacts[index].retryDeadline != nil, let peer else { return .foreignError }
        let isByServer = error.destination == UDPEndpoint(peer.server, TeredoConstants.udpPort)
        guard isByServer || error.destination == peer.mappedEndpoint else { return .foreignError }
        if isByServer {
            guard isKeyed || returnsNonce(index, trailers(of: quote, octets), now: now) else { return .unprovenError }
            // Perhaps it is our own server that is gone.
            if peer.server == context.server?.primary { connectivity.checkMapping(now: now) }
        }
        if contacts.noteRefusal(index, byServer: isByServer) {
            let patience = contacts.patienceInDoubt(index, roundTrip: context.roundTrip)
            contacts.hastenEnd(index, in: patience, now: now)
        }
        return nil
    }

    private func trailers(of quote: QuotedDatagram, _ octets: Span<UInt8>) -> TrailerList? {
        let packet = octets.extracting(quote.packet)
        return try? TrailerList(parsing: packet.extracting(TeredoBubble.length..<packet.count))
    }

    /// Whether a bubble with our keyed source is quoted, which the peer and its server alone know (SEC-11).
    private func isKeyed(_ quote: QuotedDatagram, for peer: TeredoAddress?) -> Bool {
        guard let source = quote.source, let peer, quote.isBubble, connectivity.context.configuration.usesKeyedBubbles
        else { return false }
        return connectivity.context.bubbleKey.vouches(forPeerAt: peer.mappedEndpoint, destination: source)
    }

    /// Whether a nonce of our indirect bubbles is quoted, which the peer and its server alone know (SEC-13).
    private func returnsNonce(_ index: PeerTable.Index, _ trailers: TrailerList?, now: ProtocolInstant) -> Bool {
        guard let nonce = trailers?.nonce else { return false }
        return contacts[index].traversal.nonces.begin(of: nonce, now: now) != nil
    }

    // MARK: Peers in doubt

    /// Asks a peer in doubt for a sign of life, directly and, since its NAT may have another mapping by now, through its server;
    /// a native peer by a connectivity test.
    private mutating func askInDoubt(_ index: PeerTable.Index, _ peer: TeredoAddress?, now: ProtocolInstant) {
        let context = connectivity.context
        guard let peer else {
            if contacts[index].test == nil { tests.start(index, &contacts, context, &output, now: now) }
            return contacts.awaitSignOfLife(index, roundTrip: context.roundTrip, now: now)
        }
        guard contacts.asksInDoubt(index, roundTrip: context.roundTrip, now: now) else { return }
        let discovery: Trailer.NeighborDiscovery? = contacts[index].knowsTrailers ? .solicitation : nil
        contacts.sendDirectBubble(toTrusted: index, discovery: discovery, context, &output)
        guard contacts[index].neighbor?.isLocal(now: now) != true else { return }
        randomPorts.startIndirectBubble(index, peer, &contacts, context, &output, now: now)
    }

    /// The time is over in which a peer in doubt may show a sign of life; returns whether that is all that is to be done now.
    mutating func concludeDoubt(_ index: PeerTable.Index, now: ProtocolInstant) -> Bool {
        let peer = TeredoAddress(contacts.address(of: index))
        switch contacts.concludeDoubt(index) {
        case nil: return false
        case .contradicted:
            output.counters.drops.record(.contradictedError)
            return contacts[index].outgoing.isEmpty && contacts[index].test == nil
        case .open:
            askInDoubt(index, peer, now: now)
            return true
        case .confirmed(let doubt):
            if !doubt.packet.isEmpty {
                let source = connectivity.context.errorSource
                output.deliverError(doubt.meaning, about: doubt.packet.span, from: source, now: now)
            }
            // Another relay may answer the test that is under way.
            if peer == nil, contacts[index].test != nil { return false }
            fail(index, reason: .peerUnreachable, now: now)
            contacts[index].quietUntil = now + PeerDoubt.quietTime
            return true
        }
    }

    /// The peer was heard.
    mutating func dispelDoubt(_ index: PeerTable.Index) {
        contacts[index].doubt = nil
        output.counters.drops.record(.contradictedError)
    }
}
