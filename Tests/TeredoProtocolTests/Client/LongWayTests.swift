import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// Nonces live as long as answers may take, and no longer; pauses follow the measured round trip.
@Suite struct LongWayTests {
    /// A qualified client whose server takes `roundTrip` to answer.
    private static func client(roundTrip: Duration) -> ClientHarness {
        var harness = ClientHarness { $0.usesKeyedBubbles = false }
        harness.start()
        for _ in 0..<2 {
            harness.advance(roundTrip)
            harness.answer()
        }
        harness.forget()
        return harness
    }

    @Test(
        "Section 5.2.1: at a round trip of 5 s the answer to an earlier solicitation of the phase qualifies, and is measured"
    )
    func qualification() throws {
        var harness = ClientHarness { $0.qualification.usesConePhase = true }
        harness.start()
        harness.advance(.seconds(13))
        let solicitations = harness.solicitations
        try #require(solicitations.count == 4)
        let late = ClientHarness.Advertisement(answering: solicitations[0], mapped: ClientHarness.mapped)
        let other = UDPEndpoint(ClientHarness.secondary, 3544)
        #expect(harness.receive(late.bytes, from: other) != .consumed, "an answer of the phase before")
        harness.advance(.seconds(4))
        #expect(harness.solicitations.count == 5)
        harness.receive(
            ClientHarness.Advertisement(answering: solicitations[3], mapped: ClientHarness.mapped).bytes,
            from: harness.server
        )
        #expect(harness.client.mappedEndpoint == ClientHarness.mapped)
        #expect(harness.client.servers.first?.roundTrip == .seconds(5))
    }

    @Test("R7, SEC-08: the nonce of an echo request is good for 30 s")
    func nonceLifetime() throws {
        var harness = ClientHarness.qualified()
        harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native))
        let reply = Packets.echo(try #require(harness.echoes.first?.echo).reply)
        let index = try #require(harness.client.contacts.find(ClientHarness.native))
        for (age, isGood) in [(0, true), (30_000, true), (30_001, false)] {
            let request = ConnectivityTests.request(
                answeredBy: reply.span,
                try IPv6Header(validating: reply.span),
                of: harness.client.contacts[index],
                harness.client.connectivity.context,
                now: harness.now + .milliseconds(age)
            )
            #expect((request != nil) == isGood, "\(age) ms")
        }
    }

    @Test("T2, R7: requests are repeated after 1.5 round trips to the server, 2 s at least and 7.5 s at most")
    func pauses() throws {
        for (roundTrip, pause) in [(40, 2000), (1300, 2000), (2000, 3000), (3900, 5850)] {
            var harness = Self.client(roundTrip: .milliseconds(roundTrip))
            let start = harness.now
            harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native))
            harness.advance(.seconds(40))
            let times = harness.echoes.map { $0.at - start }
            #expect(times == (0..<4).map { .milliseconds(pause * $0) }, "\(roundTrip) ms")
        }
    }

    @Test("SEC-43: at most 64 tests are under way at a time, on long ways too")
    func testLimit() {
        var harness = Self.client(roundTrip: .milliseconds(3900))
        // Before the first request is repeated, and no faster than requests may go.
        for number in 0..<66 {
            let host = IPv6Address(rawValue: ClientHarness.native.rawValue + UInt128(number))
            harness.transmit(Packets.udp(from: harness.own, to: host))
            harness.advance(.milliseconds(86))
        }
        #expect(Set(harness.echoes.compactMap { $0.echo?.destination }).count == 64)
    }

    @Test("SNS-5, SEC-13: a nonce is good for 30 s, and the earlier ones of an exchange until it is settled")
    func bubbleNonces() throws {
        let peer = Packets.peer()
        let elsewhere = endpoint("203.0.113.20:61000")
        for number in 0..<4 {
            var harness = ClientHarness.behind(.constant)
            harness.transmit(to: peer)
            harness.advance(.milliseconds(7900))
            let nonces = harness.indirect.compactMap(\.trailers.nonce)
            try #require(Set(nonces).count == 4)
            harness.receiveDirect(peer, [.nonce(nonces[number])], from: elsewhere)
            #expect(harness.transmit(to: peer) == .forward(to: elsewhere), "nonce \(number)")
            guard number < 3 else { continue }
            harness.advance(.seconds(3))
            harness.receiveDirect(peer, [.nonce(nonces[(number + 1) % 3])], from: endpoint("203.0.113.20:61001"))
            #expect(harness.transmit(to: peer) == .forward(to: elsewhere), "the exchange is settled")
        }
        var traversal = PeerTraversal()
        var random = RandomSource(SplitMixGenerator(seed: 1))
        let now = ProtocolInstant(nanoseconds: 0)
        let first = traversal.nonces.next(using: &random, now: now)
        _ = traversal.nonces.next(using: &random, now: now + .seconds(2))
        let isGood = traversal.nonces.accepts(first, now: now + .seconds(30))
        let isGoodLater = traversal.nonces.accepts(first, now: now + .milliseconds(30_001))
        #expect(isGood && !isGoodLater)
    }

    @Test("RFC 6081 5.5.4.2, SS-3: echo tests wait for 1.5 round trips, and the first answer of a long way counts")
    func echoTest() throws {
        var harness = ClientHarness { $0.usesKeyedBubbles = false }
        harness.start()
        for mapped in [ClientHarness.Mapping.sequential.primary, ClientHarness.Mapping.sequential.secondary] {
            harness.advance(.seconds(3))
            harness.answer(mapped: mapped)
        }
        harness.forget()
        harness.transmit(to: Packets.peer())
        let solicitations = harness.solicitations.filter { $0.port != .service }
        try #require(solicitations.count == 2)
        harness.advance(.seconds(3))
        for (solicitation, port) in zip(solicitations, [5002, 5004] as [UInt16]) {
            let mapped = UDPEndpoint(ClientHarness.mapped.address, port)
            let answer = ClientHarness.Advertisement(answering: solicitation, mapped: mapped)
            harness.receive(answer.bytes, from: solicitation.to, on: solicitation.port)
        }
        #expect(harness.indirect.last?.trailers.randomPort == 5003)
    }
}
