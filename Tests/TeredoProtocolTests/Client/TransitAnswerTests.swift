import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// Which of the messages of a transit relay count: those that return the nonce of the way.
@Suite struct TransitAnswerTests {
    private static let relay = endpoint("192.0.2.10:3545")
    private static let peer = Packets.peer()

    private static func message(_ kind: TransitMessage.Kind, _ own: IPv6Address, _ nonce: UInt64) -> [UInt8] {
        ClientHarness.bubble(
            from: peer.ipv6,
            to: own,
            [.transit(TransitMessage(kind, nonce: nonce, value: kind == .challenge ? 99 : 0))]
        )
    }

    private static func opens(_ harness: ClientHarness) -> [TransitMessage] {
        harness.sent.compactMap(\.trailers.transit).filter { $0.kind == .open }
    }

    /// A client that asked for the way to the peer.
    private static func asking() -> ClientHarness {
        var harness = ClientHarness.qualified {
            $0.refreshInterval = .seconds(3600)
            $0.transit = ClientTransitConfiguration()
            $0.transit.relay = relay
        }
        harness.transmit(to: peer)
        harness.advance(.milliseconds(200))
        return harness
    }

    @Test(
        "SEC-01: a challenge, a word that the way is open and one that a mark is here count with the nonce of the way"
    )
    func nonces() throws {
        var harness = Self.asking()
        let nonce = try #require(Self.opens(harness).last).nonce
        #expect(
            harness.receive(Self.message(.challenge, harness.own, nonce ^ 1), from: Self.relay) == .drop(.transitClosed)
        )
        #expect(Self.opens(harness).allSatisfy { $0.value == 0 })
        harness.receive(Self.message(.challenge, harness.own, nonce), from: Self.relay)
        #expect(Self.opens(harness).last?.value == 99)
        #expect(
            harness.receive(Self.message(.ready, harness.own, nonce ^ 1), from: Self.relay) == .drop(.transitClosed)
        )
        #expect(harness.transmit(to: Self.peer) == .consumed)
        harness.receive(Self.message(.ready, harness.own, nonce), from: Self.relay)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.relay))

        harness.advance(.seconds(3))
        harness.receiveDirect(Self.peer)
        harness.receiveDirect(Self.peer, [.neighborDiscovery(.advertisement)])
        #expect(harness.transmit(to: Self.peer) == .consumed, "it waits for the mark")
        let forged = Self.message(.markReceived, harness.own, nonce ^ 1)
        #expect(harness.receive(forged, from: Self.relay) == .drop(.transitClosed))
        #expect(harness.transmit(to: Self.peer) == .consumed)
        harness.receive(Self.message(.markReceived, harness.own, nonce), from: Self.relay)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peer.mappedEndpoint))
    }

    @Test(
        "SEC-60: packets of a peer are taken from a relay that showed that it is there, and not before the way is asked for"
    )
    func unasked() {
        var harness = Self.asking()
        let packet = Packets.udp(from: Self.peer.ipv6, to: harness.own)
        #expect(harness.receive(packet, from: Self.relay) == .drop(.transitClosed))
        let other = Packets.peer(port: 7000)
        #expect(
            harness.receive(Packets.udp(from: other.ipv6, to: harness.own), from: Self.relay) == .drop(.transitClosed)
        )
        #expect(harness.delivered.isEmpty)
    }

    @Test("SEC-38: an error about a request to the relay counts with the nonce of the way")
    func refused() throws {
        var harness = Self.asking()
        let open = try #require(Self.opens(harness).last)
        let error = ICMPv4Error(.portUnreachable, by: Self.relay.address, about: Self.relay)
        for (nonce, ignored) in [(open.nonce ^ 1, 1), (open.nonce, 1)] as [(UInt64, UInt64)] {
            let message = TransitMessage(.open, nonce: nonce, value: 0)
            let quoted = ClientHarness.bubble(from: harness.own, to: Self.peer.ipv6, [.transit(message)])
            harness.client.handleICMPError(error, quoting: quoted.span, now: harness.now)
            harness.drain()
            #expect(harness.client.counters.drops[.unprovenError] == ignored)
        }
    }

    @Test("SEC-32: while the change to the direct way is under way 1,024 packets wait, and the next ends it")
    func drain() throws {
        var harness = Self.asking()
        let nonce = try #require(Self.opens(harness).last).nonce
        harness.receive(Self.message(.challenge, harness.own, nonce), from: Self.relay)
        harness.receive(Self.message(.ready, harness.own, nonce), from: Self.relay)
        harness.transmit(to: Self.peer)
        harness.advance(.seconds(3))
        harness.receiveDirect(Self.peer)
        harness.receiveDirect(Self.peer, [.neighborDiscovery(.advertisement)])
        let verdicts = (0..<1024).map { _ in harness.transmit(to: Self.peer) }
        #expect(verdicts.allSatisfy { $0 == .consumed })
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.relay))
        #expect(harness.client.queuedPackets == 0)
    }
}
