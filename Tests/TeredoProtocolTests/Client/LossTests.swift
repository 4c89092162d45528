import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// What is repeated when something was lost, and within which limits.
@Suite struct LossTests {
    private static let peer = Packets.peer()

    @Test(
        "SEC-45, SEC-55, SNS-6: the answer to a first bubble is repeated every 2 s until the peer is heard, four times in all"
    )
    func introductions() {
        var harness = ClientHarness.behind(.constant)
        let start = harness.now
        harness.receiveIndirect(Self.peer, [.nonce(7)])
        harness.advance(.seconds(280))
        // Others go to the client itself: they ask the server, which is silent here (A8).
        func toPeer(_ harness: ClientHarness) -> [ClientHarness.Sent] {
            harness.indirect.filter { $0.datagram?.header.destination == Self.peer.ipv6 }
        }
        #expect(toPeer(harness).map { $0.at - start } == [.zero, .seconds(2), .seconds(4), .seconds(6)])
        var heard = ClientHarness.behind(.constant)
        heard.receiveIndirect(Self.peer, [.nonce(7)])
        heard.advance(.milliseconds(500))
        heard.receiveDirect(Self.peer)
        heard.advance(.seconds(280))
        #expect(toPeer(heard).count == 1)
    }

    @Test("SEC-44, SEC-45: strangers draw no more than 16 of these repeats at once and 2 a second")
    func repeatsOfStrangers() {
        var harness = ClientHarness.behind(.constant)
        for number in 0..<40 {
            let stranger = Packets.peer(IPv4Address(203, 0, 113, UInt8(20 + number)), server: ipv4("192.0.2.90"))
            harness.receiveIndirect(stranger, [.nonce(7)])
        }
        let first = harness.indirect.count
        #expect(first > 20)
        harness.advance(.seconds(10))
        let repeats = harness.indirect.count - first
        #expect(repeats >= 16 && repeats <= 16 + 20)
    }

    @Test("SEC-44: an answer whose repeat the rate refused is not repeated because somebody sends in the peer's name")
    func refusedRepeat() throws {
        var harness = ClientHarness.behind(.constant)
        let strangers = (0..<30).map {
            Packets.peer(IPv4Address(203, 0, 113, UInt8(20 + $0)), server: ipv4("192.0.2.90"))
        }
        for stranger in strangers { harness.receiveIndirect(stranger, [.nonce(7)]) }
        harness.advance(.seconds(5))
        func count(_ peer: TeredoAddress) -> Int {
            harness.bubbles.count { $0.datagram?.header.destination == peer.ipv6 }
        }
        let refused = try #require(strangers.first { count($0) == 2 })
        let elsewhere = UDPEndpoint(refused.mappedEndpoint.address, 61_000)
        #expect(harness.receiveData(refused, from: elsewhere) == .consumed)
        harness.advance(.seconds(3))
        #expect(count(refused) == 2)
    }

    @Test("SNS-2, R9a: both indirect bubbles of a first contact carry nonce and sender, so that one may be lost")
    func redundancy() throws {
        var harness = ClientHarness.qualified()
        harness.transmit(to: Self.peer)
        let bubbles = harness.indirect
        try #require(bubbles.count == 2)
        let nonces = bubbles.compactMap(\.trailers.nonce)
        #expect(nonces.count == 2 && Set(nonces).count == 1)
        let keyed = try #require(bubbles.last)
        #expect(keyed.datagram?.header.source.isLinkLocal == true && keyed.trailers.sender == harness.own)
    }

    @Test("SS-3: after two echo tests without an answer the next bubble is preceded by tests again")
    func echoTestsAgain() {
        var harness = ClientHarness.behind(.sequential)
        let start = harness.now
        harness.transmit(to: Self.peer)
        harness.advance(.milliseconds(5000))
        let tests = harness.solicitations.filter { $0.port != .service }
        #expect(tests.map { $0.at - start } == [0, 0, 1, 1, 4, 4, 5, 5].map { .seconds($0) })
        for solicitation in tests {
            let near = tests.filter { $0.at >= solicitation.at && $0.at - solicitation.at < .seconds(3) }
            #expect(near.count <= 4, "SEC-39")
        }
    }

