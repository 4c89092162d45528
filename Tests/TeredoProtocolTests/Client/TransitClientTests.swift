import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// docs/transit.md sections 4 and 5, the client's side.
@Suite struct TransitClientTests {
    private static let relay = endpoint("192.0.2.10:3545")
    private static let peer = Packets.peer()

    private static func client(configured: Bool = true) -> ClientHarness {
        ClientHarness.qualified { configuration in
            configuration.refreshInterval = .seconds(3600)
            configuration.transit = ClientTransitConfiguration()
            if configured { configuration.transit.relay = relay }
        }
    }

    private static func message(
        _ kind: TransitMessage.Kind,
        from source: IPv6Address,
        to destination: IPv6Address,
        nonce: UInt64,
        value: UInt64 = 0
    ) -> [UInt8] {
        [UInt8](capacity: 62) { output in
            TeredoBubble(source: source, destination: destination).encode(into: &output)
            Trailer.transit(TransitMessage(kind, nonce: nonce, value: value)).encode(into: &output)
        }
    }

    private static func transit(_ sent: ClientHarness.Sent?) -> TransitMessage? {
        guard let sent, let datagram = sent.datagram,
            let list = try? TrailerList(parsing: Array(sent.bytes[datagram.trailers]).span)
        else { return nil }
        return list.transit
    }

    /// The last request to the relay.
    private static func lastOpen(_ harness: ClientHarness) -> TransitMessage? {
        transit(harness.sent.last { $0.to == relay && transit($0)?.kind == .open })
    }

