import TeredoWire

/// What clients say by themselves.
extension ClientPopulation {
    /// The deadline of a solicitation, or of its answer; returns whether one was sent.
    mutating func control(_ client: Int, now: ProtocolInstant, into output: inout OutputSpan<UInt8>) -> Bool {
        if records[client].isControlPending {
            figures[controlExchange(client)].lost &+= 1
            records[client].isControlPending = false
            records[client].controlAttempts += 1
            if records[client].controlAttempts >= Self.attempts {
                records[client].controlAttempts = 0
                figures.failedQualifications &+= 1
                loseAddress(client)
                records[client].controlAt = milliseconds(now) &+ Self.backOff
                return false
            }
        }
        solicit(client, now: now, into: &output)
        return true
    }

    /// The server does not answer: the client has to begin anew.
    private mutating func loseAddress(_ client: Int) {
        if records[client].state == .qualified { figures.qualified -= 1 }
        if let exchange = records[client].talk.exchange { figures[exchange].abandoned &+= 1 }
        records[client].talk = .nothing
        records[client].talkAt = ClientRecord.never
        records[client].state = .soliciting
    }

    /// Sends a solicitation to the address of the server that the client's state asks for.
    mutating func solicit(_ client: Int, now: ProtocolInstant, into output: inout OutputSpan<UInt8>) {
        figures[controlExchange(client)].sent &+= 1
        records[client].controlNumber &+= 1
        records[client].controlSent = microseconds(now)
        records[client].isControlPending = true
        records[client].controlAt = milliseconds(now) &+ Self.solicitationTimeout
        let nonce = nonce(client, records[client].controlNumber)
        send(from: client, to: solicitedServer(client), into: &output) { output in
            AuthenticationEncapsulation(nonce: nonce).encode(into: &output)
            RouterSolicitation(source: TeredoLinkLocal.client(coneBit: false)).encode(into: &output)
        }
    }

    /// The address of the server that is asked in a state.
    func solicitedServer(_ client: Int) -> UDPEndpoint {
        let secondary = records[client].state == .confirming ? model.secondaryServer : nil
        return UDPEndpoint(secondary ?? model.server, Self.serverPort)
    }

    /// The deadline of something else that the client says, or of the answer; returns whether something was sent.
    mutating func talk(_ client: Int, now: ProtocolInstant, into output: inout OutputSpan<UInt8>) -> Bool {
        switch records[client].talk {
        case .nothing: break
        case .test:
            figures[.echoTest].lost &+= 1
            records[client].testAttempts += 1
            if records[client].testAttempts >= Self.attempts {
                figures.failedTests &+= 1
                endConversation(client, now: now)
                return false
            }
        case .data:
            figures[.data].lost &+= 1
            records[client].messagesLeft &-= 1
            if records[client].messagesLeft == 0 {
                endConversation(client, now: now)
                return false
            }
        case .bubble:
            figures[.bubble].lost &+= 1
            endConversation(client, now: now)
            return false
        }
        records[client].talk = .nothing
        return say(client, now: now, into: &output)
    }

    /// What a client says next; returns whether it is anything.
    mutating func say(_ client: Int, now: ProtocolInstant, into output: inout OutputSpan<UInt8>) -> Bool {
        records[client].talkNumber &+= 1
        let number = records[client].talkNumber
        let session = records[client].session
        if records[client].messagesLeft == 0 {
            let isBubble = draw.bits(.isBubble, client, session, number) % 1000 < UInt64(model.bubblesPerMille)
            if isBubble || model.native == nil {
                if let partner = partner(of: client, number) {
                    sendBubble(from: client, to: partner, now: now, into: &output)
                    return true
                }
                endConversation(client, now: now)
                return false
            }
            let count = model.messages * Draw.exponential(draw.share(.messages, client, session, number))
            records[client].messagesLeft = UInt8(min(max(1, count.rounded(.up)), 255))
            records[client].testAttempts = 0
        }
        guard let native = model.native else { return false }
        let isKnown = records[client].relay != ClientRecord.noRelay
        let isFresh = isKnown && milliseconds(now) &- records[client].relayHeardAt < Self.validity
        sendEcho(client, to: native, throughRelay: isFresh, now: now, into: &output)
        return true
    }

    /// The conversation is over; the next one begins after a pause.
    mutating func endConversation(_ client: Int, now: ProtocolInstant) {
        records[client].talk = .nothing
        records[client].messagesLeft = 0
        let pause = draw.milliseconds(
            mean: model.pause,
            .pause,
            client,
            records[client].session,
            records[client].talkNumber
        )
        records[client].talkAt = milliseconds(now) &+ max(1, pause)
    }

    private mutating func sendEcho(
        _ client: Int,
        to native: IPv6Address,
        throughRelay: Bool,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) {
        let number = records[client].talkNumber
        let request = TaggedEcho(
            source: address(of: client),
            destination: native,
            identifier: number,
            sequenceNumber: throughRelay ? 1 : 0
        )
        let tag = tag(client, number)
        let length = throughRelay ? payloadLength(client, number) : Self.testLength
        let relay = throughRelay ? model.relays[Int(records[client].relay)] : nil
        note(throughRelay ? .data : .test, client, now: now)
        send(from: client, to: relay ?? UDPEndpoint(model.server, Self.serverPort), into: &output) { output in
            request.encodeRequest(tag: tag, count: length, into: &output)
        }
    }

    private mutating func sendBubble(
        from client: Int,
        to partner: Int,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) {
        let bubble = TeredoBubble(source: address(of: client), destination: address(of: partner))
        let nonce = bubbleNonce(client, records[client].talkNumber, partner)
        note(.bubble, client, now: now)
        send(from: client, to: UDPEndpoint(model.server, Self.serverPort), into: &output) { output in
            bubble.encode(into: &output)
            Trailer.nonce(nonce).encode(into: &output)
        }
    }

    /// The nonce of a bubble from a client to another one.
    func bubbleNonce(_ client: Int, _ number: UInt16, _ partner: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: tag(client, number) ^ UInt64(partner) &* 0x9E37_79B9_7F4A_7C15 >> 16)
    }

    /// Another client that has an address; `nil` when none of a few that were drawn has.
    private func partner(of client: Int, _ number: UInt16) -> Int? {
        for attempt in 0..<4 {
            let bits = draw.bits(.partner, client &+ attempt << 24, records[client].session, number)
            let partner = Int(bits % UInt64(records.count))
            if partner != client, records[partner].state == .qualified { return partner }
        }
        return nil
    }

    private mutating func note(_ talk: ClientRecord.Talk, _ client: Int, now: ProtocolInstant) {
        if let exchange = talk.exchange { figures[exchange].sent &+= 1 }
        records[client].talk = talk
        records[client].talkSent = microseconds(now)
        records[client].talkAt = milliseconds(now) &+ Self.talkTimeout
    }

    /// Appends a packet from a client's mapped endpoint.
    mutating func send(
        from client: Int,
        to destination: UDPEndpoint,
        into output: inout OutputSpan<UInt8>,
        body: (inout OutputSpan<UInt8>) -> Void
    ) {
        figures.datagramsSent &+= 1
        IPv4Envelope.encode(from: endpoint(of: client), to: destination, into: &output, body: body)
    }
}
