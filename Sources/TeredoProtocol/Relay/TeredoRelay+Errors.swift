public import TeredoWire

/// What the network says about datagrams of the relay's (RFC 792; the limits to believing it: RFC 5927, SEC-38).
extension TeredoRelay {
    /// Takes an ICMPv4 error about a datagram that left from the service port; `octets` are what it quotes of the payload, as
    /// much or as little of it as there is.
    ///
    /// A client in use is asked through its server, and only its silence closes the path. A client whose server refuses the
    /// bubble, keyed source and all, is unreachable at once. Whatever is ignored is counted.
    public mutating func handleICMPError(_ error: ICMPv4Error, quoting octets: Span<UInt8>, now: ProtocolInstant) {
        output.counters.icmpv4Errors &+= 1
        let objection = errors.objection(to: error, now: now)
        if let reason = objection ?? use(error, QuotedDatagram(octets), octets, now: now) {
            output.counters.drops.record(reason)
        }
    }

    /// An error that is worth a look; returns why it leads to nothing.
    private mutating func use(
        _ error: ICMPv4Error,
        _ quote: QuotedDatagram,
        _ octets: Span<UInt8>,
        now: ProtocolInstant
    ) -> DropReason? {
        guard let index = contacts.peer(of: quote, at: error.destination),
            let client = TeredoAddress(contacts.address(of: index))
        else { return .foreignError }
        if contacts.isInUse(index, at: error.destination, now: now) {
            if let source = quote.source, !quote.isBubble, !serves(source) { return .foreignError }
            let packet = quote.isBubble ? [] : octets.copy(quote.packet)
            if contacts.doubt(index, error.kind, about: packet, now: now) { askInDoubt(index, client, now: now) }
            return nil
        }
        guard contacts[index].retryDeadline != nil else { return .foreignError }
        let isByServer = error.destination == UDPEndpoint(client.server, TeredoConstants.udpPort)
        guard isByServer || error.destination == client.mappedEndpoint else { return .foreignError }
        if isByServer, !isKeyed(quote, for: client) { return .unprovenError }
        _ = contacts.noteRefusal(index, byServer: isByServer)
        // What is proved need not wait for a contradiction.
        if isHopeless(index) { contacts.hastenEnd(index, in: .zero, now: now) }
        return nil
    }

    /// Whether a bubble with our keyed source is quoted, which the client and its server alone know (SEC-11).
    private func isKeyed(_ quote: QuotedDatagram, for client: TeredoAddress) -> Bool {
        guard let source = quote.source, quote.isBubble else { return false }
        return bubbleKey.vouches(forPeerAt: client.mappedEndpoint, destination: source)
    }

    /// Whether no answer of a client can come any more: all bubbles go through its server, unless this host is behind a NAT.
    func isHopeless(_ index: PeerTable.Index) -> Bool {
        guard let exchange = contacts[index].exchange else { return false }
        return exchange.isHopeless || !configuration.isBehindNAT && exchange.serverRefusals > 0
    }

    // MARK: Clients in doubt

    private mutating func askInDoubt(_ index: PeerTable.Index, _ client: TeredoAddress, now: ProtocolInstant) {
        guard contacts.asksInDoubt(index, now: now) else { return }
        earn(client, octets: ThirdPartyBudget.leastLength, now: now)
        sendBubbles(client, now: now)
    }

    /// The time is over in which a client in doubt may show a sign of life; returns whether that is all that is to be done now.
    mutating func concludeDoubt(_ index: PeerTable.Index, _ client: TeredoAddress, now: ProtocolInstant) -> Bool {
        switch contacts.concludeDoubt(index) {
        case nil: return false
        case .contradicted:
            output.counters.drops.record(.contradictedError)
            return contacts[index].outgoing.isEmpty
        case .open:
            askInDoubt(index, client, now: now)
            return true
        case .confirmed(let doubt):
            if !doubt.packet.isEmpty { deliverError(doubt.meaning, about: doubt.packet.span, now: now) }
            fail(index, reason: .peerUnreachable, now: now)
            contacts[index].quietUntil = now + PeerDoubt.quietTime
            return true
        }
    }
}
