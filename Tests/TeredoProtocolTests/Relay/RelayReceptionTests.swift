import TeredoProtocol
import TeredoWire
import Testing

@Suite struct RelayReceptionTests {
    private let client = Packets.peer()

    @Test("Y1, V1: malformed datagrams and indications of any kind are dropped; SEC-37: 50,000 mutated ones never trap")
    func malformed() {
        var harness = RelayHarness.trusting(client)
        #expect(harness.receive([], from: client.mappedEndpoint) == .drop(.malformed))
        let bubble = Packets.bubble(from: client.ipv6, to: RelayHarness.own, origin: client.mappedEndpoint)
        #expect(harness.receive(bubble, from: client.mappedEndpoint) == .drop(.unexpectedIndication))
        let authenticated =
            [0, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0] + Packets.bubble(from: client.ipv6, to: RelayHarness.own)
        #expect(harness.receive(authenticated, from: client.mappedEndpoint) == .drop(.unexpectedIndication))
        var generator = TestGenerator(seed: 4)
        let sample = Packets.udp(from: client.ipv6, to: RelayHarness.native)
        for _ in 0..<50_000 {
            var bytes = sample
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            bytes.removeLast(Int.random(in: 0...3, using: &generator))
            _ = harness.relay.handleDatagram(bytes.span, from: client.mappedEndpoint, now: harness.now)
            _ = harness.relay.handlePacket(bytes.span, now: harness.now)
        }
        #expect(harness.relay.peerCount <= 200)
    }

