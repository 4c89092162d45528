package import TeredoWire

/// What comes back.
extension ClientPopulation {
    /// Takes an IPv4 packet that came in, whatever it holds; returns whether it drew another one, which was appended to `output`
    /// that has room for 1500 octets.
    package mutating func handlePacket(
        _ packet: Span<UInt8>,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> Bool {
        figures.packetsReceived &+= 1
        let envelope: IPv4Envelope
        do { envelope = try IPv4Envelope(validating: packet) } catch {
            return stray(error == .icmp ? .icmpError : .malformed)
        }
        guard let client = plan.client(at: envelope.destination), records[client].state != .absent,
            endpoint(of: client) == envelope.destination
        else { return stray(.nobodyThere) }
        let bytes = packet.extracting(envelope.payload)
        guard let datagram = try? TeredoDatagram(validating: bytes) else { return stray(.malformed) }
        if envelope.source.port == Self.serverPort,
            envelope.source.address == model.server || envelope.source.address == model.secondaryServer
        {
            // What is not from the server may be from a relay at the same endpoint.
            if datagram.header.destination.isLinkLocal {
                return handleAdvertisement(datagram, bytes, client, from: envelope.source, now: now, into: &output)
            }
            if datagram.origin != nil { return handleIndirect(datagram, bytes, client, now: now, into: &output) }
        }
        guard let relay = model.relays.firstIndex(of: envelope.source) else { return stray(.stranger) }
        return handleEcho(datagram, bytes, client, relay: relay, now: now, into: &output)
    }

    private mutating func stray(_ stray: Stray) -> Bool {
        figures[stray] &+= 1
        return false
    }

    /// Counts an answer, and how long it took.
    private mutating func answered(_ exchange: Exchange, sent: UInt32, now: ProtocolInstant) {
        figures[exchange].answered &+= 1
        figures[exchange].times.record(microseconds: UInt64(microseconds(now) &- sent))
    }

    /// Counts an answer that is not the one that is waited for: right for one of the last few questions, or wrong.
    private mutating func refuse(_ exchange: Exchange, isLate: Bool) -> Bool {
        if isLate { figures[exchange].late &+= 1 } else { figures[exchange].wrong &+= 1 }
        return false
    }

    // MARK: From the server

    private mutating func handleAdvertisement(
        _ datagram: TeredoDatagram,
        _ bytes: Span<UInt8>,
        _ client: Int,
        from source: UDPEndpoint,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> Bool {
        let exchange = controlExchange(client)
        guard let layout = datagram.authentication, let origin = datagram.origin,
            let advertisement = try? RouterAdvertisement(validating: bytes.extracting(datagram.packet)),
            advertisement.server == model.server, origin.endpoint == endpoint(of: client),
            advertisement.destination == TeredoLinkLocal.client(coneBit: false)
        else { return refuse(exchange, isLate: false) }
        let nonce = layout.nonce(in: bytes)
        let number = records[client].controlNumber
        guard records[client].isControlPending, nonce == self.nonce(client, number) else {
            let isLate = (0..<4).contains { nonce == self.nonce(client, number &- UInt16($0)) }
            return refuse(exchange, isLate: isLate)
        }
        guard source == solicitedServer(client) else { return refuse(exchange, isLate: false) }
        answered(exchange, sent: records[client].controlSent, now: now)
        wheel.cancel(client, in: &records)
        records[client].isControlPending = false
        records[client].controlAttempts = 0
        let isSent = advance(client, now: now, into: &output)
        reschedule(client)
        return isSent
    }

    /// The next step of a client that was answered by its server; returns whether it sent something.
    private mutating func advance(_ client: Int, now: ProtocolInstant, into output: inout OutputSpan<UInt8>) -> Bool {
        if records[client].state == .soliciting, model.secondaryServer != nil {
            records[client].state = .confirming
            solicit(client, now: now, into: &output)
            return true
        }
        if records[client].state != .qualified {
            records[client].state = .qualified
            figures.qualified += 1
            endConversation(client, now: now)
        }
        let number = records[client].controlNumber
        let share = 0.75 + draw.share(.refresh, client, records[client].session, number) / 4
        let interval = Double(model.refresh.wholeNanoseconds) / 1e6 * share
        records[client].controlAt = milliseconds(now) &+ UInt32(max(1, min(interval, 2e9)))
        return false
    }

    /// A bubble through the server: from a relay, which is answered, or from another client.
    private mutating func handleIndirect(
        _ datagram: TeredoDatagram,
        _ bytes: Span<UInt8>,
        _ client: Int,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> Bool {
        guard datagram.header.destination == address(of: client) else { return stray(.foreignDestination) }
        guard datagram.header.isBubble, datagram.authentication == nil, let origin = datagram.origin else {
            return stray(.unexpected)
        }
        if let sender = TeredoAddress(datagram.header.source) {
            return handleBubble(datagram, bytes, to: client, from: sender, at: origin.endpoint, now: now)
        }
        guard model.relays.contains(origin.endpoint) else { return stray(.stranger) }
        figures.answeredBubbles &+= 1
        let bubble = TeredoBubble(source: address(of: client), destination: datagram.header.source)
        send(from: client, to: origin.endpoint, into: &output) { bubble.encode(into: &$0) }
        return true
    }

    private mutating func handleBubble(
        _ datagram: TeredoDatagram,
        _ bytes: Span<UInt8>,
        to client: Int,
        from sender: TeredoAddress,
        at origin: UDPEndpoint,
        now: ProtocolInstant
    ) -> Bool {
        guard sender.mappedEndpoint == origin, let other = plan.client(at: origin) else {
            return refuse(.bubble, isLate: false)
        }
        // Whoever sent it may be gone, or be back with another address.
        guard records[other].state != .absent, address(of: other) == sender.ipv6 else { return stray(.nobodyThere) }
        let trailers = bytes.extracting(datagram.trailers)
        guard trailers.count == 6, trailers[0] == Trailer.TypeCode.nonce, trailers[1] == 4 else {
            return refuse(.bubble, isLate: false)
        }
        let nonce = trailers.bigEndianUInt32(at: 2)
        let number = records[other].talkNumber
        guard records[other].talk == .bubble, nonce == bubbleNonce(other, number, client) else {
            let isLate = (0..<4).contains { nonce == bubbleNonce(other, number &- UInt16($0), client) }
            return refuse(.bubble, isLate: isLate)
        }
        answered(.bubble, sent: records[other].talkSent, now: now)
        wheel.cancel(other, in: &records)
        endConversation(other, now: now)
        reschedule(other)
        return false
    }

    // MARK: From a relay

    private mutating func handleEcho(
        _ datagram: TeredoDatagram,
        _ bytes: Span<UInt8>,
        _ client: Int,
        relay: Int,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> Bool {
        guard datagram.isPlain else { return stray(.unexpected) }
        guard datagram.header.destination == address(of: client) else { return stray(.foreignDestination) }
        if datagram.header.isBubble { return stray(.plainBubble) }
        let packet = bytes.extracting(datagram.packet)
        guard let reply = TaggedEcho(reply: packet, datagram.header), reply.source == model.native else {
            return stray(.unexpected)
        }
        let isTest = reply.sequenceNumber == 0
        let exchange = isTest ? Exchange.echoTest : .data
        let length = isTest ? Self.testLength : payloadLength(client, reply.identifier)
        guard reply.sequenceNumber < 2, TaggedEcho.hasData(packet, tag: tag(client, reply.identifier), count: length)
        else { return refuse(exchange, isLate: false) }
        guard records[client].talk.exchange == exchange, reply.identifier == records[client].talkNumber else {
            return refuse(exchange, isLate: true)
        }
        answered(exchange, sent: records[client].talkSent, now: now)
        wheel.cancel(client, in: &records)
        records[client].relay = UInt8(truncatingIfNeeded: relay)
        records[client].relayHeardAt = milliseconds(now)
        records[client].talk = .nothing
        let isSent = goOn(client, afterTest: isTest, now: now, into: &output)
        reschedule(client)
        return isSent
    }

    /// The conversation goes on: with data at once after the test, and after a while when data were answered.
    private mutating func goOn(
        _ client: Int,
        afterTest: Bool,
        now: ProtocolInstant,
        into output: inout OutputSpan<UInt8>
    ) -> Bool {
        if afterTest { return say(client, now: now, into: &output) }
        records[client].messagesLeft &-= 1
        guard records[client].messagesLeft > 0 else {
            endConversation(client, now: now)
            return false
        }
        let gap = draw.milliseconds(
            mean: model.messageGap,
            .messageGap,
            client,
            records[client].session,
            records[client].talkNumber
        )
        records[client].talkAt = milliseconds(now) &+ max(1, gap)
        return false
    }
}
