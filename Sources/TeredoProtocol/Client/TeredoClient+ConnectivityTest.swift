import TeredoWire

/// The direct IPv6 connectivity test (RFC 4380 section 5.2.9; client.md section 9).
extension TeredoClient {
    /// T2: queues a packet for a native host and finds the relay nearest to it.
    mutating func transmitToNative(
        _ packet: Span<UInt8>,
        _ destination: IPv6Address,
        now: ProtocolInstant
    ) -> TransmissionVerdict {
        guard let index = findOrInsert(destination, endpoint: UDPEndpoint(.unspecified, 0), now: now) else {
            counters.drops.record(.peerTableFull)
            return .drop(.peerTableFull)
        }
        if let quietUntil = peers[index].quietUntil, now < quietUntil, peers[index].retryDeadline == nil {
            deliverError(.addressUnreachable, about: packet, now: now)
            counters.drops.record(.peerUnreachable)
            return .drop(.peerUnreachable)
        }
        guard enqueue(packet, index) else {
            counters.drops.record(.queueFull)
            return .drop(.queueFull)
        }
        if peers[index].retryDeadline == nil { startTest(index, now: now) }
        return .consumed
    }

    /// Begins a test because the host has something to send.
    mutating func startTest(_ index: PeerTable.Index, now: ProtocolInstant) {
        sendTest(index, isAllowed: testBucket.take(now: now), now: now)
    }

    /// Begins a test that only a reception asks for; such tests have a small budget of their own (SEC-43).
    ///
    /// The caller took the token, so that nothing is remembered of a sender for whom there is none.
    mutating func startUnsolicitedTest(_ index: PeerTable.Index, now: ProtocolInstant) {
        sendTest(index, isAllowed: true, now: now)
    }

    /// Repeats a test under way.
    mutating func repeatTest(_ index: PeerTable.Index, now: ProtocolInstant) {
        let isSolicited = !peers[index].outgoing.isEmpty
        let isAllowed = isSolicited ? testBucket.take(now: now) : unsolicitedTestBucket.take(now: now)
        sendTest(index, isAllowed: isAllowed, now: now)
    }

    /// Sends an echo request with a fresh nonce through the server, if it is allowed, and sets the retry timer.
    private mutating func sendTest(_ index: PeerTable.Index, isAllowed: Bool, now: ProtocolInstant) {
        let deadline = now + RFC4380.retryInterval
        peers[index].retryDeadline = deadline
        retries.schedule(peers.ticket(for: index), at: deadline)
        peers.touch(index)
        peers.mark(index)
        peers[index].attempts += 1
        let isNew = peers[index].test == nil
        guard let server, isAllowed, !isNew || outstandingTests < Self.outstandingTestLimit else { return }
        if isNew { outstandingTests += 1 }
        let nonce = UInt128(generator.next()) << 64 | UInt128(generator.next())
        peers[index].test = Peer.ConnectivityTest(nonce: nonce, sentAt: now)
        let request = EchoMessage(
            kind: .request,
            source: ownAddress,
            destination: peers.address(of: index),
            identifier: UInt16(truncatingIfNeeded: nonce),
            sequenceNumber: UInt16(peers[index].attempts),
            data: Self.octets(of: nonce)
        )
        outbox.send(
            [UInt8](capacity: request.length) { request.encode(into: &$0) },
            to: UDPEndpoint(server.primary, TeredoConstants.udpPort)
        )
        counters.connectivityTests &+= 1
    }

    /// R7: whether `packet` answers the test of this peer: an echo reply with its nonce (SEC-07, SEC-08), or an
    /// unreachable error that the tested host itself sent and that quotes the request (SEC-09).
    func answersTest(_ packet: Span<UInt8>, _ header: IPv6Header, of peer: Peer, now: ProtocolInstant) -> Bool {
        guard let test = peer.test, header.nextHeader == IPv6Header.NextHeader.icmpv6,
            header.destination == ownAddress, now - test.sentAt <= RFC4380.echoNonceLifetime
        else { return false }
        if let echo = try? EchoMessage(validating: packet) {
            return echo.kind == .reply && echo.data == Self.octets(of: test.nonce)
        }
        return quotesTest(packet, header, nonce: test.nonce)
    }

    private func quotesTest(_ packet: Span<UInt8>, _ header: IPv6Header, nonce: UInt128) -> Bool {
        guard header.packetLength >= Self.quotedRequestEnd, packet[40] == ICMPv6.destinationUnreachable else {
            return false
        }
        let message = packet.extracting(40..<header.packetLength)
        guard InternetChecksum.icmpv6(message, source: header.source, destination: header.destination) == 0 else {
            return false
        }
        let quoted = packet.extracting(48..<Self.quotedRequestEnd)
        return quoted.ipv6Address(at: 8) == ownAddress && quoted.ipv6Address(at: 24) == header.source
            && quoted[6] == IPv6Header.NextHeader.icmpv6 && quoted[40] == ICMPv6.echoRequest
            && quoted.copy(48..<64) == Self.octets(of: nonce)
    }

    private static let outstandingTestLimit = 64
    /// Outer header, ICMPv6 error header, quoted IPv6 and echo headers, 16 octets of nonce.
    private static let quotedRequestEnd = 40 + 8 + 40 + 8 + 16

    private static func octets(of nonce: UInt128) -> [UInt8] {
        [UInt8](capacity: 16) { output in
            output.append(IPv6Address(rawValue: nonce))
        }
    }
}
