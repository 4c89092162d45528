import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// docs/transit.md sections 5 to 7: who gets packets carried, and what attackers do not get.
@Suite struct TransitAbuseTests {
    /// Behind an endpoint-independent NAT: its packets come from the endpoint in its address.
    static let alice = Packets.peer(ipv4("203.0.113.20"), port: 5000)
    /// Behind a symmetric NAT: the relay sees it at another endpoint.
    static let bob = Packets.peer(ipv4("203.0.113.30"), port: 6000)
    static let bobSeen = endpoint("203.0.113.30:44444")
    static let attacker = endpoint("203.0.113.66:6666")

    static func relay(_ change: (inout TransitConfiguration) -> Void = { _ in }) -> RelayHarness {
        RelayHarness { configuration in
            var transit = TransitConfiguration()
            change(&transit)
            configuration.transit = transit
        }
    }

    static func open(
        _ client: TeredoAddress,
        _ peer: TeredoAddress,
        nonce: UInt64 = 7,
        cookie: UInt64 = 0,
        key: IPv6Address? = nil
    ) -> [UInt8] {
        [UInt8](capacity: 80) { output in
            TeredoBubble(source: client.ipv6, destination: peer.ipv6).encode(into: &output)
            Trailer.transit(TransitMessage(.open, nonce: nonce, value: cookie)).encode(into: &output)
            if let key { Trailer.sender(key).encode(into: &output) }
        }
    }

    static func message(_ sent: RelayHarness.Sent?) -> TransitMessage? {
        guard let sent, let datagram = sent.datagram,
            let list = try? TrailerList(parsing: Array(sent.bytes[datagram.trailers]).span)
        else { return nil }
        return list.transit
    }

    /// Asks with the cookie that a first request brought.
    static func request(
        _ harness: inout RelayHarness,
        _ client: TeredoAddress,
        _ peer: TeredoAddress,
        from source: UDPEndpoint
    ) {
        harness.forget()
        harness.receive(open(client, peer), from: source)
        guard let challenge = message(harness.sent.last), challenge.kind == .challenge else { return }
        harness.forget()
        harness.receive(open(client, peer, cookie: challenge.value), from: source)
    }

    /// An open pair: Alice by her embedded endpoint, Bob by a keyed bubble.
    static func pair(_ change: (inout TransitConfiguration) -> Void = { _ in }) -> RelayHarness {
        var harness = relay(change)
        request(&harness, alice, bob, from: alice.mappedEndpoint)
        request(&harness, bob, alice, from: bobSeen)
        prove(&harness, bob, from: bobSeen)
        harness.forget()
        return harness
    }

    static func prove(_ harness: inout RelayHarness, _ client: TeredoAddress, from source: UDPEndpoint) {
        let keyed = harness.bubbles.last {
            $0.datagram?.header.destination == client.ipv6 && $0.datagram?.header.source.isLinkLocal == true
        }
        guard let keyed = keyed?.datagram?.header.source else { return }
        harness.receive(Packets.bubble(from: client.ipv6, to: keyed), from: source)
    }

    static func data(
        _ from: TeredoAddress,
        _ to: TeredoAddress,
        length: Int = 20,
        hopLimit: UInt8 = 64
    ) -> [UInt8] {
        var packet = Packets.udp(from: from.ipv6, to: to.ipv6, length: length)
        packet[7] = hopLimit
        return packet
    }

    @Test(
        "SEC-25, SEC-62: every next header is carried between two clients",
        arguments: [6, 17, 44, 50, 132, 253] as [UInt8]
    )
    func anyProtocol(next: UInt8) {
        var harness = Self.pair()
        var packet = Self.data(Self.alice, Self.bob)
        packet[6] = next
        harness.receive(packet, from: Self.alice.mappedEndpoint)
        #expect(harness.data.map(\.to) == [Self.bobSeen])
        packet[7] -= 1
        #expect(harness.data.map(\.bytes) == [packet])
    }

