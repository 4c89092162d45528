import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct ReceptionTests {
    @Test("R0: nothing but the answer to the solicitation is taken before qualification")
    func beforeQualification() {
        var harness = ClientHarness()
        harness.start()
        let peer = Packets.peer()
        let own = Packets.peer(ClientHarness.mapped.address).ipv6
        #expect(
            harness.receive(Packets.udp(from: peer.ipv6, to: own), from: peer.mappedEndpoint) == .drop(.notQualified)
        )
    }

    @Test("R0, SEC-05: no ICMPv6 type 133 to 137 reaches the host, whoever sends it", arguments: 133...137)
    func neighborDiscovery(type: UInt8) {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.receive(Packets.udp(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        harness.delivered = []
        var packet = Packets.udp(from: peer.ipv6, to: harness.own)
        packet[6] = 58
        packet[40] = type
        for source in [peer.mappedEndpoint, harness.server, ClientHarness.relay] {
            guard case .drop = harness.receive(packet, from: source) else {
                Issue.record("type \(type) from \(source) was not dropped")
                continue
            }
        }
        #expect(harness.delivered.isEmpty)
    }

    @Test("V1, SEC-37: malformed datagrams are dropped silently")
    func malformed() {
        var harness = ClientHarness.qualified()
        #expect(harness.receive([], from: harness.server) == .drop(.malformed))
        #expect(harness.receive([0x60, 0], from: harness.server) == .drop(.malformed))
    }

    @Test(
        "V2: multicast, broadcast, unspecified sources and port 0 are dropped",
        arguments: [
            "224.0.0.1:5", "255.255.255.255:5", "0.0.0.0:5", "203.0.113.5:0",
        ]
    )
    func invalidIPv4Source(text: String) throws {
        var harness = ClientHarness.qualified()
        let source = try #require(UDPEndpoint(text))
        #expect(
            harness.receive(Packets.udp(from: Packets.peer().ipv6, to: harness.own), from: source)
                == .drop(.invalidIPv4Source)
        )
    }

    @Test("V6, SEC-52: a packet for another address is discarded, never routed")
    func foreignDestination() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        let verdict = harness.receive(Packets.udp(from: peer.ipv6, to: ClientHarness.native), from: peer.mappedEndpoint)
        #expect(verdict == .drop(.foreignDestination))
        #expect(harness.sent.isEmpty)
    }

    @Test("V7: sources that no packet may have are dropped", arguments: ["ff02::1", "::", "::1", "::ffff:1.2.3.4"])
    func invalidSource(text: String) throws {
        var harness = ClientHarness.qualified()
        let source = try #require(IPv6Address(text))
        #expect(
            harness.receive(Packets.udp(from: source, to: harness.own), from: ClientHarness.relay)
                == .drop(.invalidSource)
        )
        #expect(
            harness.receive(Packets.udp(from: harness.own, to: harness.own), from: ClientHarness.relay)
                == .drop(.invalidSource)
        )
    }

    @Test("V8, R4: link-local sources never reach the host, but their bubbles through the server are answered first")
    func linkLocalSource() throws {
        var harness = ClientHarness.qualified()
        let source = try #require(IPv6Address("fe80::1"))
        #expect(
            harness.receive(Packets.udp(from: source, to: harness.own), from: ClientHarness.relay)
                == .drop(.linkLocalSource)
        )
        #expect(
            harness.receive(
                Packets.bubble(from: source, to: harness.own, origin: ClientHarness.relay),
                from: harness.server
            )
                == .consumed
        )
        #expect(harness.bubbles.count == 1)
    }

    @Test("V10: multicast destinations are dropped")
    func multicastDestination() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        #expect(
            harness.receive(Packets.udp(from: peer.ipv6, to: .allNodes), from: peer.mappedEndpoint)
                == .drop(.multicastDestination)
        )
    }

    @Test("V13: an origin indication from anybody but the client's own server is refused")
    func foreignOrigin() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        let bubble = Packets.bubble(from: peer.ipv6, to: harness.own, origin: peer.mappedEndpoint)
        for source in [
            peer.mappedEndpoint, UDPEndpoint(ClientHarness.primary, 3545), UDPEndpoint(ClientHarness.secondary, 3544),
        ] {
            #expect(harness.receive(bubble, from: source) == .drop(.foreignOrigin))
        }
        #expect(harness.sent.isEmpty && harness.client.peerCount == 0)
    }

    @Test("R2: an indirect bubble is answered with a direct one to the origin, destination the received source")
    func indirectBubble() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.receive(
            Packets.bubble(from: peer.ipv6, to: harness.own, origin: peer.mappedEndpoint),
            from: harness.server
        )
        #expect(harness.bubbles.map(\.to) == [peer.mappedEndpoint])
        #expect(harness.bubbles.last?.datagram?.header.source == harness.own)
        #expect(harness.bubbles.last?.datagram?.header.destination == peer.ipv6)
        #expect(harness.client.peerCount == 1)
    }

    @Test("R2: without an origin the embedded endpoint of a Teredo source serves; a native source has none")
    func missingOrigin() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: harness.server)
        #expect(harness.bubbles.map(\.to) == [peer.mappedEndpoint])
        #expect(
            harness.receive(Packets.bubble(from: ClientHarness.native, to: harness.own), from: harness.server)
                == .drop(.forbiddenEndpoint)
        )
    }

    @Test(
        "R2, V14, SEC-44: origins that are not global unicast are never answered",
        arguments: [
            "10.0.0.1:5", "127.0.0.1:5", "224.0.0.253:3544", "255.255.255.255:9", "192.168.1.5:4096", "203.0.113.5:0",
        ]
    )
    func forbiddenOrigin(text: String) throws {
        var harness = ClientHarness.qualified()
        let origin = try #require(UDPEndpoint(text))
        let bubble = Packets.bubble(from: ClientHarness.native, to: harness.own, origin: origin)
        #expect(harness.receive(bubble, from: harness.server) == .drop(.forbiddenEndpoint))
        #expect(harness.sent.isEmpty)
    }

    @Test("R2, SEC-45: one answer per peer in 2 s; a bubble a little early is answered when the 2 s are over")
    func answerPacing() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        let bubble = Packets.bubble(from: peer.ipv6, to: harness.own, origin: peer.mappedEndpoint)
        let start = harness.now
        harness.receive(bubble, from: harness.server)
        harness.advance(.seconds(1))
        #expect(harness.receive(bubble, from: harness.server) == .drop(.answerLimitReached))
        harness.advance(.milliseconds(950))
        #expect(harness.receive(bubble, from: harness.server) == .consumed)
        harness.advance(.seconds(1))
        #expect(harness.bubbles.map { $0.at - start } == [.zero, .seconds(2)])
    }

    @Test("R2, SEC-45: a bubble is a little early when it comes within 250 ms of the time, and no more")
    func earlyBubble() {
        for (age, isAnswered) in [(1749, false), (1750, true)] {
            var harness = ClientHarness.qualified()
            let peer = Packets.peer()
            let bubble = Packets.bubble(from: peer.ipv6, to: harness.own, origin: peer.mappedEndpoint)
            harness.receive(bubble, from: harness.server)
            harness.advance(.milliseconds(age))
            harness.receive(bubble, from: harness.server)
            harness.advance(.seconds(1))
            #expect(harness.bubbles.count == (isAnswered ? 2 : 1), "\(age) ms")
        }
    }

    @Test("R3, SEC-43: a host whose test failed is tested again after 30 s, whatever the server relays of it meanwhile")
    func quietHost() {
        var harness = ClientHarness.qualified { $0.refreshInterval = .seconds(3600) }
        let request = EchoMessage(
            kind: .request,
            source: ClientHarness.native,
            destination: harness.own,
            identifier: 1,
            sequenceNumber: 1,
            data: [1, 2]
        )
        let bytes =
            [UInt8](capacity: 8) { OriginIndication(ClientHarness.relay).encode(into: &$0) } + Packets.echo(request)
        harness.receive(bytes, from: harness.server)
        harness.advance(.seconds(10))
        #expect(harness.echoes.count == 4)
        harness.receive(bytes, from: harness.server)
        harness.advance(.seconds(10))
        #expect(harness.echoes.count == 4)
        harness.advance(.seconds(20))
        harness.receive(bytes, from: harness.server)
        #expect(harness.echoes.count == 5)
    }

    @Test("SEC-43: packets of strangers draw ten tests at once, and five a second with all repeats")
    func strangersTests() {
        var harness = ClientHarness.qualified { $0.refreshInterval = .seconds(3600) }
        for number in 0..<500 {
            let host = IPv6Address(rawValue: ClientHarness.native.rawValue + UInt128(number))
            let relay = UDPEndpoint(IPv4Address(9, UInt8(number >> 8), UInt8(number & 0xFF), 9), 3545)
            harness.receive(Packets.udp(from: host, to: harness.own), from: relay)
            harness.advance(.milliseconds(20))
        }
        #expect((59...61).contains(harness.echoes.count), "\(harness.echoes.count)")
    }

    @Test("SEC-44: answers to all peers together are capped")
    func answerCap() {
        var harness = ClientHarness.qualified()
        for port in 1...200 {
            let origin = UDPEndpoint(IPv4Address(9, 0, UInt8(port), 99), UInt16(port))
            harness.receive(
                Packets.bubble(from: ClientHarness.native, to: harness.own, origin: origin),
                from: harness.server
            )
        }
        #expect(harness.bubbles.count == 50)
        #expect(harness.client.counters.drops[.answerLimitReached] == 150)
    }

    @Test("R3: a packet that the server relays opens the NAT towards its origin and tests the path")
    func relayedPacket() {
        var harness = ClientHarness.qualified()
        var bytes = [UInt8](capacity: 200) { OriginIndication(ClientHarness.relay).encode(into: &$0) }
        let request = EchoMessage(
            kind: .request,
            source: ClientHarness.native,
            destination: harness.own,
            identifier: 1,
            sequenceNumber: 1,
            data: [1, 2]
        )
        bytes += Packets.echo(request)
        harness.receive(bytes, from: harness.server)
        #expect(harness.bubbles.map(\.to) == [ClientHarness.relay])
        #expect(harness.echoes.first?.echo?.destination == ClientHarness.native)
    }

    @Test(
        "R5, V4, SEC-35: discovery bubbles count only on the group, from one's own link, well formed, and make no trust"
    )
    func discovery() {
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        let peer = Packets.peer(ClientHarness.mapped.address, port: 5000)
        let local = UDPEndpoint(IPv4Address(192, 168, 1, 77), 5000)
        let bubble = Packets.bubble(from: peer.ipv6, to: .allNodes)
        #expect(harness.receive(bubble, from: local, on: .service) == .drop(.multicastDestination))
        #expect(
            harness.discover(bubble, from: UDPEndpoint(IPv4Address(192, 168, 2, 77), 5000))
                == .drop(.invalidDiscovery)
        )
        #expect(
            harness.discover(Packets.bubble(from: ClientHarness.native, to: .allNodes), from: local)
                == .drop(.invalidDiscovery)
        )
        #expect(
            harness.discover(Packets.udp(from: peer.ipv6, to: .allNodes), from: local)
                == .drop(.invalidDiscovery)
        )
        #expect(
            harness.discover(Packets.bubble(from: peer.ipv6, to: harness.own), from: local)
                == .drop(.invalidDiscovery)
        )
        #expect(
            harness.discover(Packets.bubble(from: Packets.peer().ipv6, to: .allNodes), from: local)
                == .drop(.invalidDiscovery)
        )
        #expect(
            harness.discover(Packets.bubble(from: harness.own, to: .allNodes), from: local)
                == .drop(.invalidSource)
        )
        #expect(harness.client.peerCount == 0 && harness.bubbles.isEmpty)
        #expect(harness.discover(bubble, from: local) == .consumed)
        #expect(harness.bubbles.map(\.to) == [local])
        #expect(harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6)) == .consumed, "not trusted yet")
    }

    @Test("R5: tested before R6, a trusted neighbour is answered too")
    func discoveryOfTrusted() {
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        let peer = Packets.peer(ClientHarness.mapped.address, port: 5000)
        let local = UDPEndpoint(IPv4Address(192, 168, 1, 77), 5000)
        let bubble = Packets.bubble(from: peer.ipv6, to: .allNodes)
        harness.discover(bubble, from: local)
        harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: local)
        harness.advance(.seconds(3))
        harness.forget()
        harness.discover(bubble, from: local)
        #expect(harness.bubbles.map(\.to) == [local])
    }

    @Test("R6: data from where a trusted peer was heard is delivered as it is, trailers cut off; bubbles end here")
    func trustedData() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        let packet = Packets.udp(from: peer.ipv6, to: harness.own)
        #expect(harness.receive(packet + [1, 2, 3], from: peer.mappedEndpoint) == .deliver(0..<60))
        #expect(
            harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint) == .consumed
        )
        #expect(harness.delivered == [packet])
        #expect(harness.bubbles.isEmpty, "SEC-55: direct bubbles are never answered")
    }

    @Test("SEC-20: routing headers of type 0 or with segments left are discarded")
    func sourceRouting() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        for (type, left) in [(0, 0), (4, 1)] as [(UInt8, UInt8)] {
            var packet = Packets.udp(from: peer.ipv6, to: harness.own)
            packet[6] = 43
            packet.replaceSubrange(40..<44, with: [59, 0, type, left])
            #expect(harness.receive(packet, from: peer.mappedEndpoint) == .drop(.sourceRouting))
        }
    }

    @Test(
        "SEC-25, SEC-62: every next header passes between peers, inner fragments too",
        arguments: [0, 6, 17, 44, 50, 51, 60, 132] as [UInt8]
    )
    func anyProtocol(next: UInt8) {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        var packet = Packets.udp(from: peer.ipv6, to: harness.own)
        packet[6] = next
        #expect(harness.receive(packet, from: peer.mappedEndpoint) == .deliver(0..<60))
    }

    @Test("SEC-43: packets of strangers that the server relays draw no more than ten tests at once either")
    func relayedStrangers() {
        var harness = ClientHarness.qualified()
        for number in 0..<100 as Range<UInt64> {
            let host = IPv6Address(high: 0x2A00_0000_0000_0000, low: number + 1)
            let packet = Packets.udp(from: host, to: harness.own)
            let relayed = [UInt8](capacity: 8 + packet.count) { output in
                OriginIndication(ClientHarness.relay).encode(into: &output)
                output.append(copying: packet.span)
            }
            harness.receive(relayed, from: harness.server)
        }
        #expect((1...10).contains(harness.echoes.count), "\(harness.echoes.count)")
        #expect((1...50).contains(harness.bubbles.count), "\(harness.bubbles.count)")
    }

    @Test("SEC-30: 100,000 spoofed sources neither pass the bound nor evict a peer with traffic in the last 30 s")
    func floodOfPeers() {
        var harness = ClientHarness.qualified { $0.peerLimit = 256 }
        let friend = Packets.peer(port: 4444)
        harness.receive(Packets.udp(from: friend.ipv6, to: harness.own), from: friend.mappedEndpoint)
        var packet = Packets.udp(from: friend.ipv6, to: harness.own)
        for index in 0..<100_000 {
            let spoofed = Packets.peer(IPv4Address(rawValue: 0x0800_0000 + UInt32(index)), port: 7)
            packet.replaceSubrange(8..<24, with: [UInt8](capacity: 16) { $0.append(spoofed.ipv6) })
            _ = harness.client.handleDatagram(packet.span, from: spoofed.mappedEndpoint, on: .service, now: harness.now)
        }
        #expect(harness.client.peerCount <= 256)
        #expect(
            harness.transmit(Packets.udp(from: harness.own, to: friend.ipv6)) == .forward(to: friend.mappedEndpoint)
        )
    }

    @Test("SEC-46: an echoed copy of a packet of ours produces nothing")
    func echoed() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6))
        let copies = harness.sent
        harness.forget()
        for copy in copies { harness.receive(copy.bytes, from: copy.to) }
        #expect(harness.sent.isEmpty && harness.delivered.isEmpty)
    }

    @Test("SEC-37: random and mutated datagrams never trap and never make the client send more than its caps")
    func fuzz() {
        var generator = SplitMix64(seed: 42)
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        let peer = Packets.peer()
        let samples = [
            Packets.udp(from: peer.ipv6, to: harness.own),
            Packets.bubble(from: peer.ipv6, to: harness.own, origin: peer.mappedEndpoint),
            Packets.bubble(from: peer.ipv6, to: .allNodes),
            Packets.echo(
                EchoMessage(
                    kind: .reply,
                    source: ClientHarness.native,
                    destination: harness.own,
                    identifier: 1,
                    sequenceNumber: 1,
                    data: [1, 2, 3]
                )
            ),
            [0, 1, 0, 0] + [UInt8](repeating: 7, count: 9)
                + Packets.bubble(from: peer.ipv6, to: harness.own, origin: peer.mappedEndpoint),
        ]
        let sources = [peer.mappedEndpoint, harness.server, ClientHarness.relay]
        for _ in 0..<20_000 {
            var bytes = samples[Int.random(in: 0..<samples.count, using: &generator)]
            for _ in 0..<Int.random(in: 0...4, using: &generator) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            bytes.removeLast(Int.random(in: 0...min(8, bytes.count), using: &generator))
            let port = [LocalPort.service, .secondary, nil][Int.random(in: 0..<3, using: &generator)]
            let source = sources[Int.random(in: 0..<3, using: &generator)]
            guard let port else {
                harness.discover(bytes, from: source)
                continue
            }
            harness.receive(bytes, from: source, on: port)
        }
        #expect(harness.bubbles.count + harness.echoes.count < 400)
    }
}