    /// Opens the way to the peer as a relay would.
    private static func open(_ harness: inout ClientHarness) throws {
        harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6, marker: 1))
        harness.advance(.milliseconds(200))
        let first = try #require(lastOpen(harness))
        #expect(first.value == 0)
        harness.receive(
            message(.challenge, from: peer.ipv6, to: harness.own, nonce: first.nonce, value: 99),
            from: relay
        )
        let second = try #require(lastOpen(harness))
        #expect(second.value == 99 && second.nonce == first.nonce)
        harness.receive(message(.ready, from: peer.ipv6, to: harness.own, nonce: first.nonce), from: relay)
    }

    @Test("transit 4: the server is asked three times, 4 s apart; its answer counts with the nonce and from it only")
    func announcement() throws {
        var harness = ClientHarness { $0.transit = ClientTransitConfiguration() }
        harness.start()
        harness.answer(from: ClientHarness.primary)
        harness.answer(from: ClientHarness.secondary)
        let query = try #require(harness.sent.compactMap(Self.transit).first)
        let linkLocal = TeredoLinkLocal.server(ClientHarness.primary)
        #expect(query.kind == .query)
        harness.advance(.seconds(9))
        #expect(harness.sent.count { Self.transit($0)?.kind == .query } == 3)
        let answer = TransitMessage(announcing: Self.relay, nonce: query.nonce)
        let wrong = TransitMessage(announcing: Self.relay, nonce: query.nonce ^ 1)
        let private10 = TransitMessage(announcing: endpoint("10.0.0.1:3545"), nonce: query.nonce)
        let bytes = { (message: TransitMessage) in
            Self.message(message.kind, from: linkLocal, to: harness.own, nonce: message.nonce, value: message.value)
        }
        harness.receive(bytes(answer), from: endpoint("203.0.113.66:3544"))
        harness.receive(bytes(wrong), from: harness.server)
        #expect(harness.client.transitRelay == nil)
        harness.receive(bytes(answer), from: harness.server)
        #expect(harness.client.transitRelay == Self.relay)
        #expect(harness.events.contains(.transitRelayFound(Self.relay)))

        var other = Self.client(configured: false)
        #expect(other.receive(bytes(private10), from: other.server) != .consumed)
        #expect(other.client.transitRelay == nil)
    }

    /// Lets time pass on a network where the server answers everything but queries.
    private static func live(_ harness: inout ClientHarness, seconds: Int) {
        for _ in 0..<seconds {
            harness.advance(.seconds(1))
            for question in harness.takeQuestions() {
                guard !question.isSolicitation else {
                    harness.answer(from: question.to.address)
                    continue
                }
                harness.receive(question.bytes, from: harness.server)
            }
        }
    }

    @Test("transit 4: a relay that answers none of six requests is asked for again, and another one is used at once")
    func silentRelay() throws {
        var harness = ClientHarness { $0.transit = ClientTransitConfiguration() }
        harness.start()
        harness.answer(from: ClientHarness.primary)
        harness.answer(from: ClientHarness.secondary)
        let silent = endpoint("192.0.2.10:3405")
        try Self.announce(silent, to: &harness)
        Self.live(&harness, seconds: 70)
        harness.forget()
        harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6))
        Self.live(&harness, seconds: 4)
        #expect(!harness.sent.contains { Self.transit($0)?.kind == .query }, "four requests may be lost")
        Self.live(&harness, seconds: 4)
        #expect(harness.sent.count { $0.to == silent && Self.transit($0)?.kind == .open } >= 6)
        try Self.announce(Self.relay, to: &harness)
        harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6))
        Self.live(&harness, seconds: 1)
        #expect(Self.lastOpen(harness) != nil)
    }

    /// Answers the last query of the client.
    private static func announce(_ relay: UDPEndpoint, to harness: inout ClientHarness) throws {
        let query = try #require(harness.sent.compactMap(transit).last { $0.kind == .query })
        let answer = TransitMessage(announcing: relay, nonce: query.nonce)
        let linkLocal = TeredoLinkLocal.server(ClientHarness.primary)
        let bytes = message(.announcement, from: linkLocal, to: harness.own, nonce: query.nonce, value: answer.value)
        #expect(harness.receive(bytes, from: harness.server) == .consumed)
    }

    @Test("transit 4: all questions lost, the server is asked again for a peer that is not reached, once a minute")
    func seeking() throws {
        var harness = Self.client(configured: false)
        Self.live(&harness, seconds: 70)
        harness.forget()
        let queries = { harness.sent.filter { Self.transit($0)?.kind == .query } }
        // Four bubbles in vain; before that the direct way may be all that is needed.
        harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6))
        Self.live(&harness, seconds: 5)
        #expect(queries().isEmpty)
        Self.live(&harness, seconds: 5)
        for _ in 0..<50 {
            harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6))
            Self.live(&harness, seconds: 1)
        }
        #expect(queries().count == 3)
        Self.live(&harness, seconds: 11)
        harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6))
        #expect(queries().count == 4)
        let query = try #require(queries().last.flatMap(Self.transit))
        let answer = TransitMessage(announcing: Self.relay, nonce: query.nonce)
        let linkLocal = TeredoLinkLocal.server(ClientHarness.primary)
        harness.receive(
            Self.message(.announcement, from: linkLocal, to: harness.own, nonce: answer.nonce, value: answer.value),
            from: harness.server
        )
        #expect(harness.client.transitRelay == Self.relay)
    }

    @Test("transit 5.1: a peer that does not ask is asked for ten times in vain, though cookies expire meanwhile")
    func endlessChallenges() throws {
        var harness = Self.client()
        harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6))
        var opens = 0
        var cookie: UInt64 = 0
        for second in 1...900 as ClosedRange<UInt64> {
            harness.advance(.seconds(1))
            // The relay of a long way: a cookie is good for 10 s, so that many a request is answered with a challenge.
            for sent in harness.sent where sent.to == Self.relay {
                guard let open = Self.transit(sent), open.kind == .open else { continue }
                opens += 1
                guard open.value == 0 || open.value != second / 10 + 1 else { continue }
                cookie = second / 10 + 1
                harness.receive(
                    Self.message(.challenge, from: Self.peer.ipv6, to: harness.own, nonce: open.nonce, value: cookie),
                    from: Self.relay
                )
            }
            harness.forget()
        }
        #expect(cookie > 2)
        #expect(opens <= 20, "\(opens)")
    }

    @Test("--no-transit: neither is the server asked, nor a relay")
    func off() {
        var harness = ClientHarness.qualified { $0.transit = .off }
        harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6))
        harness.advance(.seconds(10))
        #expect(harness.sent.allSatisfy { Self.transit($0) == nil })
    }

    @Test("transit 5.1: the direct way has a head start of 200 ms; what waits leaves in order when the relay is ready")
    func opening() throws {
        var harness = Self.client()
        harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6, marker: 1))
        harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6, marker: 2))
        harness.advance(.milliseconds(199))
        #expect(Self.lastOpen(harness) == nil)
        try Self.open(&harness)
        let data = harness.sent.filter { !$0.isBubble }
        #expect(data.map(\.bytes.last) == [1, 2, 1] && data.allSatisfy { $0.to == Self.relay })
        #expect(harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6)) == .forward(to: Self.relay))
    }

    @Test(
        "transit 5.4: what waits for the change to the direct way goes there, though the relay says again that it is open"
    )
    func readyDuringChange() throws {
        var harness = Self.client()
        try Self.open(&harness)
        let nonce = try #require(Self.lastOpen(harness)).nonce
        harness.advance(.seconds(3))
        harness.receiveDirect(Self.peer)
        harness.receiveDirect(Self.peer, [.neighborDiscovery(.advertisement)])
        #expect(harness.sent.contains { Self.transit($0)?.kind == .mark })
        harness.forget()
        #expect(harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6)) == .consumed)
        harness.receive(Self.message(.ready, from: Self.peer.ipv6, to: harness.own, nonce: nonce), from: Self.relay)
        #expect(harness.sent.isEmpty)
        harness.receive(
            Self.message(.markReceived, from: Self.peer.ipv6, to: harness.own, nonce: nonce),
            from: Self.relay
        )
        #expect(harness.sent.map(\.to) == [Self.peer.mappedEndpoint])
    }

    @Test(
        "transit 5.3: a relay whose word has run out leaves packets to the direct way, though the change to it never came off"
    )
    func runOut() throws {
        var harness = Self.client()
        try Self.open(&harness)
        let begin = harness.now
        // The peer is heard directly, and does not answer whether it hears us.
        for _ in 0..<6 {
            harness.receiveDirect(Self.peer)
            #expect(harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6)) == .forward(to: Self.relay))
            harness.advance(.milliseconds(9900))
        }
        // A packet of the host may come before the time-out is looked at.
        harness.now = begin + .seconds(61)
        harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6))
        let verdict = harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6))
        #expect(verdict == .forward(to: Self.peer.mappedEndpoint))
    }

    @Test("transit 5.1: requests show the source of the relay's last bubble, because the answer to it may be lost")
    func shownKey() throws {
        var harness = Self.client()
        let key = TeredoLinkLocal.keyed(identifier: 77)
        harness.receive(
            Packets.bubble(from: key, to: harness.own, origin: endpoint("203.0.113.66:1")),
            from: harness.server
        )
        harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6))
        harness.advance(.milliseconds(200))
        let first = try #require(harness.sent.last { $0.to == Self.relay })
        #expect(first.trailers.transit?.kind == .open && first.trailers.sender == nil, "that was another relay's")
        harness.receive(Packets.bubble(from: key, to: harness.own, origin: Self.relay), from: harness.server)
        harness.advance(.seconds(1))
        let second = try #require(harness.sent.last { $0.to == Self.relay && $0.trailers.transit != nil })
        #expect(second.trailers.transit?.kind == .open && second.trailers.sender == key)
    }

    @Test("transit 5.1: packets that follow do not put the request to the relay off")
    func steadyPackets() {
        var harness = Self.client()
        for _ in 0..<4 {
            harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6))
            harness.advance(.milliseconds(50))
        }
        #expect(harness.sent.count { $0.to == Self.relay } == 1)
    }

    @Test("What waited for the relay is counted; another one is told with the paths; without an address there is none")
    func change() throws {
        var harness = Self.client()
        try Self.open(&harness)
        #expect(harness.client.peerSummary(of: Self.peer.ipv6, now: harness.now)?.octetsSent == 60)
        #expect(harness.paths.changes.last?.path == .transit)
        var fresh = ClientConfiguration()
        fresh.refreshInterval = .seconds(3600)
        fresh.transit = ClientTransitConfiguration()
        fresh.transit.relay = endpoint("192.0.2.11:3545")
        harness.client.adopt(fresh, now: harness.now)
        harness.drain()
        #expect(harness.paths.changes.last?.previousPath == .transit)
        #expect(harness.client.transitRelay == endpoint("192.0.2.11:3545"))
        harness.client.handleNetworkChange(localEndpoint: nil, subnets: [], now: harness.now)
        harness.drain()
        #expect(harness.client.address == nil && harness.client.transitRelay == nil)
    }

    @Test("transit 5.1: a peer that answers directly within the head start costs the relay nothing")
    func directFirst() {
        var harness = Self.client()
        harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6))
        harness.advance(.milliseconds(100))
        harness.receive(Packets.bubble(from: Self.peer.ipv6, to: harness.own), from: Self.peer.mappedEndpoint)
        harness.advance(.seconds(20))
        #expect(!harness.sent.contains { $0.to == Self.relay })
    }

    @Test(
        "transit 7: challenge and ready with a wrong nonce, and packets of peers that nobody asked for, change nothing"
    )
    func foreign() throws {
        var harness = Self.client()
        #expect(
            harness.receive(Packets.udp(from: Self.peer.ipv6, to: harness.own), from: Self.relay)
                == .drop(.transitClosed)
        )
        harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6))
        harness.advance(.milliseconds(200))
        let nonce = try #require(Self.lastOpen(harness)).nonce
        harness.forget()
        for kind in [TransitMessage.Kind.challenge, .ready] {
            let bytes = Self.message(kind, from: Self.peer.ipv6, to: harness.own, nonce: nonce ^ 1, value: 5)
            #expect(harness.receive(bytes, from: Self.relay) == .drop(.transitClosed))
        }
        #expect(harness.sent.isEmpty)
        // Before the cookie came back, the relay cannot carry anything.
        #expect(
            harness.receive(Packets.udp(from: Self.peer.ipv6, to: harness.own), from: Self.relay)
                == .drop(.transitClosed)
        )
        let elsewhere = harness.receive(
            Self.message(.ready, from: Self.peer.ipv6, to: harness.own, nonce: nonce),
            from: endpoint("203.0.113.66:3545")
        )
        #expect(elsewhere == .drop(.endpointMismatch))
    }

    @Test(
        "transit 5.2: a packet from the relay is delivered and says nothing about where the peer is; no ND, no source routes"
    )
    func delivery() throws {
        var harness = Self.client()
        try Self.open(&harness)
        let packet = Packets.udp(from: Self.peer.ipv6, to: harness.own, marker: 9)
        #expect(harness.receive(packet, from: Self.relay) == .deliver(0..<60))
        #expect(harness.client.peerSummary(of: Self.peer.ipv6, now: harness.now)?.lastReception == harness.now)
        #expect(harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6)) == .forward(to: Self.relay))
        var advertisement = Packets.udp(from: Self.peer.ipv6, to: harness.own)
        advertisement[6] = 58
        advertisement[40] = ICMPv6.routerAdvertisement
        if case .deliver = harness.receive(advertisement, from: Self.relay) { Issue.record("SEC-05") }
    }

    @Test(
        "transit 5.3: kept open every 20 s while used; forgotten when the relay is silent, and the host gets its error"
    )
    func keepingOpen() throws {
        var harness = Self.client()
        try Self.open(&harness)
        harness.forget()
        harness.advance(.seconds(21))
        #expect(harness.sent.count { Self.transit($0)?.kind == .open } >= 1)
        harness.advance(.seconds(300))
        harness.forget()
        harness.transmit(Packets.udp(from: harness.own, to: Self.peer.ipv6))
        #expect(!harness.sent.contains { !$0.isBubble }, "nothing goes to a relay that is silent")
        harness.advance(.seconds(10))
        #expect(harness.delivered.contains { $0[40] == 1 && $0[41] == 3 })
    }

    private static func opens(_ harness: ClientHarness, for peer: TeredoAddress) -> Int {
        harness.sent.count {
            $0.to == relay && $0.datagram?.header.destination == peer.ipv6 && transit($0)?.kind == .open
        }
    }

    @Test(
        "SEC-45, SNS-3: a peer that we hear, and that still sends through the relay, is told our nonce again, and then answered there"
    )
    func heardThroughRelay() throws {
        var harness = Self.client()
        try Self.open(&harness)
        let nonce = try #require(Self.lastOpen(harness)).nonce
        harness.receiveIndirect(Self.peer, [.nonce(9)])
        harness.receiveDirect(Self.peer)
        harness.receiveDirect(Self.peer, [.neighborDiscovery(.advertisement)])
        harness.receive(
            Self.message(.markReceived, from: Self.peer.ipv6, to: harness.own, nonce: nonce),
            from: Self.relay
        )
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peer.mappedEndpoint))
        let start = harness.now
        harness.forget()
        for _ in 0..<250 {
            harness.receive(Packets.udp(from: Self.peer.ipv6, to: harness.own), from: Self.relay)
            harness.advance(.milliseconds(100))
        }
        let told = harness.direct.filter { $0.trailers.nonce == 9 && $0.trailers.neighborDiscovery == .solicitation }
        // After two questions in vain come those of the way back (transit 5.4).
        #expect(told.map { $0.at - start } == [2, 4, 11, 23].map { .seconds($0) })
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.relay))
    }

    @Test("SLR-4: a bubble of a peer that leaves our solicitations unanswered does not show that it hears us")
    func deafPeer() throws {
        var harness = Self.client()
        try Self.open(&harness)
        let nonce = try #require(Self.lastOpen(harness)).nonce
        harness.receiveIndirect(Self.peer, [.nonce(9)])
        harness.receiveDirect(Self.peer, [.neighborDiscovery(.solicitation)])
        harness.receiveDirect(Self.peer, [.neighborDiscovery(.advertisement)])
        harness.receive(
            Self.message(.markReceived, from: Self.peer.ipv6, to: harness.own, nonce: nonce),
            from: Self.relay
        )
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peer.mappedEndpoint))
        // The network says that what is sent there does not arrive; the peer is asked, and is heard, but does not answer.
        let packet = Packets.udp(from: harness.own, to: Self.peer.ipv6)
        let place = Self.peer.mappedEndpoint
        let error = ICMPv4Error(.portUnreachable, by: place.address, about: place)
        harness.client.handleICMPError(error, quoting: packet.span, now: harness.now)
        harness.drain()
        harness.receiveDirect(Self.peer, [.neighborDiscovery(.solicitation)])
        harness.advance(.seconds(3))
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.relay))
        // An advertisement is an answer.
        harness.receiveDirect(Self.peer, [.neighborDiscovery(.advertisement)])
        harness.receive(
            Self.message(.markReceived, from: Self.peer.ipv6, to: harness.own, nonce: nonce),
            from: Self.relay
        )
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peer.mappedEndpoint))
    }

    @Test(
        "transit 5.1: an invitation counts from the client's own server with the origin of the relay; a flood of them is bounded"
    )
    func invitations() throws {
        var harness = Self.client()
        let invite = { (peer: TeredoAddress, origin: UDPEndpoint, own: IPv6Address) in
            [UInt8](capacity: 100) { output in
                OriginIndication(origin).encode(into: &output)
                TeredoBubble(source: ipv6("fe80::1"), destination: own).encode(into: &output)
                TrailerList([.sender(peer.ipv6), .transit(TransitMessage(.invitation, nonce: 0))]).encode(into: &output)
            }
        }
        harness.receive(invite(Self.peer, endpoint("203.0.113.66:1"), harness.own), from: harness.server)
        harness.receive(invite(Self.peer, Self.relay, harness.own), from: endpoint("203.0.113.66:3544"))
        harness.advance(.milliseconds(10))
        #expect(Self.lastOpen(harness) == nil)
        harness.receive(invite(Self.peer, Self.relay, harness.own), from: harness.server)
        harness.advance(.milliseconds(10))
        #expect(Self.lastOpen(harness) != nil)
        // A client that is heard directly and invites us does not hear us.
        let heard = Packets.peer(port: 5001)
        harness.receiveDirect(heard)
        harness.receive(invite(heard, Self.relay, harness.own), from: harness.server)
        harness.advance(.milliseconds(10))
        #expect(Self.opens(harness, for: heard) == 1)
        // An invitation is an answer of the relay: the requests do not get fewer.
        harness.advance(.seconds(9))
        let before = Self.opens(harness, for: heard)
        harness.receive(invite(heard, Self.relay, harness.own), from: harness.server)
        harness.advance(.milliseconds(1100))
        #expect(Self.opens(harness, for: heard) == before + 1)
        harness.forget()
        for port in 1...5000 {
            let stranger = Packets.peer(ipv4("203.0.113.40"), port: UInt16(port))
            harness.receive(invite(stranger, Self.relay, harness.own), from: harness.server)
        }
        harness.advance(.seconds(1))
        #expect(harness.client.peerCount <= 4096)
        #expect(harness.sent.count { $0.to == Self.relay } <= 200, "within the cap on answers")
    }

    @Test("V6, SEC-52: what a transit relay carries for another address is discarded")
    func foreignDestination() throws {
        var harness = Self.client()
        try Self.open(&harness)
        harness.forget()
        for destination in [ClientHarness.native, IPv6Address(rawValue: harness.own.rawValue ^ 1)] {
            let packet = Packets.udp(from: Self.peer.ipv6, to: destination)
            #expect(harness.receive(packet, from: Self.relay) == .drop(.foreignDestination))
        }
        #expect(harness.sent.isEmpty && harness.delivered.isEmpty)
        let packet = Packets.udp(from: Self.peer.ipv6, to: harness.own)
        #expect(harness.receive(packet, from: Self.relay) == .deliver(0..<60))
    }
}
