import TeredoWire

/// What a relay sends to a client: its own messages, and packets that it carries.
extension TransitPaths {
    /// A datagram from the relay: its own messages, or a packet of a peer that both of us asked it to carry.
    mutating func handleDatagram(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        let header = datagram.header
        guard header.destination == context.own else { return output.drop(.foreignDestination) }
        guard let index = contacts.find(header.source), let path = contacts[index].transit, path.state != .waiting,
            let sender = path.request(at: source)
        else {
            return output.drop(.transitClosed)
        }
        if header.isBubble {
            guard let trailers = try? TrailerList(parsing: bytes.extracting(datagram.trailers)),
                let message = trailers.transit
            else { return output.drop(.invalidTrailer) }
            return handle(message, of: index, path, by: sender, &contacts, context, &output, now: now)
        }
        // The relay carries only between two that asked for each other: its word that the way is open may be lost.
        guard sender.cookie != 0 else { return output.drop(.transitClosed) }
        if let objection = DropReason.objection(to: bytes.extracting(datagram.packet)) { return output.drop(objection) }
        if path.state != .ready { becomeReady(index, through: sender.relay, &contacts, &output, now: now) }
        contacts[index].transit?.noteUse(now: now)
        contacts[index].transit?.noteReception(now: now)
        output.counters.packetsDelivered &+= 1
        contacts.recordReceived(index, octets: datagram.packet.count)
        return .deliver(datagram.packet)
    }

    private mutating func handle(
        _ message: TransitMessage,
        of index: PeerTable.Index,
        _ path: TransitPath,
        by sender: TransitRequest,
        _ contacts: inout ContactEngine,
        _ context: ClientContext,
        _ output: inout ClientOutput,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        switch message.kind {
        case .challenge where message.nonce == path.nonce && message.value != sender.cookie:
            contacts[index].transit?.take(cookie: message.value, from: sender.relay.endpoint)
            // The relay is there: it is asked as often as at first. A cookie that takes the place of an old one says no more than
            // that, and on a long way would have a peer asked for without end who does not ask.
            if sender.cookie == 0 { contacts[index].transit?.doubt() }
            if path.state != .ready { contacts[index].transit?.turn(to: sender.relay.endpoint) }
            guard contacts[index].transit?.relay == sender.relay else { return .consumed }
            request(index, &contacts, context, &output, now: now)
        case .ready where message.nonce == path.nonce:
            // When both relays serve, both clients take the one with the lower endpoint.
            if path.isOpen(now: now), path.relay != sender.relay, path.relay.precedes(sender.relay) { return .consumed }
            becomeReady(index, through: sender.relay, &contacts, &output, now: now)
        case .closed where path.state == .ready && sender.relay == path.relay:
            // Anybody could say so: asking the relay again does no harm, and shows whether it is true.
            if let last = path.lastReady, now - last < TransitPath.requestInterval { return .consumed }
            contacts[index].transit?.doubt()
            contacts[index].transit?.turn()
            schedule(index, at: now, &contacts)
        case .mark:
            return answerMark(index, nonce: message.nonce, through: sender.relay, contacts, context, &output, now: now)
        case .markReceived where message.nonce == path.nonce:
            completeTakeover(index, &contacts, &output, now: now)
        case .challenge, .ready, .closed, .markReceived, .open, .query, .announcement, .invitation:
            return output.drop(.transitClosed)
        }
        return .consumed
    }
}
