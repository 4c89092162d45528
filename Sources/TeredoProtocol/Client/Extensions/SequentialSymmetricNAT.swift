import TeredoWire

/// Sequential port-symmetric NAT (RFC 6081 section 5.5; client.md section 13.4): two solicitations from a fresh port show
/// between which external ports the NAT put the direct bubble that was sent between them.
extension TeredoClient {
    /// Whether an echo test can tell anything: the ports towards the two server addresses are near each other.
    var usesEchoTest: Bool {
        guard configuration.extensions.usesEchoTests, isPortPreserving == false, let first = mappedEndpoint,
            let second = secondaryMappedEndpoint, first.address == second.address, server?.secondary != nil
        else { return false }
        return second.port > first.port && second.port - first.port <= Self.widestStep
    }

    /// From the random port, in this order: solicitation, direct bubble, solicitation.
    mutating func startEchoTest(_ index: PeerTable.Index, _ peer: TeredoAddress, now: ProtocolInstant) {
        guard let slot = peers[index].traversal.randomPort?.slot, let server, let secondary = server.secondary,
            echoTestBucket.take(now: now)
        else { return sendIndirectBubble(index, peer, now: now) }
        peers[index].traversal.echoTests += 1
        let test = PeerTraversal.EchoTest(
            lowerNonce: generator.next(),
            upperNonce: generator.next(),
            deadline: now + .seconds(peers[index].traversal.echoTests)
        )
        peers[index].traversal.echoTest = test
        echoTimer.schedule(peers.ticket(for: index), at: test.deadline)
        solicit(server.primary, from: slot, nonce: test.lowerNonce)
        sendBubble(
            from: ownAddress,
            to: peer.ipv6,
            at: randomPortTarget(index, peer),
            port: .randomPort(slot),
            trailers: directTrailers(index)
        )
        solicit(secondary, from: slot, nonce: test.upperNonce)
    }

    private mutating func solicit(_ server: IPv4Address, from slot: UInt8, nonce: UInt64) {
        outbox.send(
            solicitationDatagram(nonce: nonce, coneBit: false),
            to: UDPEndpoint(server, TeredoConstants.udpPort),
            from: .randomPort(slot)
        )
        counters.solicitations &+= 1
    }

    /// An advertisement on a random port tells a port of an echo test and nothing else.
    mutating func handleEchoTestAdvertisement(
        _ datagram: TeredoDatagram,
        in bytes: Span<UInt8>,
        from source: UDPEndpoint,
        peer index: PeerTable.Index,
        now: ProtocolInstant
    ) -> ReceptionVerdict {
        guard let test = peers[index].traversal.echoTest, let server, source.port == TeredoConstants.udpPort,
            let peer = TeredoAddress(peers.address(of: index))
        else { return drop(.unexpectedAdvertisement) }
        let isLower = source.address == server.primary
        guard isLower || source.address == server.secondary else { return drop(.unexpectedAdvertisement) }
        switch validate(datagram, in: bytes, nonce: isLower ? test.lowerNonce : test.upperNonce, coneBit: false) {
        case .failure(let rejection):
            return drop(rejection.reason)
        case .success(let answer):
            counters.advertisements &+= 1
            let port = answer.mappedEndpoint.port
            // A repetition changes nothing: the first answer counts (section 5.5.4.2).
            if isLower, test.lower == 0 {
                peers[index].traversal.echoTest?.lower = port
            } else if !isLower, test.upper == 0 {
                peers[index].traversal.echoTest?.upper = port
            }
            concludeEchoTest(index, peer, now: now)
            return .consumed
        }
    }

    private mutating func concludeEchoTest(_ index: PeerTable.Index, _ peer: TeredoAddress, now: ProtocolInstant) {
        guard let test = peers[index].traversal.echoTest, test.lower != 0, test.upper != 0 else { return }
        peers[index].traversal.echoTest = nil
        peers[index].traversal.randomPort?.external = UInt16((UInt32(test.lower) + UInt32(test.upper)) / 2)
        sendIndirectBubble(index, peer, now: now)
    }

    /// A test without an answer is repeated once; then the bubble goes without a random port.
    mutating func handleEchoTests(now: ProtocolInstant) {
        while let ticket = echoTimer.pop(now: now) {
            guard let index = peers.find(ticket), let test = peers[index].traversal.echoTest, test.deadline <= now,
                let peer = TeredoAddress(peers.address(of: index))
            else { continue }
            peers[index].traversal.echoTest = nil
            if peers[index].traversal.echoTests < RFC6081.echoTestLimit {
                startEchoTest(index, peer, now: now)
            } else {
                closeRandomPort(index)
                sendIndirectBubble(index, peer, now: now)
            }
        }
    }

    private static let widestStep: UInt16 = 16
}