    @Test("transit 5.1: with all bubbles used up the relay is asked again for as long as the host has packets")
    func transitAgain() throws {
        let relay = endpoint("192.0.2.10:3545")
        var harness = ClientHarness.behind(.constant) {
            $0.refreshInterval = .seconds(3600)
            $0.transit = ClientTransitConfiguration()
            $0.transit.relay = relay
        }
        harness.transmit(to: Self.peer)
        harness.advance(.seconds(100))
        harness.forget()
        #expect(harness.transmit(to: Self.peer) == .consumed)
        harness.advance(.seconds(1))
        #expect(harness.sent.contains { $0.to == relay })
        #expect(harness.indirect.isEmpty, "SEC-45")
        let answer = try #require(harness.sent.last { $0.to == relay })
        let message = try #require(answer.trailers.transit)
        let ready = TrailerList([.transit(TransitMessage(.ready, nonce: message.nonce))])
        let bytes = Packets.bubble(from: Self.peer.ipv6, to: harness.own) + encoded { ready.encode(into: &$0) }
        harness.forget()
        harness.receive(bytes, from: relay)
        #expect(harness.sent.contains { $0.to == relay && !$0.isBubble }, "what waited goes through the relay")
    }

    @Test("transit 5.1: while the host goes on sending, a silent relay is asked again and again without longer pauses")
    func steadyPackets() {
        let relay = endpoint("192.0.2.10:3545")
        var harness = ClientHarness.behind(.constant) {
            $0.refreshInterval = .seconds(3600)
            $0.transit = ClientTransitConfiguration()
            $0.transit.relay = relay
        }
        for _ in 0..<200 {
            harness.transmit(to: Self.peer)
            harness.advance(.milliseconds(500))
        }
        let times = harness.sent.filter { $0.to == relay }.map(\.at)
        #expect(times.count >= 50, "\(times.count)")
        #expect(zip(times.dropFirst(), times).allSatisfy { $0 - $1 <= .seconds(3) })
    }

    @Test(
        "transit 5.1: requests are a second apart six times, then two, then further and further apart, fifteen in all"
    )
    func requests() {
        let relay = endpoint("192.0.2.10:3545")
        var harness = ClientHarness.behind(.random) {
            $0.refreshInterval = .seconds(3600)
            $0.transit = ClientTransitConfiguration()
            $0.transit.relay = relay
        }
        let start = harness.now
        harness.transmit(to: Self.peer)
        harness.advance(.seconds(200))
        let times = harness.sent.filter { $0.to == relay }.map { ($0.at - start).components.seconds }
        #expect(times == [0, 1, 2, 3, 4, 5, 7, 9, 11, 13, 15, 17, 21, 29, 45])
    }

    @Test(
        "SLR-3, SNS-3: repeats of direct bubbles ask a peer that knows trailers for an answer, because it may have been lost"
    )
    func repeatsAsk() {
        for (knowsTrailers, questions) in [
            (true, [false, true, true, true]), (false, [Bool](repeating: false, count: 4)),
        ] {
            var harness = ClientHarness.behind(.constant)
            harness.transmit(to: Self.peer)
            if knowsTrailers {
                harness.advance(.milliseconds(500))
                harness.receiveIndirect(Self.peer, [.nonce(7)])
            }
            harness.advance(.milliseconds(7500))
            let repeats = harness.direct.filter { !knowsTrailers || $0.at != harness.direct[1].at }
            #expect(repeats.map { $0.trailers.neighborDiscovery == .solicitation } == questions)
        }
        var off = ClientHarness.behind(.constant) { $0.extensions.serverLoadReduction = false }
        off.receiveIndirect(Self.peer, [.nonce(7)])
        off.transmit(to: Self.peer)
        off.advance(.seconds(9))
        #expect(off.direct.allSatisfy { $0.trailers.neighborDiscovery == nil })
    }
}
