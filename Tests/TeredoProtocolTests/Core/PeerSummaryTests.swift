import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// What client and relay tell about their peers.
@Suite struct PeerSummaryTests {
    private static let now = PeerTableTests.start + .seconds(100)

    @Test("the trusted peers come first, in each group those used last, and never more than asked for")
    func order() {
        var table = PeerTableTests.table(limit: 10)
        for number in 1...6 {
            _ = table.insert(PeerTableTests.peer(number, trusted: number > 3), for: PeerTableTests.address(number))
        }
        if let index = table.find(PeerTableTests.address(4)) { table.touch(index) }
        let all = table.newest(100).map { table[$0].endpoint.port }
        #expect(all == [4, 6, 5, 3, 2, 1])
        for limit in 0...6 {
            #expect(table.newest(limit).map { table[$0].endpoint.port } == Array(all.prefix(limit)))
        }
    }

    @Test("a path is direct to Teredo and a relay to native peers for 30 s, then idle")
    func validity() {
        var peer = PeerTableTests.peer(1, trusted: true)
        peer.lastReception = Self.now
        let teredo = PeerTableTests.address(1)
        let native = IPv6Address(high: 0x2001_0db8 << 32, low: 1)
        let late = Self.now + .seconds(30)
        #expect(PeerSummary(peer, address: teredo, now: Self.now).path == .direct)
        #expect(PeerSummary(peer, address: native, now: Self.now).path == .relay)
        #expect(PeerSummary(peer, address: teredo, now: late).path == .idle)
        #expect(PeerSummary(peer, address: teredo, now: late).lastReception == Self.now)
    }

    @Test("a peer that is not proved was not heard, and is contacted while packets or answers are awaited")
    func contacting() {
        var peer = PeerTableTests.peer(1)
        let address = PeerTableTests.address(1)
        #expect(PeerSummary(peer, address: address, now: Self.now).path == .idle)
        #expect(PeerSummary(peer, address: address, now: Self.now).lastReception == nil)
        peer.updateExchange { $0.wait(until: Self.now) }
        #expect(PeerSummary(peer, address: address, now: Self.now).path == .contacting)
    }

    @Test("a transit path shows while it is in use and open, and gives way to a confirmed direct one")
    func transit() {
        var peer = PeerTableTests.peer(1)
        let address = PeerTableTests.address(1)
        var transit = TransitPath(nonce: 1, through: .discoveryGroup, or: nil, deadline: Self.now)
        peer.transit = transit
        #expect(PeerSummary(peer, address: address, now: Self.now).path == .idle)
        transit.becomeReady(now: Self.now)
        transit.use()
        peer.transit = transit
        #expect(PeerSummary(peer, address: address, now: Self.now).path == .transit)
        #expect(PeerSummary(peer, address: address, now: Self.now).lastReception == nil)
        peer.transit?.noteReception(now: Self.now)
        #expect(PeerSummary(peer, address: address, now: Self.now).lastReception == Self.now)
        #expect(PeerSummary(peer, address: address, now: Self.now + TransitPath.validity).path == .idle)
        peer.isTrusted = true
        peer.lastReception = Self.now
        peer.transit?.completeTakeover()
        #expect(PeerSummary(peer, address: address, now: Self.now).path == .direct)
    }

    @Test("whether a peer keeps its endpoint is known once it is proved, and of Teredo peers only")
    func endpoint() {
        let address = Packets.peer()
        var peer = Peer(at: address.mappedEndpoint.permitted, now: Self.now)
        func keepsEndpoint(_ address: IPv6Address = address.ipv6) -> Bool? {
            PeerSummary(peer, address: address, now: Self.now).keepsEndpoint
        }
        #expect(keepsEndpoint() == nil)
        peer.isTrusted = true
        #expect(keepsEndpoint() == true)
        #expect(keepsEndpoint(ClientHarness.native) == nil)
        peer.receptionEndpoint = ClientHarness.relay
        #expect(keepsEndpoint() == false)
    }

    @Test("a client measures its first bubble with a nonce, once, and a direct solicitation")
    func bubbleTime() {
        let peer = Packets.peer()
        var harness = ClientHarness.behind(.constant)
        func time() -> Duration? {
            harness.client.peerSummaries(limit: 1, now: harness.now).first?.roundTripTime
        }
        harness.transmit(to: peer)
        harness.advance(.milliseconds(40))
        #expect(time() == nil)
        let nonce = harness.lastNonce
        harness.receiveDirect(peer, [.nonce(nonce)])
        #expect(time() == .milliseconds(40))
        harness.advance(.milliseconds(40))
        harness.receiveDirect(peer, [.nonce(nonce)])
        #expect(time() == .milliseconds(40), "a repeated answer is late")
        harness.live(.seconds(31), .constant)
        harness.transmit(to: peer)
        harness.advance(.milliseconds(8))
        harness.receiveDirect(peer, [.neighborDiscovery(.advertisement)], from: ClientHarness.relay)
        #expect(time() == .milliseconds(40), "from a stranger")
        harness.receiveDirect(peer, [.neighborDiscovery(.advertisement)])
        #expect(time() == .milliseconds(8))
    }

