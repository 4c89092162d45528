import TeredoProtocol
import TeredoWire
import Testing

/// RFC 6081 section 5.3, whatever protocol makes the mapping.
@Suite struct PortMappedSymmetricNATTests {
    static let mapping = ClientHarness.Mapping.random
    static let peer = Packets.peer()
    static let elsewhere = UDPEndpoint(peer.mappedEndpoint.address, 6001)
    static let otherRouter = UDPEndpoint(IPv4Address(198, 51, 100, 99), 4096)

    static func forwarded(_ change: (inout ClientConfiguration) -> Void = { _ in }) -> ClientHarness {
        ClientHarness.behind(mapping, forwarding: mapping.primary, change)
    }

    @Test(
        "UPNP-2, RFC 6081 5.3.4.2: only a mapping to the endpoint that the server sees shows that there is no second NAT"
    )
    func singleNAT() {
        for (endpoint, isSingle) in [(Self.mapping.primary, true), (Self.otherRouter, false), (nil, false)] {
            let harness = ClientHarness.behind(Self.mapping, forwarding: endpoint)
            #expect(harness.client.isReachableAtMappedEndpoint == isSingle)
        }
    }

    @Test(
        "UPNP-3, UPNP-4, RFC 6081 5.3.4.4: between two forwarding symmetric NATs data goes to the embedded endpoint, not to the observed"
    )
    func embedded() {
        var harness = Self.forwarded()
        harness.meet(Self.peer, at: Self.elsewhere)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peer.mappedEndpoint))
        guard case .deliver = harness.receiveData(Self.peer, from: Self.elsewhere) else {
            Issue.record("the peer is not heard at the observed endpoint")
            return
        }
    }

    @Test(
        "UPNP-4, RFC 6081 5.3.4.4: without mapping, behind a second NAT, or switched off, data goes to the observed endpoint",
        arguments: ["none", "second NAT", "off"]
    )
    func observed(kind: String) {
        var harness = ClientHarness.behind(
            Self.mapping,
            forwarding: kind == "none" ? nil : kind == "off" ? Self.mapping.primary : Self.otherRouter
        ) { $0.extensions.portMappedSymmetricNAT = kind != "off" }
        harness.meet(Self.peer, at: Self.elsewhere)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.elsewhere))
    }

    @Test(
        "RFC 6081 5.3.4.4: a client whose NAT keeps its mapping sends to the observed endpoint although its port is forwarded"
    )
    func notSymmetric() {
        var harness = ClientHarness.behind(.constant, forwarding: ClientHarness.Mapping.constant.primary)
        harness.meet(Self.peer, at: Self.elsewhere)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.elsewhere))
    }

    @Test("SEC-14: a mismatching bubble is no less dropped because everybody reaches a forwarded port")
    func mismatch() {
        var harness = Self.forwarded()
        harness.transmit(to: Self.peer)
        harness.sent = []
        #expect(harness.receiveDirect(Self.peer, from: Self.elsewhere) == .drop(.endpointMismatch))
        #expect(harness.sent.isEmpty)
    }

    @Test(
        "UPNP-5: a forwarded client knows only by an answer that the peer hears it: until then packets are kept and sent again"
    )
    func confirmation() {
        var harness = Self.forwarded()
        harness.meet(Self.peer, at: Self.elsewhere)
        #expect(harness.direct.contains { $0.trailers.neighborDiscovery == .solicitation })
        #expect(harness.sent.count { $0.bytes.count == 60 } == 1)
        harness.receiveDirect(Self.peer, [.neighborDiscovery(.advertisement)], from: Self.elsewhere)
        harness.forget()
        harness.live(.seconds(12), Self.mapping)
        #expect(harness.delivered.isEmpty)
        #expect(harness.bubbles.isEmpty)
    }

    @Test("A forwarded client that the peer never hears gives its host an error within 8 s")
    func unconfirmed() {
        var harness = Self.forwarded()
        harness.meet(Self.peer, at: Self.elsewhere)
        harness.live(.milliseconds(8100), Self.mapping)
        #expect(harness.delivered.count == 1)
        #expect(harness.delivered.first?[40] == ICMPv6.destinationUnreachable)
    }

    @Test("A forwarded client opens no random port: everybody reaches it where its address says")
    func noRandomPort() {
        for mapping in [ClientHarness.Mapping.preserving, .sequential] {
            var harness = ClientHarness.behind(mapping, forwarding: mapping.primary)
            harness.transmit(to: Self.peer)
            #expect(harness.openedSlots.isEmpty)
            #expect(harness.indirect.count == 1)
        }
    }

    @Test("UPNP-3, PP-7: a peer that is heard at the random port that it announced gets its data there")
    func announcedPort() {
        var harness = Self.forwarded()
        harness.receiveIndirect(Self.peer, [.nonce(7), .randomPort(Self.elsewhere.port)])
        harness.meet(Self.peer, at: Self.elsewhere)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.elsewhere))
    }

    /// A client that the server sees elsewhere than at the port that the only NAT forwards.
    static func forwardedElsewhere() -> ClientHarness {
        ClientHarness.behind(mapping, forwarding: UDPEndpoint(mapping.primary.address, 4096))
    }

    @Test(
        "UPNP-2, PP-2: a forwarded port that the server does not see is announced like a random port, and none is opened"
    )
    func announcesForwardedPort() {
        var harness = Self.forwardedElsewhere()
        harness.transmit(to: Self.peer)
        #expect(harness.indirect.map(\.trailers.randomPort) == [4096])
        #expect(harness.openedSlots.isEmpty)
        for other in [Self.mapping.primary, Self.otherRouter] {
            harness = ClientHarness.behind(Self.mapping, forwarding: other)
            harness.transmit(to: Self.peer)
            #expect(harness.indirect.map(\.trailers.randomPort) == [nil], "embedded, or behind a second NAT")
        }
    }

    @Test(
        "UPNP-4: between forwarding symmetric NATs data goes to the port that the peer announced, also when it is heard before that"
    )
    func toAnnouncedPort() {
        let announced = UDPEndpoint(Self.peer.mappedEndpoint.address, 7000)
        for isLate in [false, true] {
            var harness = Self.forwardedElsewhere()
            if !isLate { harness.receiveIndirect(Self.peer, [.nonce(7), .randomPort(7000)]) }
            harness.meet(Self.peer, at: Self.elsewhere)
            if isLate { harness.receiveIndirect(Self.peer, [.nonce(7), .randomPort(7000)]) }
            #expect(harness.transmit(to: Self.peer) == .forward(to: announced), "late: \(isLate)")
        }
    }

    @Test("UPNP-4: a peer that answers from the port that it announced is there, though it was heard elsewhere first")
    func answersFromAnnouncedPort() {
        let announced = UDPEndpoint(Self.peer.mappedEndpoint.address, 7000)
        var harness = Self.forwardedElsewhere()
        harness.meet(Self.peer, at: Self.elsewhere)
        let nonce = harness.lastNonce
        harness.receiveIndirect(Self.peer, [.nonce(7), .randomPort(7000)])
        harness.receiveDirect(Self.peer, [.nonce(nonce)], from: announced)
        guard case .deliver = harness.receiveData(Self.peer, from: announced) else {
            Issue.record("data from the announced port is not delivered")
            return
        }
    }

    @Test("UPNP-4, PP-4: no announcement moves the data of a peer that said that it hears us")
    func confirmedStays() {
        var harness = Self.forwardedElsewhere()
        harness.meet(Self.peer, at: Self.elsewhere)
        harness.receiveDirect(Self.peer, [.neighborDiscovery(.advertisement)], from: Self.elsewhere)
        harness.receiveIndirect(Self.peer, [.nonce(7), .randomPort(7000)])
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peer.mappedEndpoint))
    }

    @Test("UPNP-5: a peer that is heard at the end of the contact has the time of an answer to say that it hears us")
    func heardLate() {
        var harness = Self.forwarded()
        harness.transmit(to: Self.peer)
        let nonce = harness.lastNonce
        harness.live(.milliseconds(7900), Self.mapping)
        harness.receiveDirect(Self.peer, [.nonce(nonce)], from: Self.elsewhere)
        harness.live(.milliseconds(1500), Self.mapping)
        #expect(harness.delivered.isEmpty)
        harness.receiveDirect(Self.peer, [.neighborDiscovery(.advertisement)], from: Self.elsewhere)
        harness.live(.seconds(5), Self.mapping)
        #expect(harness.delivered.isEmpty)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peer.mappedEndpoint))
    }

    @Test(
        "UPNP-5, transit 5.1: a peer that was heard but may not hear us, and asks through its server, is worth the relay at once"
    )
    func unconfirmedAsksAgain() {
        let relay = UDPEndpoint(IPv4Address(192, 0, 2, 10), 3545)
        var harness = Self.forwarded {
            $0.transit = ClientTransitConfiguration()
            $0.transit.relay = relay
        }
        harness.receiveDirect(Self.peer)
        #expect(harness.direct.map(\.trailers.neighborDiscovery) == [.solicitation])
        harness.live(.milliseconds(500), Self.mapping)
        #expect(!harness.sent.contains { $0.to == relay })
        harness.receiveIndirect(Self.peer, [.nonce(7)])
        harness.live(.milliseconds(500), Self.mapping)
        #expect(harness.sent.contains { $0.to == relay })
    }

    @Test(
        "UPNP-5: a peer that finds the forwarded port of a NAT which sends from another may not hear us, if it sends from other ports itself"
    )
    func forwardedElsewhereBehindConstant() {
        let mapping = ClientHarness.Mapping.constant
        func asks(forwarding port: UInt16?, at source: UDPEndpoint) -> Bool {
            let forwarded = port.map { UDPEndpoint(mapping.primary.address, $0) }
            var harness = ClientHarness.behind(mapping, forwarding: forwarded)
            harness.meet(Self.peer, at: source)
            #expect(harness.sent.count { $0.bytes.count == 60 } == 1)
            let asks = harness.direct.contains { $0.to == source && $0.trailers.neighborDiscovery == .solicitation }
            harness.live(.milliseconds(8100), mapping)
            let errors = harness.delivered.count { $0[40] == ICMPv6.destinationUnreachable }
            #expect(errors == (asks ? 1 : 0))
            return asks
        }
        #expect(asks(forwarding: 5555, at: Self.elsewhere))
        #expect(!asks(forwarding: 5555, at: Self.peer.mappedEndpoint))
        #expect(!asks(forwarding: mapping.primary.port, at: Self.elsewhere))
        #expect(!asks(forwarding: nil, at: Self.elsewhere))
    }
}
