import TeredoProtocol
import TeredoWire
import Testing

/// RFC 6081 section 5.4.
@Suite struct PortPreservingSymmetricNATTests {
    static let mapping = ClientHarness.Mapping.preserving
    static let peer = Packets.peer()
    static let peerPort: UInt16 = 23_456
    static let peerRandom = UDPEndpoint(peer.mappedEndpoint.address, peerPort)
    static let slot = LocalPort.randomPort(0)
    static let ownPort = ClientHarness.randomPort(of: 0)

    /// A client that is connected with the peer on its random port.
    static func connected() -> ClientHarness {
        var harness = ClientHarness.behind(mapping)
        harness.transmit(to: peer)
        let nonce = harness.lastNonce
        harness.receiveIndirect(peer, [.nonce(55), .randomPort(peerPort)])
        harness.receiveDirect(peer, [.nonce(nonce)], from: peerRandom, on: slot)
        return harness
    }

    @Test("PP-2, RFC 6081 5.4.4.1: an indirect bubble to an untrusted peer announces a random port that is listened on")
    func announcement() {
        var harness = ClientHarness.behind(Self.mapping)
        #expect(harness.client.isPortPreserving == true)
        harness.transmit(to: Self.peer)
        #expect(harness.openedSlots == [0])
        #expect(harness.bubbles.map(\.isIndirect) == [false, true])
        #expect(harness.bubbles.map(\.trailers.randomPort) == [nil, Self.ownPort])
        #expect(harness.bubbles.allSatisfy { $0.port == .service })
        // The same port again with every repetition.
        harness.advance(.seconds(5))
        #expect(harness.openedSlots == [0])
        #expect(harness.indirect.map(\.trailers.randomPort) == [Self.ownPort, Self.ownPort, Self.ownPort])
    }

    @Test(
        "PP-1, PP-2, RFC 6081 5.4.4.1: nobody announces a random port whose NAT is not symmetric or the extension off"
    )
    func noAnnouncement() {
        var constant = ClientHarness.behind(.constant)
        constant.transmit(to: Self.peer)
        #expect(constant.openedSlots.isEmpty && constant.indirect.map(\.trailers.randomPort) == [nil])
        var off = ClientHarness.behind(Self.mapping) { $0.extensions.portPreservingSymmetricNAT = false }
        off.transmit(to: Self.peer)
        #expect(off.openedSlots.isEmpty && off.indirect.map(\.trailers.randomPort) == [nil])
    }

    @Test("A random port that cannot be opened does not hold the contact up")
    func noSocket() {
        var harness = ClientHarness.behind(Self.mapping)
        harness.opensRandomPorts = false
        harness.transmit(to: Self.peer)
        #expect(harness.indirect.isEmpty)
        harness.client.randomPortFailed(0, now: harness.now)
        harness.drain()
        #expect(harness.indirect.map(\.trailers.randomPort) == [nil])
        #expect(harness.lastNonce != 0)
    }

    @Test(
        "PP-3, RFC 6081 5.4.4.2: from the random port a direct bubble goes to the peer's random port, beside the primary one"
    )
    func directBubbles() {
        var harness = ClientHarness.behind(Self.mapping)
        harness.transmit(to: Self.peer)
        harness.advance(.milliseconds(500))
        harness.sent = []
        harness.receiveIndirect(Self.peer, [.nonce(55), .randomPort(Self.peerPort)])
        #expect(harness.direct.map(\.to) == [Self.peer.mappedEndpoint, Self.peerRandom])
        #expect(harness.direct.map(\.port) == [.service, Self.slot])
        #expect(harness.direct.map(\.trailers.nonce) == [55, 55])
        #expect(harness.direct.map(\.trailers.randomPort) == [nil, Self.ownPort])
    }

