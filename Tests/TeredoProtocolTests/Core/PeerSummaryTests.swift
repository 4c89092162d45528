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
        let all = table.summaries(limit: 100, now: Self.now).map(\.endpoint.port)
        #expect(all == [4, 6, 5, 3, 2, 1])
        for limit in 0...6 {
            #expect(table.summaries(limit: limit, now: Self.now).map(\.endpoint.port) == Array(all.prefix(limit)))
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
        peer.retryDeadline = Self.now
        #expect(PeerSummary(peer, address: address, now: Self.now).path == .contacting)
    }

    @Test("a transit path shows while it is in use and open, and gives way to a confirmed direct one")
    func transit() {
        var peer = PeerTableTests.peer(1)
        let address = PeerTableTests.address(1)
        var transit = TransitPath(nonce: 1)
        peer.transit = transit
        #expect(PeerSummary(peer, address: address, now: Self.now).path == .idle)
        transit.state = .ready
        transit.lastReady = Self.now
        transit.isInUse = true
        peer.transit = transit
        #expect(PeerSummary(peer, address: address, now: Self.now).path == .transit)
        #expect(PeerSummary(peer, address: address, now: Self.now + TransitPath.validity).path == .idle)
        peer.isTrusted = true
        peer.lastReception = Self.now
        peer.transit?.isInUse = false
        #expect(PeerSummary(peer, address: address, now: Self.now).path == .direct)
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