    @Test("SEC-53: without --transit packets between clients are dropped as ever, and requests are not answered")
    func off() {
        var harness = RelayHarness()
        #expect(
            harness.receive(Self.open(Self.alice, Self.bob), from: Self.alice.mappedEndpoint) == .drop(.unknownPeer)
        )
        #expect(harness.sent.isEmpty)
    }

    @Test("transit 5.1: nobody opens a way to itself")
    func toItself() {
        var harness = Self.relay()
        #expect(
            harness.receive(Self.open(Self.alice, Self.alice), from: Self.alice.mappedEndpoint) == .drop(.ownEndpoint)
        )
        #expect(harness.sent.isEmpty)
    }

    @Test("transit 5.1: cookie, keyed bubble, then ready to both; packets pass with the hop limit one less")
    func openPair() throws {
        var harness = Self.relay()
        Self.request(&harness, Self.alice, Self.bob, from: Self.alice.mappedEndpoint)
        // Alice is proven by her endpoint, so Bob is invited through his server.
        #expect(harness.sent.map(\.to) == [UDPEndpoint(Self.bob.server, 3544)])
        #expect(Self.message(harness.sent.first)?.kind == .invitation)
        Self.request(&harness, Self.bob, Self.alice, from: Self.bobSeen)
        #expect(harness.sent.map(\.to) == [UDPEndpoint(Self.bob.server, 3544)], "the keyed bubble")
        #expect(harness.receive(Self.data(Self.bob, Self.alice), from: Self.bobSeen) == .drop(.endpointMismatch))
        Self.prove(&harness, Self.bob, from: Self.bobSeen)
        let ready = harness.sent.filter { Self.message($0)?.kind == .ready }
        #expect(Set(ready.map(\.to)) == [Self.alice.mappedEndpoint, Self.bobSeen])
        harness.forget()
        #expect(harness.receive(Self.data(Self.alice, Self.bob), from: Self.alice.mappedEndpoint) == .consumed)
        let carried = try #require(harness.sent.first)
        #expect(carried.to == Self.bobSeen && carried.bytes[7] == 63)
        #expect(harness.relay.counters.packetsCarried == 1)
    }

    @Test(
        "transit 5.1: a request that shows the source of the relay's bubble stands for the answer to it, which may be lost"
    )
    func shownKey() throws {
        var harness = Self.relay()
        Self.request(&harness, Self.alice, Self.bob, from: Self.alice.mappedEndpoint)
        let invited = try #require(harness.sent.last?.datagram?.header.source)
        Self.request(&harness, Self.bob, Self.alice, from: Self.bobSeen)
        let asked = try #require(harness.sent.last?.datagram?.header.source)
        #expect(asked == invited, "the invitation shows it too")
        harness.forget()
        let cookie = try Self.cookie(&harness, Self.bob, Self.alice, from: Self.bobSeen)
        harness.receive(Self.open(Self.bob, Self.alice, cookie: cookie, key: asked), from: Self.bobSeen)
        let ready = harness.sent.filter { Self.message($0)?.kind == .ready }
        #expect(Set(ready.map(\.to)) == [Self.alice.mappedEndpoint, Self.bobSeen])
    }

    @Test("SEC-11, transit 7: the source of a bubble to another client, or shown without the cookie, proves nothing")
    func foreignKey() throws {
        var harness = Self.relay()
        Self.request(&harness, Self.bob, Self.alice, from: Self.bobSeen)
        let key = try #require(harness.sent.last?.datagram?.header.source)
        let carol = Packets.peer(ipv4("203.0.113.40"), port: 7000)
        let cookie = try Self.cookie(&harness, carol, Self.alice, from: Self.attacker)
        harness.receive(Self.open(carol, Self.alice, cookie: cookie, key: key), from: Self.attacker)
        // Bob's own bubble shows nothing at an endpoint that returned no cookie.
        harness.receive(Self.open(Self.bob, Self.alice, cookie: cookie, key: key), from: Self.attacker)
        Self.request(&harness, Self.alice, carol, from: Self.alice.mappedEndpoint)
        Self.request(&harness, Self.alice, Self.bob, from: Self.alice.mappedEndpoint)
        #expect(!harness.sent.contains { Self.message($0)?.kind == .ready })
        for client in [carol, Self.bob] {
            #expect(harness.receive(Self.data(client, Self.alice), from: Self.attacker) == .drop(.endpointMismatch))
        }
    }

    /// The cookie that the relay asks a client back for.
    private static func cookie(
        _ harness: inout RelayHarness,
        _ client: TeredoAddress,
        _ peer: TeredoAddress,
        from source: UDPEndpoint
    ) throws -> UInt64 {
        harness.receive(open(client, peer), from: source)
        return try #require(message(harness.sent.last { message($0)?.kind == .challenge })).value
    }

    @Test("SEC-40, transit 7: a spoofed source gets one challenge per request, no longer than it, and leaves no state")
    func spoofedSource() {
        var harness = Self.relay()
        for round in 0..<100 {
            let victim = UDPEndpoint(ipv4("198.51.100.9"), UInt16(1000 + round))
            harness.forget()
            let request = Self.open(Self.bob, Self.alice, nonce: UInt64(round))
            harness.receive(request, from: victim)
            #expect(harness.sent.count == 1 && harness.sent[0].to == victim)
            #expect(harness.sent[0].bytes.count <= request.count)
        }
        #expect(harness.relay.transitClientCount == 0)
    }

    @Test("transit 5.1: a cookie holds for one client at one endpoint, and two minutes at most")
    func cookies() throws {
        var harness = Self.relay()
        harness.receive(Self.open(Self.alice, Self.bob), from: Self.alice.mappedEndpoint)
        let cookie = try #require(Self.message(harness.sent.last)).value
        for (client, source) in [
            (Self.alice, Self.attacker), (Self.bob, Self.alice.mappedEndpoint),
            (Self.alice, UDPEndpoint(Self.alice.mappedEndpoint.address, 5001)),
        ] {
            harness.forget()
            harness.receive(Self.open(client, Self.bob == client ? Self.alice : Self.bob, cookie: cookie), from: source)
            #expect(Self.message(harness.sent.last)?.kind == .challenge, "\(source)")
        }
        #expect(harness.relay.transitClientCount == 0)
        harness.advance(.seconds(121))
        harness.forget()
        harness.receive(Self.open(Self.alice, Self.bob, cookie: cookie), from: Self.alice.mappedEndpoint)
        #expect(Self.message(harness.sent.last)?.kind == .challenge)
    }

    @Test("transit 7: who claims another's address from his own endpoint changes nothing for the proven client")
    func stolenAddress() {
        var harness = Self.pair()
        Self.request(&harness, Self.bob, Self.alice, from: Self.attacker)
        #expect(harness.receive(Self.data(Self.bob, Self.alice), from: Self.attacker) == .drop(.endpointMismatch))
        harness.forget()
        #expect(harness.receive(Self.data(Self.alice, Self.bob), from: Self.alice.mappedEndpoint) == .consumed)
        #expect(harness.sent.map(\.to) == [Self.bobSeen])
        #expect(harness.receive(Self.data(Self.bob, Self.alice), from: Self.bobSeen) == .consumed)
    }

    @Test("transit 7: a keyed answer from an endpoint that returned no cookie proves nothing (third party as victim)")
    func thirdParty() {
        var harness = Self.relay()
        Self.request(&harness, Self.alice, Self.bob, from: Self.alice.mappedEndpoint)
        Self.request(&harness, Self.bob, Self.alice, from: Self.bobSeen)
        // Bob answers with the spoofed source of a victim.
        Self.prove(&harness, Self.bob, from: Self.attacker)
        harness.forget()
        harness.receive(Self.data(Self.alice, Self.bob), from: Self.alice.mappedEndpoint)
        #expect(!harness.sent.contains { $0.to == Self.attacker })
    }

    @Test("transit 5.2: nothing passes that only one side asked for; the sender is told once a second")
    func oneSided() {
        var harness = Self.relay()
        Self.request(&harness, Self.alice, Self.bob, from: Self.alice.mappedEndpoint)
        harness.forget()
        for _ in 0..<10 {
            #expect(
                harness.receive(Self.data(Self.alice, Self.bob), from: Self.alice.mappedEndpoint)
                    == .drop(.transitClosed)
            )
        }
        #expect(harness.sent.count == 1 && Self.message(harness.sent.first)?.kind == .closed)
        harness.advance(.seconds(1))
        harness.receive(Self.data(Self.alice, Self.bob), from: Self.alice.mappedEndpoint)
        #expect(harness.sent.count == 2)
    }

    @Test(
        "SEC-56, SEC-20, SEC-05: used-up hop limits, source routing, neighbour discovery and oversize are not carried"
    )
    func refused() {
        var harness = Self.pair()
        let source = Self.alice.mappedEndpoint
        #expect(harness.receive(Self.data(Self.alice, Self.bob, hopLimit: 1), from: source) == .drop(.hopLimitExceeded))
        #expect(harness.receive(Self.data(Self.alice, Self.bob, length: 1400), from: source) == .drop(.tooBig))
        var advertisement = Self.data(Self.alice, Self.bob)
        advertisement[6] = 58
        advertisement[40] = ICMPv6.routerAdvertisement
        #expect(harness.receive(advertisement, from: source) == .drop(.neighborDiscovery))
        var routed = Self.data(Self.alice, Self.bob, length: 24)
        routed[6] = 43
        routed[40] = 59
        routed[41] = 2
        routed[43] = 1
        #expect(harness.receive(routed, from: source) == .drop(.sourceRouting))
        #expect(harness.sent.isEmpty)
    }

    @Test("SEC-50 to SEC-53: two transit relays wired to each other pass nothing in circles")
    func loop() {
        var first = Self.pair()
        var second = Self.pair()
        let secondEndpoint = endpoint("203.0.113.10:3545")
        // Whatever the first sends is given to the second, and back, with the relay as source.
        first.receive(Self.data(Self.alice, Self.bob), from: Self.alice.mappedEndpoint)
        var count = 0
        var packets = first.sent.map(\.bytes)
        while let packet = packets.popLast(), count < 1000 {
            count += 1
            second.forget()
            second.receive(packet, from: UDPEndpoint(RelayHarness.address, 3545))
            for sent in second.sent {
                first.forget()
                first.receive(sent.bytes, from: secondEndpoint)
                packets += first.sent.map(\.bytes)
            }
        }
        #expect(count <= 2)
    }

    @Test(
        "SEC-31, transit 6: rates hold for each client and in all; peers, clients and clients of one address are bounded"
    )
    func limits() {
        var harness = Self.pair {
            $0.octetsPerSecond = 10_000
            $0.burstOctets = 10_000
        }
        var carried = 0
        for _ in 0..<1000
        where harness.receive(Self.data(Self.alice, Self.bob, length: 960), from: Self.alice.mappedEndpoint)
            == .consumed
        {
            carried += 1
        }
        #expect(carried == 10)
        harness.advance(.seconds(1))
        #expect(
            harness.receive(Self.data(Self.alice, Self.bob, length: 960), from: Self.alice.mappedEndpoint) == .consumed
        )

        var bounded = Self.relay {
            $0.clientLimit = 8
            $0.clientsPerAddress = 4
        }
        for host in 1...6 {
            for port in 1...6 {
                let client = Packets.peer(ipv4("198.51.100.\(host)"), port: UInt16(port))
                Self.request(&bounded, client, Self.bob, from: client.mappedEndpoint)
            }
        }
        #expect(bounded.relay.transitClientCount == 8)
        bounded.advance(.seconds(130))
        Self.request(&bounded, Self.alice, Self.bob, from: Self.alice.mappedEndpoint)
        #expect(bounded.relay.transitClientCount == 1, "clients that do not ask any more are forgotten")
    }

    @Test(
        "transit 5.1: a request draws at most one keyed bubble in 2 s, and four invitations, then one in 10 s (SEC-33)"
    )
    func invitations() {
        var harness = Self.relay()
        harness.receive(Self.open(Self.alice, Self.bob), from: Self.alice.mappedEndpoint)
        var invitations: [Int] = []
        var proofs: [Int] = []
        for second in 0..<60 {
            Self.request(&harness, Self.alice, Self.bob, from: Self.alice.mappedEndpoint)
            if harness.sent.contains(where: { $0.to.port == 3544 }) { invitations.append(second) }
            Self.request(&harness, Self.bob, Self.alice, from: Self.bobSeen)
            if harness.sent.contains(where: { $0.to.port == 3544 }) { proofs.append(second) }
            harness.advance(.seconds(1))
        }
        #expect(invitations == [0, 2, 4, 6, 16, 26, 36, 46, 56])
        #expect(proofs == Array(stride(from: 0, to: 60, by: 2)))
    }

    @Test("transit 5.1: a client that has not asked for 25 s gave its way up: it is invited again when its peer asks")
    func forgottenWay() {
        var harness = Self.pair()
        let invitations = { harness.sent.filter { Self.message($0)?.kind == .invitation } }
        harness.advance(.seconds(20))
        Self.request(&harness, Self.alice, Self.bob, from: Self.alice.mappedEndpoint)
        #expect(invitations().isEmpty, "who uses the way asks every 20 s")
        #expect(harness.sent.count { Self.message($0)?.kind == .ready } == 2)
        harness.advance(.seconds(6))
        Self.request(&harness, Self.alice, Self.bob, from: Self.alice.mappedEndpoint)
        #expect(invitations().map(\.to) == [UDPEndpoint(Self.bob.server, 3544)])
        harness.advance(.seconds(2))
        Self.request(&harness, Self.bob, Self.alice, from: Self.bobSeen)
        #expect(invitations().isEmpty)
    }

    @Test("SEC-37: seeded random requests never crash the relay, and its state stays bounded")
    func fuzz() {
        var generator = SplitMix64(seed: 82)
        var harness = Self.relay { $0.clientLimit = 50 }
        for _ in 0..<20_000 {
            let client = Packets.peer(ipv4("198.51.100.\(Int.random(in: 1...20, using: &generator))"), port: 9)
            let peer = Bool.random(using: &generator) ? Self.alice : Self.bob
            var bytes = Self.open(client, peer, cookie: generator.next() & 3)
            if Bool.random(using: &generator) {
                bytes += Self.data(client, peer).prefix(Int.random(in: 0...60, using: &generator))
            }
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            harness.forget()
            harness.receive(bytes, from: client.mappedEndpoint)
            if let challenge = Self.message(harness.sent.last), challenge.kind == .challenge {
                harness.receive(Self.open(client, peer, cookie: challenge.value), from: client.mappedEndpoint)
            }
            harness.now = harness.now + .milliseconds(10)
        }
        #expect(harness.relay.transitClientCount <= 50)
    }

    static func adopt(_ harness: inout RelayHarness, _ transit: TransitConfiguration?) {
        var fresh = harness.relay.configuration
        fresh.transit = transit
        harness.relay.adopt(fresh, now: harness.now)
    }

    @Test("Other limits hold at once, and an open pair stays open")
    func otherLimits() {
        var harness = Self.pair()
        let packet = Self.data(Self.alice, Self.bob, length: 1000)
        var limits = TransitConfiguration()
        limits.octetsPerSecond = 8000
        limits.burstOctets = 2500
        limits.clientLimit = 2
        limits.peersPerClient = 1
        Self.adopt(&harness, limits)
        let verdicts = (0..<3).map { _ in harness.receive(packet, from: Self.alice.mappedEndpoint) }
        #expect(verdicts == [.consumed, .consumed, .drop(.rateLimited)])
        for peers in [2, 1] {
            limits.peersPerClient = peers
            Self.adopt(&harness, limits)
            let verdict = harness.receive(packet, from: Self.alice.mappedEndpoint)
            #expect(verdict == .drop(.rateLimited), "a rate that did not change does not begin anew")
        }
        harness.advance(.seconds(1))
        #expect(harness.receive(packet, from: Self.alice.mappedEndpoint) == .consumed)
        let carol = Packets.peer(ipv4("203.0.113.40"), port: 7000)
        Self.request(&harness, carol, Self.bob, from: carol.mappedEndpoint)
        #expect(harness.relay.transitClientCount == 2, "a third client has no room")
        Self.adopt(&harness, TransitConfiguration())
        for _ in 0..<50 { #expect(harness.receive(packet, from: Self.alice.mappedEndpoint) == .consumed) }
        Self.request(&harness, carol, Self.bob, from: carol.mappedEndpoint)
        #expect(harness.relay.transitClientCount == 3)
    }

    @Test("Transit that is switched off carries nothing more; switched on again it begins with nobody")
    func switching() {
        var harness = Self.pair()
        Self.adopt(&harness, nil)
        let packet = Self.data(Self.alice, Self.bob)
        #expect(harness.receive(packet, from: Self.alice.mappedEndpoint) != .consumed)
        #expect(harness.relay.transitClientCount == 0)
        Self.adopt(&harness, TransitConfiguration())
        Self.request(&harness, Self.alice, Self.bob, from: Self.alice.mappedEndpoint)
        #expect(harness.relay.transitClientCount == 1)
    }
}