    @Test(
        "PP-3, RFC 6081 3.3: to a peer without random port the bubble from the random port goes to its embedded endpoint"
    )
    func towardsRestricted() {
        var harness = ClientHarness.behind(Self.mapping)
        harness.transmit(to: Self.peer)
        harness.sent = []
        harness.receiveIndirect(Self.peer, [.nonce(55)])
        #expect(harness.direct.map(\.to) == [Self.peer.mappedEndpoint, Self.peer.mappedEndpoint])
        #expect(harness.direct.map(\.port) == [.service, Self.slot])
    }

    @Test(
        "PP-3, RFC 6081 6.4 packet 10: a client that is not symmetric sends from its service port to the peer's random port"
    )
    func restrictedSide() {
        var harness = ClientHarness.behind(.constant)
        harness.receiveIndirect(Self.peer, [.nonce(55), .randomPort(Self.peerPort)])
        #expect(harness.direct.map(\.to) == [Self.peer.mappedEndpoint, Self.peerRandom])
        #expect(harness.direct.map(\.port) == [.service, .service])
        #expect(harness.direct.map(\.trailers.nonce) == [55, 55])
        #expect(harness.openedSlots.isEmpty)
    }

    @Test(
        "PP-6, PP-7, RFC 6081 5.4.4.4: a bubble on the random port makes the peer trusted; data leaves from that port"
    )
    func trustedOnRandomPort() {
        var harness = Self.connected()
        let data = harness.sent.filter { !$0.isBubble }
        #expect(data.map(\.to) == [Self.peerRandom] && data.map(\.port) == [Self.slot])
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peerRandom, from: Self.slot))
        guard case .deliver = harness.receiveData(Self.peer, from: Self.peerRandom, on: Self.slot) else {
            Issue.record("data on the random port is not delivered")
            return
        }
        #expect(harness.closedSlots.isEmpty)
    }

    @Test("PP-5, RFC 6081 5.4.4.4: a peer that is heard on the primary port needs no random port; it is closed")
    func primaryFirst() {
        var harness = ClientHarness.behind(Self.mapping)
        harness.transmit(to: Self.peer)
        harness.receiveDirect(Self.peer, [.nonce(harness.lastNonce)])
        #expect(harness.closedSlots == [0])
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peer.mappedEndpoint))
    }

    @Test("PP-5, RFC 6081 5.4.4.4: a connection moves from the random port to the primary port and not back")
    func primaryLater() {
        var harness = Self.connected()
        harness.receiveDirect(Self.peer)
        #expect(harness.closedSlots.isEmpty, "without the nonce anybody may have sent it")
        harness.receiveDirect(Self.peer, [.nonce(harness.lastNonce)])
        #expect(harness.closedSlots == [0])
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peer.mappedEndpoint))
        #expect(
            harness.receiveDirect(Self.peer, from: Self.peerRandom, on: Self.slot) == .drop(.unknownPeer)
        )
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peer.mappedEndpoint))
    }

    @Test("PP-6, RFC 6081 5.4.4.4: another endpoint on the random port ends that port; the contact begins anew")
    func otherEndpoint() {
        var harness = Self.connected()
        harness.live(.seconds(3), Self.mapping)
        harness.receiveIndirect(Self.peer, [.nonce(56), .randomPort(Self.peerPort)])
        let nonce = harness.lastNonce
        harness.live(.seconds(3), Self.mapping)
        harness.forget()
        let other = UDPEndpoint(Self.peer.mappedEndpoint.address, 40_000)
        #expect(harness.receiveDirect(Self.peer, [.nonce(nonce)], from: other, on: Self.slot) == .consumed)
        #expect(harness.closedSlots == [0])
        #expect(harness.indirect.count == 1)
        #expect(harness.transmit(to: Self.peer) == .consumed)
    }

    @Test(
        "PP-4, RFC 6081 5.4.4.3: while a connection is in use an indirect bubble does not change the peer's random port"
    )
    func otherPortWhileInUse() {
        var harness = ClientHarness.behind(.constant)
        harness.receiveIndirect(Self.peer, [.nonce(55), .randomPort(Self.peerPort)])
        harness.receiveDirect(Self.peer, [.nonce(harness.lastNonce)], from: Self.peerRandom)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peerRandom))
        harness.live(.seconds(3), .constant)
        harness.sent = []
        harness.receiveIndirect(Self.peer, [.nonce(56), .randomPort(40_000)])
        #expect(!harness.sent.contains { $0.to.port == 40_000 })
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peerRandom))
    }

    @Test(
        "A new contact takes a fresh random port and nothing that a lost one knew, so that no mapping is used up for it"
    )
    func freshContact() {
        var harness = ClientHarness.behind(Self.mapping)
        harness.transmit(to: Self.peer)
        harness.receiveIndirect(Self.peer, [.nonce(55), .randomPort(Self.peerPort)])
        harness.live(.seconds(9), Self.mapping)
        #expect(harness.closedSlots == [0])
        harness.live(.seconds(300), Self.mapping)
        harness.forget()
        harness.transmit(to: Self.peer)
        #expect(harness.openedSlots == [0])
        #expect(harness.bubbles.allSatisfy { $0.port == .service && $0.to != Self.peerRandom })
        #expect(harness.direct.map(\.trailers) == [TrailerList()])
    }

    @Test("PP-4, RFC 6081 5.4.4.3: after 30 s without traffic the new random port counts, and the former one is closed")
    func otherPortAfterIdleTime() {
        var harness = Self.connected()
        harness.live(.milliseconds(31_000), Self.mapping)
        harness.forget()
        harness.receiveIndirect(Self.peer, [.nonce(56), .randomPort(40_000)])
        #expect(harness.closedSlots == [0])
        #expect(harness.openedSlots == [0])
        #expect(!harness.direct.contains { $0.to == Self.peerRandom })
    }

    @Test(
        "A peer that was silent for 30 s and asks through its server hears nothing of the random port: it is told a fresh one",
        arguments: [true, false]
    )
    func unheardPort(wasConnected: Bool) {
        var harness = ClientHarness.behind(Self.mapping)
        if wasConnected { harness = Self.connected() } else { harness.receiveIndirect(Self.peer, [.nonce(55)]) }
        // The answer to the first bubble may have used up those of 300 s.
        harness.live(.seconds(wasConnected ? 95 : 320), Self.mapping)
        harness.forget()
        harness.receiveIndirect(Self.peer, [.nonce(56)])
        #expect(harness.closedSlots == [0] && harness.openedSlots == [0])
        #expect(harness.indirect.map(\.trailers.randomPort) == [Self.ownPort])
        harness.live(.seconds(3), Self.mapping)
        harness.receiveIndirect(Self.peer, [.nonce(57)])
        #expect(harness.closedSlots == [0], "it serves for the whole exchange")
    }

    @Test("A peer that is heard on the random port and asks through its server all the same keeps it")
    func heardPort() {
        var harness = Self.connected()
        harness.live(.seconds(95), Self.mapping)
        harness.receiveDirect(Self.peer, from: Self.peerRandom, on: Self.slot)
        harness.live(.seconds(3), Self.mapping)
        harness.forget()
        harness.receiveIndirect(Self.peer, [.nonce(56)])
        #expect(harness.closedSlots.isEmpty && harness.openedSlots.isEmpty)
    }

    @Test("A random port accepts nothing but its peer, without indications, and only while it is open")
    func strangers() {
        var harness = Self.connected()
        let stranger = Packets.peer(IPv4Address(203, 0, 113, 66), port: 7000)
        #expect(harness.receiveDirect(stranger, on: Self.slot) == .drop(.unknownPeer))
        #expect(harness.receiveData(stranger, from: stranger.mappedEndpoint, on: Self.slot) == .drop(.unknownPeer))
        let native = Packets.udp(from: ClientHarness.native, to: harness.own)
        #expect(harness.receive(native, from: ClientHarness.relay, on: Self.slot) == .drop(.unknownPeer))
        let bubble = ClientHarness.bubble(from: Self.peer.ipv6, to: harness.own, origin: Self.peer.mappedEndpoint)
        #expect(harness.receive(bubble, from: harness.server, on: Self.slot) == .drop(.unexpectedIndication))
        let foreign = Packets.udp(from: Self.peer.ipv6, to: stranger.ipv6)
        #expect(harness.receive(foreign, from: Self.peerRandom, on: Self.slot) == .drop(.foreignDestination))
        for other in 1...255 as ClosedRange<UInt8> {
            #expect(harness.receiveDirect(Self.peer, on: .randomPort(other)) == .drop(.unknownPeer))
        }
        #expect(harness.client.peerCount == 1)
    }

    @Test("SEC-14: on a random port too a mismatching bubble needs the nonce")
    func mismatchOnRandomPort() {
        var harness = ClientHarness.behind(Self.mapping)
        harness.transmit(to: Self.peer)
        harness.sent = []
        #expect(
            harness.receiveDirect(Self.peer, [.nonce(1)], from: Self.peerRandom, on: Self.slot)
                == .drop(.endpointMismatch)
        )
        #expect(harness.sent.isEmpty && harness.closedSlots.isEmpty)
    }

    @Test("A random port is closed when the contact fails, once")
    func closedAfterFailure() {
        var harness = ClientHarness.behind(Self.mapping)
        harness.transmit(to: Self.peer)
        harness.live(.seconds(9), Self.mapping)
        #expect(harness.closedSlots == [0])
        #expect(harness.delivered.count == 1)
    }

    @Test("Random ports are closed when the network changes")
    func closedWithTheNetwork() {
        var harness = Self.connected()
        harness.client.handleNetworkChange(localEndpoint: nil, subnets: [], now: harness.now)
        harness.drain()
        #expect(harness.closedSlots == [0])
    }

    @Test("There are at most 64 random ports; further contacts do without, and ports are used again")
    func limit() {
        var harness = ClientHarness.behind(Self.mapping)
        for number in 0..<100 as Range<UInt16> {
            harness.transmit(to: Packets.peer(port: 5000 + number))
        }
        #expect(harness.openedSlots == Array(0..<64))
        #expect(harness.indirect.count == 100)
        #expect(harness.indirect.count { $0.trailers.randomPort != nil } == 64)
        harness.live(.seconds(9), Self.mapping)
        #expect(harness.closedSlots.sorted() == Array(0..<64))
        harness.forget()
        harness.transmit(to: Packets.peer(port: 9000))
        #expect(harness.openedSlots == [0])
    }

    @Test("Bubbles of peers that are never heard do not use up the random ports: after 8 s they go to others")
    func exhaustion() {
        var harness = ClientHarness.behind(Self.mapping)
        for number in 0..<64 as Range<UInt16> {
            harness.receiveIndirect(Packets.peer(port: 6000 + number), [.nonce(5)])
            harness.live(.milliseconds(100), Self.mapping)
        }
        #expect(harness.openedSlots.count == 48)
        harness.forget()
        harness.transmit(to: Self.peer)
        #expect(harness.openedSlots.count == 1 && harness.closedSlots.isEmpty)
        harness.receiveDirect(Self.peer)
        harness.live(.seconds(9), Self.mapping)
        harness.forget()
        harness.receiveIndirect(Packets.peer(port: 9000), [.nonce(5)])
        #expect(harness.closedSlots.count == 1 && harness.openedSlots == harness.closedSlots)
        #expect(harness.lastNonce != 0 && harness.indirect.last?.trailers.randomPort != nil)
    }

    @Test("PP-8, RFC 6081 5.4.4.5: an idle connection on a random port is refreshed every 30 s, 20 times, then no more")
    func refreshes() {
        var harness = Self.connected()
        harness.forget()
        harness.live(.seconds(1000), Self.mapping)
        let refreshes = harness.direct
        #expect(refreshes.count == 20)
        #expect(refreshes.allSatisfy { $0.to == Self.peerRandom && $0.port == Self.slot })
        #expect(zip(refreshes.dropFirst(), refreshes).allSatisfy { $0.at - $1.at == .seconds(30) })
        #expect(harness.indirect.isEmpty)
    }

    @Test(
        "SLR-1, PP-8: while refreshes keep a random port alive, a silent peer is asked from there and through no server"
    )
    func solicitsOnRandomPort() {
        var harness = Self.connected()
        harness.client.setNearHops([IPv4Address(192, 168, 1, 1), IPv4Address(198, 51, 100, 254)])
        harness.live(.seconds(95), Self.mapping)
        harness.forget()
        harness.transmit(to: Self.peer)
        #expect(harness.bubbles.map(\.to) == [Self.peerRandom])
        #expect(harness.bubbles.map(\.port) == [Self.slot] && harness.bubbles.map(\.timeToLive) == [nil])
        #expect(harness.closedSlots.isEmpty)
    }

    @Test(
        "PP-3, stray memory: the first bubbles from a random port die before the peer's box, until the peer answers its announcement"
    )
    func openers() {
        var harness = ClientHarness.behind(Self.mapping)
        harness.client.setNearHops([IPv4Address(192, 168, 1, 1), IPv4Address(198, 51, 100, 254)])
        harness.receiveIndirect(Self.peer, [.nonce(55)])
        func fromRandomPort() -> [UInt8?] { harness.direct.filter { $0.port == Self.slot }.map(\.timeToLive) }
        #expect(fromRandomPort() == [2])
        harness.advance(.milliseconds(2100))
        harness.forget()
        harness.receiveIndirect(Self.peer, [.nonce(56)])
        harness.advance(.seconds(2))
        #expect(!fromRandomPort().isEmpty && fromRandomPort().allSatisfy { $0 == nil })
    }

    @Test("PP-8, RFC 6081 5.4.4.5: data starts the count of refreshes anew and makes them needless while it flows")
    func refreshesAfterData() {
        var harness = Self.connected()
        harness.live(.seconds(301), Self.mapping)
        harness.receiveDirect(Self.peer, from: Self.peerRandom, on: Self.slot)
        harness.forget()
        for _ in 0..<12 {
            #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peerRandom, from: Self.slot))
            harness.live(.seconds(5), Self.mapping)
            harness.receiveDirect(Self.peer, from: Self.peerRandom, on: Self.slot)
        }
        #expect(harness.direct.isEmpty)
        harness.live(.seconds(1000), Self.mapping)
        #expect(harness.direct.count == 20)
    }

    @Test("PP-8: a connection on a random port that follows another is refreshed every 30 s, and no more often")
    func refreshesOfSecondConnection() {
        var harness = Self.connected()
        harness.live(.seconds(40), Self.mapping)
        harness.receiveIndirect(Self.peer, [.nonce(56), .randomPort(Self.peerPort)])
        #expect(harness.closedSlots == [0] && harness.openedSlots == [0, 0])
        harness.receiveDirect(Self.peer, [.nonce(harness.lastNonce)], from: Self.peerRandom, on: Self.slot)
        harness.forget()
        harness.live(.seconds(1000), Self.mapping)
        #expect(harness.direct.count == 20)
        #expect(zip(harness.direct.dropFirst(), harness.direct).allSatisfy { $0.at - $1.at == .seconds(30) })
    }

    @Test(
        "SLR-1, PP-8: until 30 s after the last refresh the peer holds on to the random port and is asked from there; then it is closed",
        arguments: [(seconds: 15, isKept: true), (31, false)]
    )
    func afterLastRefresh(seconds: Int, isKept: Bool) {
        var harness = Self.connected()
        harness.client.setNearHops([IPv4Address(192, 168, 1, 1), IPv4Address(198, 51, 100, 254)])
        harness.live(.seconds(400), Self.mapping)
        harness.receiveData(Self.peer, from: Self.peerRandom, on: Self.slot)
        harness.live(.seconds(200 + seconds), Self.mapping)
        #expect(harness.direct.last.map { harness.now - $0.at >= .seconds(seconds - 1) } == true)
        harness.forget()
        harness.transmit(to: Self.peer)
        #expect(harness.closedSlots.isEmpty == isKept)
        #expect((harness.bubbles.map(\.port) == [Self.slot]) == isKept)
    }
}
