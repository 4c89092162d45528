import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// docs/transit.md section 4.1: transit relays that peers name.
@Suite struct NamedRelayTests {
    private static let own = endpoint("192.0.2.10:3545")
    private static let named = endpoint("192.0.2.77:3545")
    private static let peer = Packets.peer()

    private static func client(_ relay: UDPEndpoint? = own) -> ClientHarness {
        ClientHarness.behind(.random) { configuration in
            configuration.refreshInterval = .seconds(3600)
            configuration.transit = ClientTransitConfiguration()
            configuration.transit.relay = relay
            configuration.transit.acceptsAnnouncement = true
        }
    }

    private static func transit(_ sent: ClientHarness.Sent) -> TransitMessage? { sent.trailers.transit }

    private static func opens(_ harness: ClientHarness, to relay: UDPEndpoint) -> [TransitMessage] {
        harness.sent.filter { $0.to == relay }.compactMap { transit($0) }.filter { $0.kind == .open }
    }

    private static func message(
        _ kind: TransitMessage.Kind,
        to own: IPv6Address,
        nonce: UInt64,
        value: UInt64 = 0
    ) -> [UInt8] {
        ClientHarness.bubble(from: peer.ipv6, to: own, [.transit(TransitMessage(kind, nonce: nonce, value: value))])
    }

    /// A contact in which the peer names its relay.
    private static func contact(_ harness: inout ClientHarness, naming relay: UDPEndpoint = named) {
        harness.transmit(to: peer)
        harness.advance(.milliseconds(10))
        harness.receiveIndirect(peer, [.nonce(7), .transitRelay(relay, returning: harness.lastNonce)])
        harness.advance(.milliseconds(10))
    }

    @Test(
        "transit 4.1: indirect bubbles name our relay once the peer sent a nonce, and return that; without a relay they name none"
    )
    func naming() {
        var harness = Self.client()
        harness.transmit(to: Self.peer)
        #expect(harness.indirect.count == 1 && harness.indirect[0].trailers.transitRelay == nil)
        harness.advance(.seconds(2))
        harness.receiveIndirect(Self.peer, [.nonce(7)])
        harness.advance(.seconds(3))
        let last = harness.indirect.last?.trailers.transitRelay
        #expect(last?.endpoint == Self.own && last?.nonce == 7)
        let longest = harness.indirect.map(\.trailers.length).max() ?? 0
        #expect(longest <= 64, "what our servers pass on")

        var other = Self.client(nil)
        other.transmit(to: Self.peer)
        other.receiveIndirect(Self.peer, [.nonce(7)])
        other.advance(.seconds(3))
        #expect(other.indirect.count > 1 && other.indirect.allSatisfy { $0.trailers.transitRelay == nil })
    }

    @Test("transit 4.1, SEC-11: a relay is asked when the peer names it with our nonce, and not without it")
    func proof() {
        var harness = Self.client()
        Self.contact(&harness)
        #expect(Self.opens(harness, to: Self.named).count == 1)
        harness.advance(.seconds(3))
        #expect(!Self.opens(harness, to: Self.own).isEmpty, "our own is asked in turn")

        var deaf = Self.client()
        deaf.transmit(to: Self.peer)
        deaf.advance(.milliseconds(10))
        deaf.receiveIndirect(Self.peer, [.nonce(7), .transitRelay(Self.named, returning: deaf.lastNonce ^ 1)])
        deaf.advance(.seconds(20))
        #expect(Self.opens(deaf, to: Self.named).isEmpty && !Self.opens(deaf, to: Self.own).isEmpty)
    }

    @Test(
        "transit 4.1, SEC-13: whoever names relays in a peer's name with wrong nonces does not make the true one be ignored"
    )
    func wrongNonces() {
        var harness = Self.client()
        harness.transmit(to: Self.peer)
        harness.advance(.milliseconds(10))
        let good = harness.lastNonce
        for number in 1...50 {
            let named = Trailer.transitRelay(Self.named, returning: good &+ UInt32(number))
            // As a neighbour of anybody can send it: the sender is only claimed.
            let bytes = ClientHarness.bubble(
                from: ipv6("fe80::1"),
                to: harness.own,
                origin: endpoint("203.0.113.66:1"),
                [.nonce(1), .sender(Self.peer.ipv6), named]
            )
            harness.receive(bytes, from: harness.server)
        }
        harness.advance(.milliseconds(10))
        #expect(Self.opens(harness, to: Self.named).isEmpty)
        harness.receiveDirect(Self.peer, [.nonce(good)], from: endpoint("203.0.113.20:6000"))
        #expect(harness.client.peerSummary(of: Self.peer.ipv6, now: harness.now)?.path == .direct)
    }