    @Test(
        "V2: unusable IPv4 sources are dropped",
        arguments: ["224.0.0.1:5", "255.255.255.255:5", "0.0.0.0:5", "203.0.113.20:0"]
    )
    func invalidIPv4Source(text: String) throws {
        var harness = RelayHarness.trusting(client)
        let source = try #require(UDPEndpoint(text))
        #expect(
            harness.receive(Packets.udp(from: client.ipv6, to: RelayHarness.native), from: source)
                == .drop(.invalidIPv4Source)
        )
    }

    @Test("Y2: sources outside 2001::/32 are dropped")
    func notTeredo() {
        var harness = RelayHarness.trusting(client)
        let packet = Packets.udp(from: RelayHarness.native, to: RelayHarness.own)
        #expect(harness.receive(packet, from: client.mappedEndpoint) == .drop(.notTeredo))
    }

    @Test("Y3, Y7: data of a trusted client is handed on as it is; trailers are cut off")
    func trusted() {
        var harness = RelayHarness.trusting(client)
        let packet = Packets.udp(from: client.ipv6, to: RelayHarness.native)
        #expect(harness.receive(packet + [9, 9], from: client.mappedEndpoint) == .deliver(0..<60))
    }

    @Test("Y4, V9, SEC-10: a source at another endpoint than its embedded one is dropped, also when it is known")
    func mismatch() {
        var harness = RelayHarness.trusting(client)
        let attacker = UDPEndpoint(IPv4Address(203, 0, 113, 66), 666)
        for bytes in [
            Packets.udp(from: client.ipv6, to: RelayHarness.native),
            Packets.bubble(from: client.ipv6, to: RelayHarness.own),
        ] {
            #expect(harness.receive(bytes, from: attacker) == .drop(.endpointMismatch))
        }
        #expect(
            harness.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6))
                == .forward(to: client.mappedEndpoint)
        )
    }

    @Test("Y5, SEC-11: a bubble to the keyed address proves its sender at any port, but nobody else")
    func keyed() throws {
        var harness = RelayHarness()
        let packet = Packets.udp(from: RelayHarness.native, to: client.ipv6)
        harness.transmit(packet)
        let other = Packets.peer(port: 5001)
        harness.transmit(Packets.udp(from: RelayHarness.native, to: other.ipv6))
        let keyed = try #require(harness.bubbles.first?.datagram?.header.source)
        let elsewhere = UDPEndpoint(client.mappedEndpoint.address, 61_000)
        #expect(
            harness.receive(Packets.bubble(from: other.ipv6, to: keyed), from: elsewhere) == .drop(.endpointMismatch)
        )
        harness.sent = []
        #expect(harness.receive(Packets.bubble(from: client.ipv6, to: keyed), from: elsewhere) == .consumed)
        #expect(harness.sent.map(\.to) == [elsewhere])
        #expect(
            harness.receive(Packets.udp(from: client.ipv6, to: RelayHarness.native), from: elsewhere)
                == .deliver(0..<60)
        )
    }

    @Test("Y6: nothing is taken from clients that nothing was sent to, and no entry is made")
    func unknown() {
        var harness = RelayHarness()
        let packet = Packets.udp(from: client.ipv6, to: RelayHarness.native)
        #expect(harness.receive(packet, from: client.mappedEndpoint) == .drop(.unknownPeer))
        #expect(harness.relay.peerCount == 0)
    }

    @Test("Y8, SEC-55: bubbles end at the relay and are never answered")
    func bubbles() {
        var harness = RelayHarness.trusting(client)
        #expect(
            harness.receive(Packets.bubble(from: client.ipv6, to: RelayHarness.native), from: client.mappedEndpoint)
                == .consumed
        )
        #expect(harness.sent.isEmpty && harness.delivered.isEmpty)
    }

    @Test(
        "Y9: multicast and local destinations are dropped",
        arguments: ["ff02::1", "fe80::1", "fec0::1", "::1", "::"]
    )
    func localDestination(text: String) throws {
        var harness = RelayHarness.trusting(client)
        let destination = try #require(IPv6Address(text))
        guard case .drop = harness.receive(Packets.udp(from: client.ipv6, to: destination), from: client.mappedEndpoint)
        else {
            Issue.record("delivered")
            return
        }
    }

    @Test("Y10, SEC-53: Teredo destinations are dropped")
    func teredoDestination() {
        var harness = RelayHarness.trusting(client)
        let packet = Packets.udp(from: client.ipv6, to: Packets.peer(port: 9).ipv6)
        #expect(harness.receive(packet, from: client.mappedEndpoint) == .drop(.teredoToTeredo))
    }

    @Test("Y11, SEC-54: destinations in other tunnels that end here or nowhere are dropped")
    func otherTunnels() {
        var harness = RelayHarness.trusting(client)
        func sixToFour(_ address: IPv4Address) -> IPv6Address {
            IPv6Address(rawValue: 0x2002 << 112 | UInt128(address.rawValue) << 80 | 1)
        }
        let isatap = IPv6Address(
            high: 0x2400_0001 << 32,
            low: 0x0200_5EFE << 32 | UInt64(RelayHarness.ownIPv4.rawValue)
        )
        for destination in [sixToFour(RelayHarness.ownIPv4), sixToFour(IPv4Address(10, 0, 0, 1)), isatap] {
            let packet = Packets.udp(from: client.ipv6, to: destination)
            #expect(harness.receive(packet, from: client.mappedEndpoint) == .drop(.foreignTunnelLoop))
        }
        let fine = Packets.udp(from: client.ipv6, to: sixToFour(IPv4Address(203, 0, 113, 9)))
        #expect(harness.receive(fine, from: client.mappedEndpoint) == .deliver(0..<60))
    }

    @Test("Y12: destinations outside the served range are dropped; a host serves itself only")
    func served() throws {
        let prefix = try #require(IPv6Prefix("2400:1::/64"))
        let outside = Packets.udp(from: client.ipv6, to: IPv6Address(high: 0x2400_0002 << 32, low: 1))
        var router = RelayHarness.trusting(client) { $0.kind = .router(servedPrefixes: [prefix]) }
        #expect(router.receive(outside, from: client.mappedEndpoint) == .drop(.outsideServedRange))
        var host = RelayHarness(kind: .hostSpecific)
        host.transmit(Packets.udp(from: RelayHarness.own, to: client.ipv6))
        #expect(
            host.receive(Packets.udp(from: client.ipv6, to: RelayHarness.native), from: client.mappedEndpoint)
                == .drop(.outsideServedRange)
        )
        #expect(
            host.receive(Packets.udp(from: client.ipv6, to: RelayHarness.own), from: client.mappedEndpoint)
                == .deliver(0..<60)
        )
    }

    @Test(
        "Y13, SEC-56: a used-up hop limit is answered with time exceeded through the tunnel, unless the relay is the goal"
    )
    func hopLimit() {
        var harness = RelayHarness.trusting(client)
        var packet = Packets.udp(from: client.ipv6, to: RelayHarness.native)
        packet[7] = 1
        #expect(harness.receive(packet, from: client.mappedEndpoint) == .drop(.hopLimitExceeded))
        #expect(harness.sent.first?.to == client.mappedEndpoint)
        #expect(harness.sent.first?.bytes[40] == 3)
        var own = Packets.udp(from: client.ipv6, to: RelayHarness.own)
        own[7] = 1
        #expect(harness.receive(own, from: client.mappedEndpoint) == .deliver(0..<60))
    }

    @Test("SEC-05: neighbour discovery never passes", arguments: 133...137)
    func neighborDiscovery(type: UInt8) {
        var harness = RelayHarness.trusting(client)
        var packet = Packets.udp(from: client.ipv6, to: RelayHarness.native)
        packet[6] = 58
        packet[40] = type
        #expect(harness.receive(packet, from: client.mappedEndpoint) == .drop(.neighborDiscovery))
    }

    @Test("SEC-20: source routing is discarded")
    func sourceRouting() {
        var harness = RelayHarness.trusting(client)
        var packet = Packets.udp(from: client.ipv6, to: RelayHarness.native)
        packet[6] = 43
        packet.replaceSubrange(40..<44, with: [59, 0, 0, 1])
        #expect(harness.receive(packet, from: client.mappedEndpoint) == .drop(.sourceRouting))
    }

    @Test("SEC-46: an echoed copy of what the relay sent produces nothing")
    func echoed() {
        var harness = RelayHarness()
        harness.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6))
        let copies = harness.sent
        harness.sent = []
        for copy in copies { harness.receive(copy.bytes, from: copy.to) }
        #expect(harness.sent.isEmpty && harness.delivered.isEmpty)
    }
}
