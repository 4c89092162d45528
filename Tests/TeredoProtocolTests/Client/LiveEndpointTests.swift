import TeredoProtocol
import TeredoWire
import Testing

/// A peer behind a symmetric NAT, in whose name somebody sends from the endpoint that its address names.
@Suite struct LiveEndpointTests {
    static let peer = Packets.peer()
    static let elsewhere = UDPEndpoint(peer.mappedEndpoint.address, 6001)

    /// A client that has met the peer elsewhere, by its nonce or by the keyed address.
    static func met(byNonce: Bool = true) -> ClientHarness {
        var harness = ClientHarness.qualified { $0.usesKeyedBubbles = !byNonce }
        if byNonce {
            harness.meet(peer, at: elsewhere)
        } else {
            harness.transmit(to: peer)
            harness.receive(Packets.bubble(from: peer.ipv6, to: harness.keyedAddress), from: elsewhere)
        }
        harness.forget()
        return harness
    }

    @Test(
        "R8, SEC-10: one datagram from the endpoint in its address, bubble or data, does not move a peer that is alive elsewhere",
        arguments: [true, false],
        [true, false]
    )
    func oneDatagram(byNonce: Bool, isBubble: Bool) {
        var harness = Self.met(byNonce: byNonce)
        harness.advance(.seconds(3))
        harness.receiveData(Self.peer, from: Self.elsewhere)
        harness.forget()
        if isBubble {
            #expect(harness.receiveDirect(Self.peer) == .consumed)
        } else {
            // It may be true: what it says is accepted, as R8 wants.
            #expect(harness.receiveData(Self.peer, from: Self.peer.mappedEndpoint) == .deliver(0..<60))
        }
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.elsewhere))
        #expect(harness.receiveData(Self.peer, from: Self.elsewhere) == .deliver(0..<60))
        #expect(harness.bubbles.isEmpty, "a peer that was heard this moment need not be asked")
    }

    @Test(
        "R8, SEC-10: a thousand datagrams in the name of a peer leave no gap in its flow, and draw a bubble in 2 s at most"
    )
    func flood() {
        var harness = Self.met()
        for step in 0..<1000 {
            harness.receiveDirect(Self.peer)
            #expect(harness.transmit(to: Self.peer) == .forward(to: Self.elsewhere))
            if step % 30 == 0 { #expect(harness.receiveData(Self.peer, from: Self.elsewhere) == .deliver(0..<60)) }
            harness.live(.milliseconds(100), .constant)
        }
        let times = harness.indirect.map(\.at)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= .seconds(2) })
        #expect(harness.direct.isEmpty)
    }

    @Test("R8: a peer that did move is asked through its server, and moves by the nonce", arguments: [true, false])
    func moved(byNonce: Bool) throws {
        var harness = Self.met(byNonce: byNonce)
        harness.advance(.seconds(3))
        #expect(harness.receiveData(Self.peer, from: Self.peer.mappedEndpoint) == .deliver(0..<60))
        try #require(!harness.indirect.isEmpty && harness.direct.isEmpty)
        let answer =
            byNonce
            ? ClientHarness.bubble(from: Self.peer.ipv6, to: harness.own, [.nonce(harness.lastNonce)])
            : Packets.bubble(from: Self.peer.ipv6, to: harness.keyedAddress)
        #expect(harness.receive(answer, from: Self.peer.mappedEndpoint) == .consumed)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peer.mappedEndpoint))
    }

    @Test(
        "R8, SEC-10: what comes from elsewhere does not keep an endpoint alive: the peer is asked before its 30 s are over"
    )
    func noLongerAlive() {
        var harness = Self.met()
        harness.advance(.seconds(26))
        harness.receiveDirect(Self.peer)
        harness.forget()
        harness.advance(.milliseconds(4100))
        #expect(harness.transmit(to: Self.peer) == .consumed)
    }

    @Test("R8, SEC-45: a peer that answers no question is asked four times in 300 s")
    func questions() {
        var harness = Self.met()
        for _ in 0..<29 {
            harness.advance(.seconds(1))
            harness.receiveDirect(Self.peer)
        }
        #expect(harness.indirect.count == 4)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.elsewhere))
    }

    @Test(
        "R8: a peer that was silent for 30 s is where its address says, until its nonce says where else",
        arguments: [true, false]
    )
    func afterSilence(byNonce: Bool) throws {
        var harness = Self.met(byNonce: byNonce)
        harness.advance(.seconds(31))
        harness.forget()
        harness.receiveDirect(Self.peer)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peer.mappedEndpoint))
        try #require(!harness.indirect.isEmpty)
        #expect(harness.receiveData(Self.peer, from: Self.elsewhere) == .consumed)
        let answer =
            byNonce
            ? ClientHarness.bubble(from: Self.peer.ipv6, to: harness.own, [.nonce(harness.lastNonce)])
            : Packets.bubble(from: Self.peer.ipv6, to: harness.keyedAddress)
        harness.receive(answer, from: Self.elsewhere)
        #expect(harness.delivered.count == 1)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.elsewhere))
    }

    @Test(
        "R9b: data from elsewhere of a peer in use makes it be asked, so that nobody holds its endpoint by forging it"
    )
    func contested() throws {
        var harness = Self.met()
        harness.advance(.seconds(31))
        harness.receiveDirect(Self.peer)
        harness.transmit(to: Self.peer)
        harness.advance(.seconds(5))
        harness.receiveDirect(Self.peer)
        harness.transmit(to: Self.peer)
        harness.forget()
        #expect(harness.receiveData(Self.peer, from: Self.elsewhere) == .consumed)
        try #require(harness.indirect.count == 1)
        harness.receiveDirect(Self.peer)
        harness.receiveDirect(Self.peer, [.nonce(harness.lastNonce)], from: Self.elsewhere)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.elsewhere))
    }

    @Test(
        "R8, RFC 6081 5.4.4.4: a live connection on a random port does not end by a datagram on the service port without a nonce"
    )
    func randomPort() {
        let slot = LocalPort.randomPort(0)
        var harness = ClientHarness.behind(.preserving)
        harness.transmit(to: Self.peer)
        harness.receiveDirect(Self.peer, [.nonce(harness.lastNonce)], on: slot)
        harness.receiveData(Self.peer, from: Self.peer.mappedEndpoint, on: slot)
        harness.forget()
        harness.receiveDirect(Self.peer)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peer.mappedEndpoint, from: slot))
        #expect(harness.receiveData(Self.peer, from: Self.peer.mappedEndpoint, on: slot) == .deliver(0..<60))
        #expect(harness.closedSlots.isEmpty)
    }

    @Test(
        "PP-5, SNS-5: an earlier nonce of the exchange that is over still brings a peer to the service port, for its 30 s",
        arguments: [29, 31]
    )
    func earlierNonce(seconds: Int) throws {
        let slot = LocalPort.randomPort(0)
        var harness = ClientHarness.behind(.preserving)
        harness.transmit(to: Self.peer)
        let begin = harness.now
        harness.advance(.milliseconds(4100))
        let nonces = harness.indirect.compactMap(\.trailers.nonce)
        try #require(Set(nonces).count == 3)
        harness.receiveDirect(Self.peer, [.nonce(nonces[1])], on: slot)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peer.mappedEndpoint, from: slot))
        while harness.now - begin < .seconds(seconds) {
            harness.advance(.milliseconds(100))
            harness.receiveData(Self.peer, from: Self.peer.mappedEndpoint, on: slot)
        }
        harness.receiveDirect(Self.peer, [.nonce(nonces[0])])
        #expect(harness.closedSlots == (seconds < 30 ? [0] : []))
    }
}

extension ClientHarness {
    /// The keyed link-local address of the last bubble that had one.
    fileprivate var keyedAddress: IPv6Address {
        bubbles.last { $0.datagram?.header.source.isLinkLocal ?? false }?.datagram?.header.source ?? .unspecified
    }
}
