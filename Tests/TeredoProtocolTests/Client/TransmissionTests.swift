import TeredoProtocol
import TeredoWire
import Testing

@Suite struct TransmissionTests {
    @Test("T-a: packets before qualification are dropped with address unreachable")
    func notQualified() {
        var harness = ClientHarness()
        harness.start()
        let source = IPv6Address(high: 0x2400 << 48, low: 1)
        #expect(harness.transmit(Packets.udp(from: source, to: ClientHarness.native)) == .drop(.notQualified))
        #expect(harness.delivered.first?[40] == 1 && harness.delivered.first?[41] == 3)
    }

    @Test(
        "T-b, T-c, V10: multicast and local destinations are dropped silently",
        arguments: [
            ("ff02::1", DropReason.multicastDestination), ("fe80::1", .localDestination),
            ("fec0::1", .localDestination),
            ("::1", .localDestination), ("::", .localDestination), ("::ffff:192.0.2.7", .localDestination),
        ]
    )
    func local(destination: String, reason: DropReason) throws {
        var harness = ClientHarness.qualified()
        let destination = try #require(IPv6Address(destination))
        #expect(harness.transmit(Packets.udp(from: harness.own, to: destination)) == .drop(reason))
        #expect(harness.sent.isEmpty && harness.delivered.isEmpty)
    }

    @Test("T-d: packets to the client's own address go back to the host, never to the wire")
    func loopback() {
        var harness = ClientHarness.qualified()
        let packet = Packets.udp(from: harness.own, to: harness.own)
        #expect(harness.transmit(packet) == .consumed)
        #expect(harness.delivered == [packet] && harness.sent.isEmpty)
    }

    @Test("T-e, SEC-60: another source than the client's own address is refused with administratively prohibited")
    func foreignSource() {
        var harness = ClientHarness.qualified()
        let source = IPv6Address(high: 0x2400 << 48, low: 1)
        #expect(harness.transmit(Packets.udp(from: source, to: ClientHarness.native)) == .drop(.foreignSource))
        #expect(harness.delivered.first?[40] == 1 && harness.delivered.first?[41] == 1)
    }