    @Test("the addresses of peers come in the order of their summaries, as many as are wanted")
    func addresses() {
        var harness = ClientHarness.behind(.constant)
        let peers = (1...5).map { ClientScaleTests.peer($0) }
        for peer in peers { harness.transmit(to: peer) }
        for limit in [0, 1, 3, 9] {
            let summaries = harness.client.peerSummaries(limit: limit, now: harness.now)
            #expect(summaries.count == min(limit, peers.count))
            #expect(harness.client.peerAddresses(limit: limit) == summaries.map(\.address))
        }
    }

    @Test("a bubble that returns no nonce of ours tells no time")
    func strangeNonce() {
        let peer = Packets.peer()
        var harness = ClientHarness.behind(.constant)
        harness.transmit(to: peer)
        harness.advance(.milliseconds(40))
        harness.receiveDirect(peer, [.nonce(harness.lastNonce ^ 1)])
        let summary = harness.client.peerSummaries(limit: 1, now: harness.now).first
        #expect(summary?.path == .direct && summary?.roundTripTime == nil)
    }

    @Test("a relay measures the answer to its first bubble, and not what answers a repeated one")
    func relayTime() {
        for (pause, expected) in [(96, Duration.milliseconds(96)), (2100, nil)] as [(Int, Duration?)] {
            var harness = RelayHarness()
            harness.transmit(RelayHarness.packet())
            harness.advance(.milliseconds(pause))
            harness.answer()
            let summary = harness.relay.peerSummaries(limit: 1, now: harness.now).first
            #expect(summary?.path == .direct && summary?.roundTripTime == expected)
        }
    }

    @Test(
        "a client counts the octets of the packets of each peer, from the first that waited, and not those of bubbles"
    )
    func octets() {
        let peers = [Packets.peer(port: 5000), Packets.peer(port: 5001)]
        var harness = ClientHarness.behind(.constant)
        func counts() -> [[UInt64?]] {
            peers.map { peer in
                let summary = harness.client.peerSummary(of: peer.ipv6, now: harness.now)
                return [summary?.octetsReceived, summary?.octetsSent]
            }
        }
        for peer in peers { harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6, length: 60)) }
        #expect(counts() == [[0, 0], [0, 0]], "they wait")
        for peer in peers { harness.receiveDirect(peer, [.nonce(harness.lastNonce)]) }
        #expect(counts() == [[0, 100], [0, 100]])
        harness.transmit(Packets.udp(from: harness.own, to: peers[1].ipv6, length: 20))
        harness.receive(Packets.udp(from: peers[0].ipv6, to: harness.own, length: 10), from: peers[0].mappedEndpoint)
        harness.client.recordDeliveries(2, octets: 100)
        #expect(counts() == [[150, 100], [0, 160]])
    }

    @Test("another peer in the place of a removed one begins at nothing")
    func reuse() {
        var harness = ClientHarness.behind(.constant) { $0.peerLimit = 1 }
        for port in [5000, 5001] as [UInt16] {
            let peer = Packets.peer(port: port)
            harness.transmit(to: peer)
            #expect(harness.client.peerSummary(of: peer.ipv6, now: harness.now)?.octetsSent == 0)
            harness.receiveDirect(peer, [.nonce(harness.lastNonce)])
            #expect(harness.client.peerSummary(of: peer.ipv6, now: harness.now)?.octetsSent == 60)
            harness.live(.seconds(31), .constant)
        }
    }

    @Test("a client tells of its peers, a relay of its clients")
    func machines() {
        var client = ClientHarness.qualified()
        let peer = Packets.peer()
        client.receive(Packets.bubble(from: peer.ipv6, to: client.own), from: peer.mappedEndpoint)
        let ofClient = client.client.peerSummaries(limit: 5, now: client.now)
        #expect(ofClient.map(\.address) == [peer.ipv6] && ofClient.map(\.path) == [.direct])
        #expect(ofClient.map(\.endpoint) == [peer.mappedEndpoint])
        let relay = RelayHarness.trusting()
        let ofRelay = relay.relay.peerSummaries(limit: 5, now: relay.now)
        #expect(ofRelay.map(\.address) == [RelayHarness.client.ipv6] && ofRelay.map(\.path) == [.direct])
    }
}