    @Test("transit 4.1, SEC-34: a relay at a forbidden endpoint is not asked; who wants no transit is led to none")
    func forbidden() {
        for text in ["10.0.0.1:3545", "127.0.0.1:3545", "224.0.0.1:3545", "192.0.2.77:0"] {
            var harness = Self.client()
            Self.contact(&harness, naming: endpoint(text))
            harness.advance(.seconds(10))
            #expect(!harness.sent.contains { $0.to == endpoint(text) }, "\(text)")
        }
        var off = ClientHarness.behind(.random) { $0.transit = .off }
        Self.contact(&off)
        off.advance(.seconds(10))
        #expect(!off.sent.contains { $0.to == Self.named })
    }

    @Test(
        "transit 7: a named relay that never answers gets three requests for a contact, and all together ten a second"
    )
    func silentRelay() {
        var harness = Self.client()
        Self.contact(&harness)
        harness.advance(.seconds(60))
        #expect(Self.opens(harness, to: Self.named).count == 3)

        var crowd = Self.client(nil)
        for number in 0..<200 {
            let stranger = Packets.peer(ipv4("203.0.113.40"), port: UInt16(2000 + number))
            crowd.transmit(to: stranger)
            crowd.receiveIndirect(stranger, [.nonce(7), .transitRelay(Self.named, returning: crowd.lastNonce)])
        }
        crowd.advance(.seconds(1))
        let count = Self.opens(crowd, to: Self.named).count
        #expect((1...30).contains(count), "\(count)")
    }

    @Test(
        "transit 5.1: the first relay that says that the way is open is used; of two that both ends have, the lower one"
    )
    func choice() throws {
        var harness = Self.client()
        Self.contact(&harness)
        let first = try #require(Self.opens(harness, to: Self.named).last)
        harness.receive(Self.message(.challenge, to: harness.own, nonce: first.nonce, value: 99), from: Self.named)
        #expect(Self.opens(harness, to: Self.named).last?.value == 99)
        harness.receive(Self.message(.ready, to: harness.own, nonce: first.nonce), from: Self.named)
        #expect(harness.sent.last { !$0.isBubble }?.to == Self.named, "what waited")
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.named))
        #expect(harness.client.peerSummary(of: Self.peer.ipv6, now: harness.now)?.endpoint == Self.named)
        harness.receive(Self.message(.ready, to: harness.own, nonce: first.nonce), from: Self.own)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.own), "192.0.2.10 is lower than 192.0.2.77")
        harness.receive(Self.message(.ready, to: harness.own, nonce: first.nonce), from: Self.named)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.own))
        let carried = Packets.udp(from: Self.peer.ipv6, to: harness.own)
        #expect(harness.receive(carried, from: Self.named) != .drop(.transitClosed), "the peer may still use the other")
    }

    @Test("transit 5.1: a relay that is not ours may invite to the peer that named it, and to no other")
    func invitation() {
        var harness = Self.client()
        let invite = { (harness: ClientHarness, peer: TeredoAddress) in
            ClientHarness.bubble(
                from: ipv6("fe80::1"),
                to: harness.own,
                origin: Self.named,
                [.sender(peer.ipv6), .transit(TransitMessage(.invitation, nonce: 0))]
            )
        }
        let other = Packets.peer(ipv4("203.0.113.21"))
        Self.contact(&harness)
        harness.advance(.seconds(70))
        harness.forget()
        harness.receive(invite(harness, other), from: harness.server)
        harness.advance(.milliseconds(10))
        #expect(Self.opens(harness, to: Self.named).isEmpty)
        harness.receive(invite(harness, Self.peer), from: harness.server)
        harness.advance(.milliseconds(10))
        #expect(Self.opens(harness, to: Self.named).count <= 1)
    }
}
