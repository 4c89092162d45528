import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct RelayReceptionTests {
    typealias Harness = RelayHarness

    /// A packet of the client for a host behind the relay.
    static func packet(
        from source: IPv6Address = Harness.client.ipv6,
        to destination: IPv6Address = Harness.host,
        marker: UInt8 = 0
    ) -> [UInt8] { Packets.udp(from: source, to: destination, marker: marker) }

    @Test("Y1: malformed datagrams, origins and authentications are dropped")
    func plainOnly() {
        var harness = Harness.trusting()
        #expect(harness.receive([]) == .drop(.malformed))
        #expect(harness.receive(Array(Self.packet().dropLast())) == .drop(.malformed))
        let origin = encoded { OriginIndication(Harness.client.mappedEndpoint).encode(into: &$0) }
        let authentication = encoded { AuthenticationEncapsulation(nonce: 1).encode(into: &$0) }
        for prefix in [origin, authentication, authentication + origin] {
            #expect(harness.receive(prefix + Self.packet()) == .drop(.unexpectedIndication))
        }
        #expect(harness.delivered.isEmpty)
        #expect(harness.receive(Self.packet()) == .deliver(0..<60))
    }

    @Test(
        "Y1, V2: sources that no datagram may have are dropped",
        arguments: [
            "224.0.0.1:5000", "255.255.255.255:5000", "0.0.0.0:5000", "203.0.113.20:0",
        ]
    )
    func invalidIPv4Source(text: String) {
        var harness = Harness.trusting()
        #expect(harness.receive(Self.packet(), from: endpoint(text)) == .drop(.invalidIPv4Source))
    }

    @Test(
        "Y2, SEC-60: only Teredo sources come out of the tunnel",
        arguments: [
            "2400:1:0:1::9", "fe80::1", "::", "ff02::1", "2001:1::1", "2002:cb00:7114::1",
        ]
    )
    func notTeredo(text: String) {
        var harness = Harness.trusting()
        #expect(harness.receive(Self.packet(from: ipv6(text))) == .drop(.notTeredo))
        #expect(harness.delivered.isEmpty && harness.sent.isEmpty)
    }

    @Test("Y3: a trusted client at its endpoint is accepted, also one that a keyed bubble proved elsewhere")
    func trusted() {
        var harness = Harness.trusting()
        let packet = Self.packet(marker: 3)
        #expect(harness.receive(packet) == .deliver(0..<60))
        #expect(harness.delivered == [packet])
        var symmetric = Harness()
        let elsewhere = endpoint("203.0.113.20:61000")
        symmetric.transmit(Harness.packet())
        symmetric.answer(from: elsewhere)
        #expect(symmetric.receive(packet, from: elsewhere) == .deliver(0..<60))
    }

    @Test("Y3: a datagram's trailers stay behind")
    func trailers() {
        var harness = Harness.trusting()
        #expect(harness.receive(Self.packet() + Samples.nonceTrailer) == .deliver(0..<60))
    }

    @Test("Y4, SEC-10: a mismatching endpoint is dropped and changes no entry")
    func mismatch() {
        var harness = Harness.trusting()
        for source in [endpoint("203.0.113.20:5001"), endpoint("203.0.113.21:5000")] {
            #expect(harness.receive(Self.packet(), from: source) == .drop(.endpointMismatch))
            let bubble = Packets.bubble(from: Harness.client.ipv6, to: Harness.own)
            #expect(harness.receive(bubble, from: source) == .drop(.endpointMismatch))
        }
        #expect(harness.transmit(Harness.packet()) == .forward(to: Harness.client.mappedEndpoint))
        #expect(harness.delivered.isEmpty && harness.relay.peerCount == 1)
        harness.advance(.seconds(30))
        #expect(harness.transmit(Harness.packet()) == .consumed, "a mismatch does not even prolong the validity")
    }

    @Test("Y4: an untrusted client is accepted from its embedded endpoint")
    func embedded() {
        var harness = Harness()
        harness.transmit(Harness.packet())
        #expect(harness.receive(Self.packet()) == .deliver(0..<60))
        #expect(harness.relay.trustedPeerCount == 1)
    }

    @Test("Y5: the answer to a keyed bubble is accepted from any endpoint, and packets go there")
    func keyedBubble() {
        var harness = Harness()
        let elsewhere = endpoint("203.0.113.20:61000")
        harness.transmit(Harness.packet(marker: 1))
        #expect(harness.answer(from: elsewhere) == .consumed)
        #expect(harness.data.map(\.to) == [elsewhere])
        #expect(harness.transmit(Harness.packet(marker: 2)) == .forward(to: elsewhere))
    }

    @Test("Y5, SEC-11: a key obtained for one client proves no other; only bubbles prove; the switch turns it off")
    func keyForAnother() {
        var harness = Harness()
        let elsewhere = endpoint("203.0.113.20:61000")
        let victim = Packets.peer(ipv4("203.0.113.40"))
        harness.transmit(Harness.packet(to: victim.ipv6))
        harness.transmit(Harness.packet())
        // The last bubble was for the client: its key says nothing about the victim.
        #expect(harness.answer(victim, from: elsewhere) == .drop(.endpointMismatch))
        let key = harness.bubbles.last?.datagram?.header.source ?? .unspecified
        #expect(harness.receive(Self.packet(to: key), from: elsewhere) == .drop(.endpointMismatch))
        var plain = Harness { $0.usesKeyedBubbles = false }
        plain.transmit(Harness.packet())
        #expect(plain.answer(from: elsewhere) == .drop(.endpointMismatch))
        #expect(harness.relay.trustedPeerCount == 0 && plain.relay.trustedPeerCount == 0)
    }

    @Test(
        "Y5, SEC-34, V14: a keyed bubble moves no client to where nothing may be sent",
        arguments: [
            "10.0.0.5:7", "127.0.0.1:7", "192.168.1.255:7", "240.0.0.1:7", "203.0.113.9:7", "203.0.113.127:7",
        ]
    )
    func keyedFromForbidden(source: String) {
        var harness = Harness()
        harness.relay.setOwnAddresses(
            ipv6: [Harness.own],
            ipv4: [Harness.address],
            subnets: [IPv4Prefix(Harness.address, length: 25)]
        )
        harness.transmit(Harness.packet())
        #expect(harness.answer(from: endpoint(source)) == .drop(.endpointMismatch))
        #expect(harness.relay.trustedPeerCount == 0 && harness.data.isEmpty)
    }

    @Test("Y6: data of a client that nothing was sent to passes from its embedded endpoint, and opens the way back")
    func unknown() {
        var harness = Harness()
        let packet = Self.packet(marker: 3)
        #expect(harness.receive(packet) == .deliver(0..<60))
        #expect(harness.delivered == [packet] && harness.sent.isEmpty)
        #expect(harness.transmit(Harness.packet()) == .forward(to: Harness.client.mappedEndpoint))
    }

    @Test("Y6: no client is remembered for its bubbles, or for data that goes nowhere or comes from a forbidden place")
    func unwanted() {
        var harness = Harness()
        let bubble = Packets.bubble(from: Harness.client.ipv6, to: Harness.own)
        #expect(harness.receive(bubble) == .drop(.unknownPeer))
        let discovery = ServerHarness.icmpv6(type: 134, from: Harness.client.ipv6, to: Harness.host)
        let away = [ipv6("2400:2::1"), ipv6("ff0e::1"), ipv6("fe80::1"), Packets.peer(port: 6000).ipv6]
        for packet in away.map({ Self.packet(to: $0) }) + [discovery] {
            #expect(harness.receive(packet) == .drop(.unknownPeer))
            #expect(harness.receive(packet, from: endpoint("203.0.113.20:61000")) == .drop(.endpointMismatch))
        }
        for (client, reason): (TeredoAddress, DropReason) in [
            (Packets.peer(Harness.address), .forbiddenEndpoint), (Packets.peer(ipv4("10.0.0.1")), .forbiddenEndpoint),
            (Packets.peer(server: Harness.address), .unknownPeer),
            (Packets.peer(server: ipv4("10.0.0.1")), .unknownPeer),
        ] {
            let packet = Self.packet(from: client.ipv6)
            #expect(harness.receive(packet, from: client.mappedEndpoint) == .drop(reason))
            #expect(harness.receive(packet, from: endpoint("203.0.113.20:61000")) == .drop(.endpointMismatch))
        }
        #expect(harness.receive(Self.packet(), from: endpoint("10.0.0.9:61000")) == .drop(.endpointMismatch))
        #expect(harness.relay.peerCount == 0 && harness.sent.isEmpty && harness.delivered.isEmpty)
    }

    @Test("Y6, Y5: data from elsewhere is not let in, but its client is asked where it is and answers from there")
    func unknownElsewhere() throws {
        var harness = Harness()
        let elsewhere = endpoint("203.0.113.20:61000")
        #expect(harness.receive(Self.packet(), from: elsewhere) == .drop(.endpointMismatch))
        #expect(harness.sent.map(\.to) == [Harness.server] && harness.bubbles.count == 1)
        #expect(harness.relay.trustedPeerCount == 0)
        #expect(harness.answer(from: elsewhere) == .consumed)
        #expect(harness.receive(Self.packet(), from: elsewhere) == .deliver(0..<60))
        #expect(harness.transmit(Harness.packet()) == .forward(to: elsewhere))
    }

    @Test("Y4, Y5: a client whose mapping changed while it sends is asked where it is, 2 s after it was heard")
    func remapped() {
        var harness = Harness.trusting()
        let elsewhere = endpoint("203.0.113.20:61000")
        #expect(harness.receive(Self.packet(), from: elsewhere) == .drop(.endpointMismatch))
        #expect(harness.sent.isEmpty, "it was heard this moment where it is")
        harness.advance(.seconds(2))
        #expect(harness.receive(Self.packet(), from: elsewhere) == .drop(.endpointMismatch))
        #expect(harness.bubbles.map(\.to) == [Harness.server])
        #expect(harness.answer(from: elsewhere) == .consumed)
        #expect(harness.transmit(Harness.packet()) == .forward(to: elsewhere))
    }

    @Test("SEC-45, SEC-33: data from elsewhere draws fewer octets than it has, four bubbles 2 s apart and then pauses")
    func noReflection() {
        var harness = Harness { $0.isBehindNAT = true }
        let elsewhere = endpoint("203.0.113.20:61000")
        var octets = 0
        for _ in 0..<3000 {
            let packet = Packets.udp(from: Harness.client.ipv6, to: Harness.host, length: 0)
            harness.receive(packet, from: elsewhere)
            octets += packet.count + 28
            #expect(harness.sent.reduce(0) { $0 + $1.bytes.count + 28 } <= octets)
            harness.advance(.milliseconds(100))
        }
        #expect(harness.sent.allSatisfy { $0.to == Harness.server })
        let times = harness.bubbles.map(\.at)
        #expect(times.prefix(5) == [.zero, .seconds(2), .seconds(4), .seconds(6), .seconds(16)] && times.count < 16)
        harness.forget()
        harness.advance(.seconds(100))
        #expect(harness.sent.isEmpty, "no bubble goes by itself")
        var silent = Harness { $0.usesKeyedBubbles = false }
        silent.receive(Self.packet(), from: elsewhere)
        #expect(silent.sent.isEmpty, "without keyed bubbles there is no answer that could prove anything")
    }

    @Test("Y6, SEC-31: clients that send are let in at the rate of new ones, beside those that are sent to")
    func manySenders() {
        var harness = Harness { $0.newPeersPerSecond = 10 }
        func client(_ number: Int) -> TeredoAddress { Packets.peer(ipv4("203.0.113.21"), port: UInt16(1000 + number)) }
        let verdicts = (0..<100).map { number in
            harness.receive(Self.packet(from: client(number).ipv6), from: client(number).mappedEndpoint)
        }
        #expect(verdicts.count { $0 == .deliver(0..<60) } == 10)
        #expect(verdicts.count { $0 == .drop(.peerTableFull) } == 90)
        for number in 100..<200 {
            harness.receive(Self.packet(from: client(number).ipv6), from: endpoint("203.0.113.20:61000"))
        }
        #expect(harness.relay.peerCount == 15 && harness.bubbles.count == 5, "another address has a share of its own")
        harness.forget()
        #expect(harness.transmit(Harness.packet()) == .consumed)
        harness.advance(.seconds(1))
        for number in 200..<300 {
            harness.receive(Self.packet(from: client(number).ipv6), from: endpoint("203.0.113.20:61000"))
        }
        #expect(harness.bubbles.count == 1 + 7)
    }

    @Test("Y6, SEC-30: clients that send evict none with traffic, and leave the share of those without proof alone")
    func sendersInFullTable() {
        var harness = Harness {
            $0.peerLimit = 100
            $0.newPeersPerSecond = 1000
        }
        func client(_ number: Int) -> TeredoAddress { RelayStrangerTests.client(number) }
        for number in 0..<200 {
            harness.receive(Self.packet(from: client(number).ipv6), from: client(number).mappedEndpoint)
        }
        #expect(harness.relay.trustedPeerCount == 75 && harness.relay.peerCount == 75)
        #expect(harness.transmit(Harness.packet(to: client(0).ipv6)) == .forward(to: client(0).mappedEndpoint))
        #expect(harness.transmit(Harness.packet()) == .consumed)
        harness.advance(.seconds(31))
        let last = client(199)
        #expect(harness.receive(Self.packet(from: last.ipv6), from: last.mappedEndpoint) == .deliver(0..<60))
        #expect(harness.relay.trustedPeerCount == 75)
    }

    @Test("Y7: trust flushes the queue in order and ends the retries")
    func flush() {
        var harness = Harness()
        let packets = (0..<20).map { Harness.packet(marker: UInt8($0)) }
        for packet in packets { #expect(harness.transmit(packet) == .consumed) }
        harness.answer()
        #expect(harness.data.map(\.bytes) == packets)
        #expect(harness.data.allSatisfy { $0.to == Harness.client.mappedEndpoint })
        #expect(harness.relay.queuedOctets == 0)
        harness.forget()
        harness.advance(.seconds(20))
        #expect(harness.sent.isEmpty && harness.delivered.isEmpty)
    }

    @Test("Y7: an answer clears the record of bubbles")
    func answerClears() {
        var harness = Harness()
        for _ in 0..<12 {
            #expect(harness.transmit(Harness.packet()) == .consumed)
            harness.answer()
            harness.advance(.seconds(30))
        }
        #expect(harness.bubbles.count == 12)
    }

    @Test("Y8: bubbles end here")
    func bubbles() {
        var harness = Harness.trusting()
        for destination in [Harness.own, Harness.host, ipv6("fe80::1")] {
            #expect(harness.receive(Packets.bubble(from: Harness.client.ipv6, to: destination)) == .consumed)
        }
        #expect(harness.delivered.isEmpty && harness.sent.isEmpty)
    }

    @Test(
        "Y9: destinations without a place on the IPv6 side are dropped",
        arguments: [
            ("ff02::1", DropReason.multicastDestination), ("ff0e::1", .multicastDestination),
            ("fe80::1", .localDestination), ("fec0::1", .localDestination), ("::1", .localDestination),
            ("::", .localDestination), ("::ffff:192.0.2.7", .localDestination), ("::192.0.2.7", .localDestination),
        ]
    )
    func localDestinations(text: String, reason: DropReason) {
        var harness = Harness.trusting { $0.kind = .router(servedPrefixes: []) }
        #expect(harness.receive(Self.packet(to: ipv6(text))) == .drop(reason))
        #expect(harness.delivered.isEmpty)
    }

    @Test("Y10, SEC-53: a Teredo destination never comes out of a relay")
    func teredoDestination() {
        var harness = Harness.trusting { $0.kind = .router(servedPrefixes: []) }
        let packet = Self.packet(to: Packets.peer(ipv4("198.51.100.77")).ipv6)
        #expect(harness.receive(packet) == .drop(.teredoToTeredo))
    }

    @Test(
        "Y11, SEC-54: destinations in another tunnel that ends here or nowhere are dropped",
        arguments: [
            "2002:cb00:7109::1", "2002:0a00:0001::1", "2002:c058:6301::1", "2002:7f00:0001::1",
            "2400:2::5efe:203.0.113.9", "2400:2::200:5efe:203.0.113.9",
        ]
    )
    func tunnelDestination(text: String) {
        var harness = Harness.trusting { $0.kind = .router(servedPrefixes: []) }
        #expect(harness.receive(Self.packet(to: ipv6(text))) == .drop(.foreignTunnelLoop))
        #expect(harness.receive(Self.packet(to: ipv6("2002:cb00:7132::1"))) == .deliver(0..<60))
    }

    @Test("Y12: what is outside the range served is dropped silently; a host-specific relay serves itself")
    func outsideRange() {
        var router = Harness.trusting()
        #expect(router.receive(Self.packet(to: ipv6("2400:2::1"))) == .drop(.outsideServedRange))
        var host = Harness(kind: .hostSpecific)
        host.transmit(Harness.packet(from: Harness.own))
        host.answer()
        host.forget()
        #expect(host.receive(Self.packet()) == .drop(.outsideServedRange))
        #expect(host.receive(Self.packet(to: Harness.own)) == .deliver(0..<60))
        #expect(router.sent.isEmpty && router.delivered.isEmpty && host.sent.isEmpty)
    }

    @Test("Y13, SEC-56: a router answers a used-up packet with time exceeded, through the tunnel", arguments: [0, 1])
    func usedUp(hopLimit: UInt8) throws {
        var harness = Harness.trusting()
        var packet = Self.packet()
        packet[7] = hopLimit
        #expect(harness.receive(packet) == .drop(.hopLimitExceeded))
        #expect(harness.delivered.isEmpty)
        let error = try #require(harness.sent.first)
        #expect(error.to == Harness.client.mappedEndpoint && Array(error.bytes[40..<42]) == [3, 0])
        #expect(error.datagram?.header.source == Harness.own)
        #expect(error.datagram?.header.destination == Harness.client.ipv6)
        packet[7] = 2
        #expect(harness.receive(packet) == .deliver(0..<60))
    }

    @Test("Y13: a packet for the relay itself has arrived, whatever its hop limit")
    func arrived() {
        var harness = Harness.trusting()
        var packet = Self.packet(to: Harness.own)
        packet[7] = 1
        #expect(harness.receive(packet) == .deliver(0..<60))
        #expect(harness.sent.isEmpty)
    }

    @Test("SEC-05, SEC-20: neither neighbour discovery nor source routing comes out of the tunnel")
    func dangerousPackets() {
        var harness = Harness.trusting()
        for type in 133...137 {
            let packet = ServerHarness.icmpv6(type: UInt8(type), from: Harness.client.ipv6, to: Harness.host)
            #expect(harness.receive(packet) == .drop(.neighborDiscovery))
        }
        var routed = Self.packet()
        routed[6] = 43
        routed.replaceSubrange(40..<44, with: [17, 0, 0, 1])
        #expect(harness.receive(routed) == .drop(.sourceRouting))
        #expect(harness.delivered.isEmpty)
    }

    @Test(
        "SEC-25, SEC-62: fragments and unknown protocols leave for a client as they are",
        arguments: [44, 50, 132, 253]
    )
    func sentUntouched(nextHeader: UInt8) {
        var harness = Harness.trusting()
        var packet = Harness.packet()
        packet[6] = nextHeader
        #expect(harness.transmit(packet) == .forward(to: Harness.client.mappedEndpoint))
    }

    @Test("SEC-25, SEC-62: fragments and unknown protocols come out as they went in", arguments: [44, 50, 132, 253])
    func untouched(nextHeader: UInt8) {
        var harness = Harness.trusting()
        var packet = Self.packet(marker: 0xA5)
        packet[1] = 0x31
        packet[6] = nextHeader
        #expect(harness.receive(packet) == .deliver(0..<60))
        #expect(harness.delivered == [packet])
    }
}