    @Test("T-f: packets above 1280 octets get packet too big with the MTU; 1280 passes")
    func tooBig() {
        var harness = ClientHarness.qualified()
        #expect(
            harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native, length: 1241)) == .drop(.tooBig)
        )
        #expect(harness.delivered.first?[40] == 2)
        #expect(harness.delivered.first?.count == 1280)
        #expect(harness.delivered.first.map { Array($0[44..<48]) } == [0, 0, 5, 0])
        #expect(harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native, length: 1240)) == .consumed)
    }

    @Test("T-g, SEC-52: a destination that embeds the client's own mapped endpoint is refused")
    func ownEndpoint() {
        var harness = ClientHarness.qualified()
        let twin = Packets.peer(ClientHarness.mapped.address, port: ClientHarness.mapped.port)
        #expect(harness.transmit(Packets.udp(from: harness.own, to: twin.ipv6)) == .drop(.ownEndpoint))
    }

    @Test("T-h: a destination whose server is not global unicast is dropped before an entry is made")
    func invalidServer() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer(server: IPv4Address(10, 0, 0, 1))
        #expect(harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6)) == .drop(.invalidServer))
        #expect(harness.client.peerCount == 0 && harness.sent.isEmpty && harness.delivered.isEmpty)
    }

    @Test("T1: a trusted peer that was heard within 30 s gets packets at its endpoint, later ones wait for bubbles")
    func trustedPeer() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.receive(Packets.udp(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        let packet = Packets.udp(from: harness.own, to: peer.ipv6)
        harness.advance(.milliseconds(29_999))
        #expect(harness.transmit(packet) == .forward(to: peer.mappedEndpoint))
        harness.advance(.milliseconds(1))
        #expect(harness.transmit(packet) == .consumed)
    }

    @Test("T2, SEC-07: a native destination is tested first; packets leave to the endpoint that returned the nonce")
    func nativeDestination() throws {
        var harness = ClientHarness.qualified()
        let packets = (0..<3).map { Packets.udp(from: harness.own, to: ClientHarness.native, marker: UInt8($0)) }
        for packet in packets { #expect(harness.transmit(packet) == .consumed) }
        #expect(harness.sent.count == 1)
        let request = try #require(harness.echoes.first?.echo)
        #expect(harness.echoes.first?.to == harness.server)
        #expect(request.source == harness.own && request.destination == ClientHarness.native)
        #expect(request.data.count >= 8)
        harness.sent = []
        #expect(harness.receive(Packets.echo(request.reply), from: ClientHarness.relay) == .consumed)
        #expect(harness.sent.map(\.bytes) == packets)
        #expect(harness.sent.allSatisfy { $0.to == ClientHarness.relay })
        #expect(harness.delivered.isEmpty)
    }

    @Test("T2: the test is repeated at 2, 4 and 6 s; at 8 s every packet is answered with address unreachable")
    func testRetries() {
        var harness = ClientHarness.qualified()
        let start = harness.now
        harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native))
        harness.advance(.milliseconds(7_999))
        #expect(harness.delivered.isEmpty)
        harness.advance(.milliseconds(1))
        #expect(harness.echoes.map { $0.at - start } == [0, 2, 4, 6].map { .seconds($0) })
        #expect(harness.delivered.count == 1)
        #expect(Set(harness.echoes.compactMap { $0.echo?.data }).count == 4, "a nonce is used once")
        #expect(harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native)) == .drop(.peerUnreachable))
        harness.advance(.seconds(30))
        #expect(harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native)) == .consumed)
    }

    @Test("T3: a neighbour gets a unicast bubble at its local endpoint and a multicast one; its answer opens the path")
    func neighbour() {
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        let peer = Packets.peer(ClientHarness.mapped.address, port: 5000)
        let local = UDPEndpoint(IPv4Address(192, 168, 1, 77), 5000)
        harness.discover(Packets.bubble(from: peer.ipv6, to: .allNodes), from: local)
        harness.advance(.seconds(3))
        harness.forget()
        let packet = Packets.udp(from: harness.own, to: peer.ipv6)
        #expect(harness.transmit(packet) == .consumed)
        #expect(harness.bubbles.map(\.to) == [local, UDPEndpoint(.teredoDiscovery, 3544)])
        harness.sent = []
        harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: local)
        #expect(harness.sent.map(\.to) == [local])
        #expect(harness.transmit(packet) == .forward(to: local), "T1 to a private address")
    }

    @Test("T3: the memory of a neighbour fades after 600 s")
    func forgottenNeighbour() {
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        let peer = Packets.peer(ClientHarness.mapped.address, port: 5000)
        let local = UDPEndpoint(IPv4Address(192, 168, 1, 77), 5000)
        harness.discover(Packets.bubble(from: peer.ipv6, to: .allNodes), from: local)
        for _ in 0..<121 {
            harness.advance(.seconds(5))
            if harness.solicitations.last != nil { harness.answer() }
            harness.sent = []
        }
        harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6))
        #expect(!harness.bubbles.contains { $0.to == local })
        #expect(harness.bubbles.contains { $0.to == peer.mappedEndpoint })
    }

    @Test("SEC-33, T4: the cone bit of a stranger draws no data unless somebody asked for it")
    func coneBitByDefault() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer(flags: 0x8000)
        #expect(harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6)) == .consumed)
        #expect(harness.sent.allSatisfy { $0.isBubble })
    }

    @Test("T4: the cone bit is ignored by default and honoured when asked", arguments: [false, true])
    func coneBit(honours: Bool) {
        var harness = ClientHarness.qualified { $0.honoursConeBit = honours }
        let peer = Packets.peer(flags: 0x8000)
        let verdict = harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6))
        #expect(verdict == (honours ? .forward(to: peer.mappedEndpoint) : .consumed))
        #expect(harness.bubbles.count == (honours ? 0 : 3))
    }

    @Test("T5: direct bubble first, then the indirect one through the peer's server; the queue leaves in order")
    func bubbles() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        let packets = (0..<20).map { Packets.udp(from: harness.own, to: peer.ipv6, marker: UInt8($0)) }
        for packet in packets { #expect(harness.transmit(packet) == .consumed) }
        let server = UDPEndpoint(peer.server, 3544)
        #expect(harness.sent.map(\.to) == [peer.mappedEndpoint, server, server])
        #expect(harness.bubbles[0].datagram?.header.source == harness.own)
        #expect(harness.bubbles[1].datagram?.header.source == harness.own)
        #expect(harness.bubbles[2].datagram?.header.source.isLinkLocal == true)
        harness.sent = []
        harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        #expect(harness.sent.map(\.bytes) == packets)
    }

    @Test("T5: without keyed bubbles the indirect one carries the client's own address too")
    func plainBubbles() {
        var harness = ClientHarness.qualified { $0.usesKeyedBubbles = false }
        harness.transmit(Packets.udp(from: harness.own, to: Packets.peer().ipv6))
        #expect(harness.bubbles.map { $0.datagram?.header.source } == [harness.own, harness.own])
    }

    @Test(
        "T5, AP12, V14, SEC-34: nothing leaves for a mapped address that is not global unicast",
        arguments: [
            "0.1.2.3", "10.9.9.9", "127.0.0.1", "169.254.1.1", "172.20.0.1", "192.88.99.1", "192.168.9.9",
            "224.0.0.253",
            "255.255.255.255", "100.64.1.1", "240.0.0.1", "192.168.1.255",
        ]
    )
    func forbiddenTargets(text: String) throws {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer(try #require(IPv4Address(text)))
        #expect(harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6)) == .drop(.forbiddenEndpoint))
        #expect(harness.sent.isEmpty && harness.client.peerCount == 0)
    }

    @Test("SEC-12: internal prefixes are treated as non-global")
    func internalPrefix() {
        let inner = IPv4Prefix(IPv4Address(203, 0, 113, 0), length: 24)
        var harness = ClientHarness.qualified { $0.filter.internalPrefixes = [inner] }
        let peer = Packets.peer()
        #expect(harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6)) == .drop(.forbiddenEndpoint))
        #expect(
            harness.receive(Packets.udp(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
                == .drop(.forbiddenEndpoint)
        )
        #expect(harness.client.peerCount == 0)
    }

    @Test("T-e, SEC-60: super-packets leave for a trusted peer from the client's own address only")
    func superPackets() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        func forward(_ source: IPv6Address) -> TransmissionVerdict? {
            let packet = Packets.udp(from: source, to: peer.ipv6)
            let now = harness.now
            return harness.client.forwardSegments(of: packet.span, segments: 2, longest: 100, octets: 200, now: now)
        }
        #expect(forward(harness.own) == .forward(to: peer.mappedEndpoint))
        #expect(forward(ClientHarness.native) == nil)
        #expect(forward(IPv6Address(rawValue: harness.own.rawValue ^ 1)) == nil)
    }

    @Test("SEC-32: what was held of a host is free again when the host goes")
    func heldOfWhoGoes() {
        var harness = ClientHarness.qualified()
        for _ in 0..<3 {
            harness.receive(Packets.udp(from: ClientHarness.native, to: harness.own), from: ClientHarness.relay)
        }
        #expect(harness.client.queuedOctets == 180 && harness.client.queuedPackets == 3)
        var configuration = ClientConfiguration()
        configuration.denied = DenyList(ipv6: [IPv6Prefix(ClientHarness.native, length: 128)])
        harness.client.adopt(configuration, now: harness.now)
        #expect(harness.client.queuedOctets == 0 && harness.client.queuedPackets == 0)
    }

    @Test("SEC-12: for a peer of an internal prefix local discovery vouches: it is reached where it was found")
    func internalNeighbor() {
        let inner = IPv4Prefix(IPv4Address(203, 0, 113, 0), length: 24)
        var harness = ClientHarness.qualified {
            $0.filter.internalPrefixes = [inner]
            $0.localDiscovery.isOn = true
            $0.localDiscovery.requiresSameMappedAddress = false
        }
        let peer = Packets.peer()
        let local = UDPEndpoint(IPv4Address(192, 168, 1, 77), 5000)
        harness.discover(Packets.bubble(from: peer.ipv6, to: .allNodes), from: local)
        harness.advance(.seconds(3))
        harness.sent = []
        #expect(harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6)) == .consumed)
        #expect(harness.bubbles.contains { $0.to == local })
        #expect(!harness.sent.contains { inner.contains($0.to.address) })
    }

    @Test(
        "SEC-25, SEC-62: every next header leaves for a peer as it is",
        arguments: [0, 6, 17, 44, 50, 51, 60, 132, 253]
    )
    func anyProtocol(next: UInt8) {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        var packet = Packets.udp(from: harness.own, to: peer.ipv6)
        packet[6] = next
        harness.sent = []
        #expect(harness.transmit(packet) == .forward(to: peer.mappedEndpoint))
        #expect(harness.sent.map(\.bytes) == [packet])
    }

    @Test(
        "T5, SEC-45: a silent peer gets bubbles at 0, 2, 4, 6 s, the host an error at 8 s, and at most 4 in 300 s over 600 s"
    )
    func pacing() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        let start = harness.now
        var errorAt: Duration?
        for _ in 0..<1200 {
            harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6))
            harness.advance(.milliseconds(500))
            if errorAt == nil, !harness.delivered.isEmpty { errorAt = harness.now - start }
            if !harness.solicitations.isEmpty { harness.answer() }
        }
        let direct = harness.bubbles.filter { $0.to == peer.mappedEndpoint }.map { $0.at - start }
        #expect(Array(direct.prefix(4)) == [0, 2, 4, 6].map { .seconds($0) })
        #expect(errorAt.map { $0 <= .seconds(9) } == true)
        for (index, time) in direct.enumerated() where index >= 4 {
            #expect(time - direct[index - 4] > .seconds(300))
        }
        #expect(direct.count == 8)
    }

    @Test("T1: a one-way flow asks the peer for a sign of life before the 30 s are over and does not stall")
    func oneWayFlow() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.receive(Packets.udp(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        let packet = Packets.udp(from: harness.own, to: peer.ipv6)
        for _ in 0..<600 {
            harness.advance(.milliseconds(100))
            #expect(harness.transmit(packet) == .forward(to: peer.mappedEndpoint))
            if harness.bubbles.contains(where: { $0.to == peer.mappedEndpoint }) {
                harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
                harness.sent = []
            }
            if !harness.solicitations.isEmpty {
                harness.answer()
                harness.sent = []
            }
        }
    }

    @Test("SEC-32: per-peer and total limits of the queues hold, and removal frees them")
    func queueLimits() {
        var harness = ClientHarness.qualified {
            $0.queueLimits = QueueLimits(packetsPerPeer: 3, octetsPerPeer: 1000, totalOctets: 400)
        }
        let peer = Packets.peer()
        let verdicts = (0..<4).map { _ in harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6)) }
        #expect(verdicts == [.consumed, .consumed, .consumed, .drop(.queueFull)])
        for port in 6000..<6010 {
            harness.transmit(Packets.udp(from: harness.own, to: Packets.peer(port: UInt16(port)).ipv6))
        }
        #expect(harness.client.queuedOctets <= 400)
        harness.advance(.seconds(10))
        #expect(harness.client.queuedOctets == 0)
    }

    @Test("SEC-47: at most ten errors per second, never about errors, multicast or bad sources")
    func errorLimit() {
        var harness = ClientHarness.qualified()
        for _ in 0..<100 { harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native, length: 1300)) }
        #expect(harness.delivered.count == 10)
        harness.advance(.seconds(1))
        for _ in 0..<100 { harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native, length: 1300)) }
        #expect(harness.delivered.count == 20)
    }

    @Test("SEC-32: what waits for one peer has 65,536 octets at most, however few packets that are")
    func octetsOfOnePeer() {
        var harness = ClientHarness.qualified()
        let packet = Packets.udp(from: harness.own, to: Packets.peer().ipv6, length: 1240)
        let verdicts = (0..<64).map { _ in harness.transmit(packet) }
        #expect(verdicts.count { $0 == .consumed } == 51 && verdicts.last == .drop(.queueFull))
        #expect(harness.client.queuedOctets == 51 * 1280)
    }
}
