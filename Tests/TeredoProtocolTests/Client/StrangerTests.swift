import TeredoProtocol
import TeredoWire
import Testing

/// Strangers that fill the list of peers, without forging anything.
@Suite struct StrangerTests {
    /// One of the addresses that an endpoint can make of itself: all differ in the random bits of the flags.
    static func variant(_ number: Int, of endpoint: UDPEndpoint = Packets.peer().mappedEndpoint) -> TeredoAddress {
        let flags = UInt16(number >> 8 & 0xF) << 10 | UInt16(number & 0xFF)
        return Packets.peer(endpoint.address, port: endpoint.port, flags: flags)
    }

    static func send(_ peer: TeredoAddress, to harness: inout ClientHarness) {
        harness.receive(Packets.udp(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
    }

    @Test("SEC-30: 4,096 addresses of one endpoint take four places, whatever they send", arguments: [true, false])
    func oneEndpoint(isDirect: Bool) {
        var harness = ClientHarness.qualified()
        let others = (0..<20).map { Packets.peer(IPv4Address(rawValue: 0x0801_0000 + UInt32($0))) }
        for other in others { Self.send(other, to: &harness) }
        for number in 0..<4096 {
            let peer = Self.variant(number)
            if isDirect { Self.send(peer, to: &harness) } else { harness.receiveIndirect(peer, [.nonce(7)]) }
        }
        #expect(harness.client.peerCount == 24)
        for other in others {
            #expect(
                harness.transmit(Packets.udp(from: harness.own, to: other.ipv6)) == .forward(to: other.mappedEndpoint)
            )
        }
    }

    @Test("SEC-30: of an endpoint that makes up addresses the ones that are answered stay")
    func answeredVariants() {
        var harness = ClientHarness.qualified()
        let known = (0..<4).map { Self.variant($0) }
        for peer in known {
            Self.send(peer, to: &harness)
            harness.transmit(to: peer)
        }
        for number in 4..<100 { Self.send(Self.variant(number), to: &harness) }
        #expect(harness.client.peerCount == 4)
        #expect(harness.client.counters.drops[.peerTableFull] == 96)
        for peer in known { #expect(harness.transmit(to: peer) == .forward(to: peer.mappedEndpoint)) }
        harness.advance(.seconds(30))
        let late = Self.variant(100)
        Self.send(late, to: &harness)
        #expect(harness.transmit(to: late) == .forward(to: late.mappedEndpoint))
    }

    @Test("SEC-30: addresses that the host asks for are not counted, whatever endpoint they name")
    func wantedVariants() {
        var harness = ClientHarness.qualified()
        for number in 0..<10 { #expect(harness.transmit(to: Self.variant(number)) == .consumed) }
        #expect(harness.client.peerCount == 10)
    }

    /// A client whose list is full of strangers of as many endpoints, which are answered or not.
    static func crowded(isAnswered: Bool) -> ClientHarness {
        var harness = ClientHarness.qualified { $0.peerLimit = 256 }
        for number in 0..<1000 {
            let stranger = Packets.peer(IPv4Address(rawValue: 0x0800_0000 + UInt32(number) << 8), port: 7)
            send(stranger, to: &harness)
            if isAnswered, number < 192 { harness.transmit(to: stranger) }
        }
        harness.forget()
        return harness
    }

    @Test(
        "SEC-30: strangers take three quarters of the list; the host's own contacts always have room",
        arguments: [true, false]
    )
    func ownContacts(isAnswered: Bool) {
        var harness = Self.crowded(isAnswered: isAnswered)
        #expect(harness.client.peerCount == 192)
        let friends = (0..<256).map { Packets.peer(IPv4Address(rawValue: 0x0900_0000 + UInt32($0))) }
        for friend in friends {
            #expect(harness.transmit(to: friend) == .consumed)
            harness.receiveDirect(friend)
            #expect(harness.transmit(to: friend) == .forward(to: friend.mappedEndpoint))
        }
        #expect(harness.client.peerCount == 256)
        for friend in friends { #expect(harness.transmit(to: friend) == .forward(to: friend.mappedEndpoint)) }
        #expect(harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native)) == .drop(.peerTableFull))
    }

    @Test("SEC-30: strangers take no place of a contact that is under way")
    func pendingContacts() {
        var harness = ClientHarness.qualified { $0.peerLimit = 64 }
        let friends = (0..<40).map { Packets.peer(IPv4Address(rawValue: 0x0900_0000 + UInt32($0))) }
        for friend in friends { harness.transmit(to: friend) }
        for number in 0..<1000 {
            Self.send(Packets.peer(IPv4Address(rawValue: 0x0800_0000 + UInt32(number) << 8), port: 7), to: &harness)
        }
        harness.forget()
        for friend in friends { harness.receiveDirect(friend) }
        #expect(harness.sent.count { !$0.isBubble } == 40)
    }

    @Test("SEC-30: the strangers that nothing was sent to go first")
    func unansweredFirst() {
        var harness = ClientHarness.qualified { $0.peerLimit = 256 }
        let answered = (0..<8).map { Packets.peer(IPv4Address(rawValue: 0x0900_0000 + UInt32($0))) }
        for peer in answered {
            Self.send(peer, to: &harness)
            harness.transmit(to: peer)
        }
        for number in 0..<1000 {
            Self.send(Packets.peer(IPv4Address(rawValue: 0x0800_0000 + UInt32(number) << 8), port: 7), to: &harness)
        }
        for number in 0..<248 {
            harness.transmit(to: Packets.peer(IPv4Address(rawValue: 0x0B00_0000 + UInt32(number)), port: 9))
        }
        for peer in answered { #expect(harness.transmit(to: peer) == .forward(to: peer.mappedEndpoint)) }
    }

    @Test(
        "SEC-30, SEC-45: a flood that makes a client forget whom it asks draws no further bubbles to that peer's server"
    )
    func forgottenContacts() {
        var harness = ClientHarness.qualified { $0.peerLimit = 64 }
        let friend = Packets.peer(IPv4Address(203, 0, 113, 99), server: IPv4Address(192, 0, 2, 77))
        var times: [ProtocolInstant] = []
        for round in 0..<30 {
            harness.transmit(to: friend)
            harness.receiveIndirect(friend, [.nonce(7)])
            for number in 0..<64 {
                let other = Packets.peer(IPv4Address(rawValue: 0x0900_0000 + UInt32(round * 64 + number)))
                harness.transmit(to: other)
            }
            harness.advance(.seconds(9))
            times += harness.sent.filter { $0.to.address == friend.server }.map(\.at)
            harness.forget()
        }
        // The answer to the peer's own bubble is one in 2 s; what the client asks of itself are four in 300 s.
        #expect(Set(times).count <= 30 + 4, "\(Set(times).count)")
    }

    @Test(
        "SEC-30: no stranger takes the place of a native host that is being tested, or of one that was heard a moment ago"
    )
    func pendingTests() throws {
        var harness = ClientHarness.qualified { $0.peerLimit = 4 }
        let hosts = (1...4 as ClosedRange<UInt64>).map { IPv6Address(high: ClientHarness.native.high, low: $0) }
        for host in hosts { harness.transmit(Packets.udp(from: harness.own, to: host)) }
        for number in 0..<100 {
            Self.send(Packets.peer(IPv4Address(rawValue: 0x0800_0000 + UInt32(number) << 8), port: 7), to: &harness)
        }
        let requests = harness.echoes.compactMap(\.echo)
        #expect(requests.count == 4)
        harness.forget()
        for request in requests { harness.receive(Packets.echo(request.reply), from: ClientHarness.relay) }
        #expect(harness.sent.count == 4)
    }

    @Test("SEC-30: a peer whose packets others move is in use, and one that is not makes room")
    func movedByOthers() {
        var harness = ClientHarness.qualified { $0.peerLimit = 2 }
        let (first, second, third) = (Packets.peer(port: 1), Packets.peer(port: 2), Packets.peer(port: 3))
        for peer in [first, second] {
            harness.transmit(to: peer)
            harness.receiveDirect(peer)
        }
        harness.live(.seconds(31), .constant)
        harness.client.recordActivity(of: first.ipv6, lastReception: harness.now, lastTransmission: nil)
        #expect(harness.transmit(to: third) == .consumed)
        #expect(harness.client.directPath(to: first.ipv6, now: harness.now) != nil)
        #expect(harness.client.peerSummary(of: second.ipv6, now: harness.now) == nil)
    }
}
