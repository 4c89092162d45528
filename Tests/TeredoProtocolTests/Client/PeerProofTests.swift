import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// What makes a client believe that a datagram is from the peer that it names.
@Suite struct PeerProofTests {
    @Test("R7, SEC-08: an echo reply proves an endpoint only with the right nonce, source, destination and age")
    func echoReply() throws {
        var harness = ClientHarness.qualified()
        harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native))
        let request = try #require(harness.echoes.first?.echo)
        func reply(data: [UInt8], source: IPv6Address = ClientHarness.native) -> [UInt8] {
            Packets.echo(
                EchoMessage(
                    kind: .reply,
                    source: source,
                    destination: request.source,
                    identifier: request.identifier,
                    sequenceNumber: request.sequenceNumber,
                    data: data
                )
            )
        }
        var wrong = request.data
        wrong[3] ^= 1
        harness.sent = []
        harness.receive(reply(data: wrong), from: ClientHarness.relay)
        harness.receive(
            reply(data: request.data, source: IPv6Address(rawValue: ClientHarness.native.rawValue + 1)),
            from: ClientHarness.relay
        )
        var corrupted = reply(data: request.data)
        corrupted[42] ^= 1
        harness.receive(corrupted, from: ClientHarness.relay)
        #expect(!harness.sent.contains { $0.to == ClientHarness.relay && !$0.isBubble })
        harness.receive(reply(data: request.data), from: ClientHarness.relay)
        #expect(harness.sent.contains { $0.to == ClientHarness.relay })
    }

    @Test("R7, SEC-07: the reply to any of the four requests of a test counts, so that a long way is none too long")
    func lateReply() throws {
        for number in 0..<4 {
            var harness = ClientHarness.qualified()
            harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native))
            harness.advance(.milliseconds(7900))
            let echoes = harness.echoes.compactMap(\.echo)
            try #require(echoes.count == 4 && Set(echoes.map(\.data)).count == 4)
            harness.sent = []
            harness.receive(Packets.echo(echoes[number].reply), from: ClientHarness.relay)
            #expect(harness.sent.map(\.to) == [ClientHarness.relay], "request \(number)")
        }
    }

    @Test("SEC-08: at least 64 bits of an echo request come out of the generator, anew for each")
    func nonceBits() {
        var (ever, always) = ([UInt8](repeating: 0, count: 16), [UInt8](repeating: 255, count: 16))
        var seen: Set<[UInt8]> = []
        for seed in 0..<64 as Range<UInt64> {
            var harness = ClientHarness.qualified(seed: seed)
            harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native))
            guard let data = harness.echoes.first?.echo?.data, data.count == 16 else {
                Issue.record("no echo request with 16 octets")
                return
            }
            seen.insert(data)
            for octet in data.indices {
                ever[octet] |= data[octet]
                always[octet] &= data[octet]
            }
        }
        #expect(seen.count == 64)
        let varying = zip(ever, always).map { ($0 & ~$1).nonzeroBitCount }.reduce(0, +)
        #expect(varying >= 64, "\(varying) bits differ")
    }

    @Test("SEC-09: no other error, and no quotation of anything but our own echo request, proves a native host")
    func otherErrors() throws {
        var harness = ClientHarness.qualified()
        harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native))
        let request = Packets.echo(try #require(harness.echoes.first?.echo))
        harness.sent = []
        // Behind 48 octets of the error stands what it quotes: its source at 8, its destination at 24, its type at 40.
        func error(_ error: ICMPv6Error = .addressUnreachable, flipping octet: Int? = nil) -> [UInt8] {
            var bytes = [UInt8](capacity: 1280) {
                error.encode(about: request.span, from: ClientHarness.native, into: &$0)
            }
            if let octet { bytes[48 + octet] ^= 1 }
            return ReferenceChecksum.repaired(bytes)
        }
        for octet in [8, 23, 24, 39, 40, 48, 63] {
            harness.receive(error(flipping: octet), from: ClientHarness.relay)
            #expect(!harness.sent.contains { $0.to == ClientHarness.relay }, "octet \(octet)")
        }
        for other in [.packetTooBig(mtu: 1280), .hopLimitExceeded] as [ICMPv6Error] {
            harness.receive(error(other), from: ClientHarness.relay)
            #expect(!harness.sent.contains { $0.to == ClientHarness.relay }, "\(other)")
        }
        harness.receive(error(), from: ClientHarness.relay)
        #expect(harness.sent.contains { $0.to == ClientHarness.relay })
    }

    @Test("SEC-09: an unreachable error proves the path only from the tested host itself, quoting the nonce")
    func unreachableAsProof() throws {
        var harness = ClientHarness.qualified()
        harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native))
        let request = Packets.echo(try #require(harness.echoes.first?.echo))
        harness.sent = []
        func error(from source: IPv6Address, quoting packet: [UInt8]) -> [UInt8] {
            [UInt8](capacity: 1280) {
                ICMPv6Error.addressUnreachable.encode(about: packet.span, from: source, into: &$0)
            }
        }
        var mangled = request
        mangled[50] ^= 1
        harness.receive(error(from: IPv6Address(rawValue: 77), quoting: request), from: ClientHarness.relay)
        harness.receive(error(from: ClientHarness.native, quoting: mangled), from: ClientHarness.relay)
        // The nonce alone is not enough: what is quoted went from us to the host that says so.
        for octet in [23, 39] {
            var other = request
            other[octet] ^= 1
            harness.receive(error(from: ClientHarness.native, quoting: other), from: ClientHarness.relay)
        }
        #expect(!harness.sent.contains { $0.to == ClientHarness.relay })
        harness.receive(error(from: ClientHarness.native, quoting: request), from: ClientHarness.relay)
        #expect(harness.sent.contains { $0.to == ClientHarness.relay })
    }

    @Test(
        "R9a, SEC-11: a keyed destination vouches for a bubble of the peer that it was made for, and for nothing else"
    )
    func keyedDestination() {
        let context = ClientHarness.qualified().client.connectivity.context
        let (peer, other) = (Packets.peer(), Packets.peer(port: 5001))
        let keyed = context.bubbleKey.source(forPeerAt: peer.mappedEndpoint)
        func vouches(for source: IPv6Address, next: UInt8 = IPv6Header.NextHeader.none, length: Int = 0) -> Bool {
            context.vouches(
                for: IPv6Header(
                    payloadLength: length,
                    nextHeader: next,
                    hopLimit: 0,
                    source: source,
                    destination: keyed
                )
            )
        }
        #expect(vouches(for: peer.ipv6))
        #expect(!vouches(for: other.ipv6) && !vouches(for: ClientHarness.native))
        #expect(!vouches(for: peer.ipv6, next: 17, length: 20) && !vouches(for: peer.ipv6, length: 1))
    }

    @Test("R8: a Teredo source whose embedded endpoint matches becomes trusted without prior state")
    func matchingEndpoint() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        let packet = Packets.udp(from: peer.ipv6, to: harness.own)
        #expect(harness.receive(packet, from: peer.mappedEndpoint) == .deliver(0..<60))
        #expect(harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6)) == .forward(to: peer.mappedEndpoint))
    }

    @Test("R9: a mismatching neighbour is accepted from its local endpoint only")
    func localEndpoint() {
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        let peer = Packets.peer(ClientHarness.mapped.address, port: 5000)
        let local = UDPEndpoint(IPv4Address(192, 168, 1, 77), 5000)
        let packet = Packets.udp(from: peer.ipv6, to: harness.own)
        #expect(harness.receive(packet, from: local) == .drop(.endpointMismatch))
        harness.discover(Packets.bubble(from: peer.ipv6, to: .allNodes), from: local)
        #expect(
            harness.receive(packet, from: UDPEndpoint(IPv4Address(192, 168, 1, 78), 5000)) == .drop(.endpointMismatch)
        )
        #expect(harness.receive(packet, from: local) == .deliver(0..<60))
    }

    @Test("R9a: a bubble to our keyed link-local address proves its sender, whatever port it comes from")
    func keyedBubble() throws {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        let packet = Packets.udp(from: harness.own, to: peer.ipv6)
        harness.transmit(packet)
        let keyed = try #require(harness.bubbles.last?.datagram?.header.source)
        let elsewhere = UDPEndpoint(IPv4Address(203, 0, 113, 20), 61_000)
        harness.sent = []
        #expect(harness.receive(Packets.bubble(from: peer.ipv6, to: keyed), from: elsewhere) == .consumed)
        #expect(harness.sent.map(\.to) == [elsewhere])
        #expect(harness.transmit(packet) == .forward(to: elsewhere))
        #expect(harness.receive(Packets.udp(from: peer.ipv6, to: harness.own), from: elsewhere) == .deliver(0..<60))
    }

    @Test(
        "R9a, SEC-34, V14: a keyed bubble moves no peer to where nothing may be sent",
        arguments: [
            "10.0.0.5:7", "127.0.0.1:7", "192.168.1.255:7", "240.0.0.1:7", "192.168.1.5:7",
        ]
    )
    func keyedFromForbidden(text: String) throws {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6))
        let keyed = try #require(harness.bubbles.last?.datagram?.header.source)
        let source = try #require(UDPEndpoint(text))
        harness.sent = []
        #expect(harness.receive(Packets.bubble(from: peer.ipv6, to: keyed), from: source) == .drop(.endpointMismatch))
        #expect(harness.sent.isEmpty)
    }

    @Test("SEC-11: the key for one peer never authenticates another")
    func keyIsBoundToPeer() throws {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6))
        harness.transmit(Packets.udp(from: harness.own, to: Packets.peer(port: 5001).ipv6))
        let keyed = try #require(harness.bubbles[2].datagram?.header.source)
        let attacker = UDPEndpoint(IPv4Address(203, 0, 113, 66), 666)
        harness.sent = []
        #expect(
            harness.receive(Packets.bubble(from: Packets.peer(port: 5001).ipv6, to: keyed), from: attacker)
                == .drop(.foreignDestination)
        )
        #expect(harness.sent.isEmpty)
    }

    @Test("R9b, V9, SEC-10, SEC-14: a mismatching Teredo source changes no entry, bubble or data")
    func mismatch() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.receive(Packets.udp(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        let attacker = UDPEndpoint(IPv4Address(203, 0, 113, 66), 666)
        #expect(
            harness.receive(Packets.udp(from: peer.ipv6, to: harness.own), from: attacker) == .drop(.endpointMismatch)
        )
        #expect(
            harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: attacker)
                == .drop(.endpointMismatch)
        )
        #expect(harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6)) == .forward(to: peer.mappedEndpoint))
    }

    @Test("R10: packets of an unproven native host wait for the test; those from the proven endpoint are delivered")
    func heldPackets() throws {
        var harness = ClientHarness.qualified()
        let good = Packets.udp(from: ClientHarness.native, to: harness.own, marker: 1)
        let bad = Packets.udp(from: ClientHarness.native, to: harness.own, marker: 2)
        #expect(harness.receive(good, from: ClientHarness.relay) == .consumed)
        #expect(harness.receive(bad, from: UDPEndpoint(IPv4Address(203, 0, 113, 66), 666)) == .consumed)
        #expect(harness.delivered.isEmpty && harness.echoes.count == 1)
        harness.receive(Packets.echo(try #require(harness.echoes.first?.echo).reply), from: ClientHarness.relay)
        #expect(harness.delivered == [good])
        // The relay is asked whether the other place is a sibling of it, and says nothing.
        harness.advance(.seconds(4))
        #expect(harness.delivered == [good])
        #expect(harness.client.counters.drops[.connectivityTestFailed] == 1)
    }

    @Test("R10: held packets are dropped when the test fails")
    func heldTooLong() {
        var harness = ClientHarness.qualified()
        harness.receive(Packets.udp(from: ClientHarness.native, to: harness.own), from: ClientHarness.relay)
        harness.advance(.seconds(8))
        #expect(harness.delivered.isEmpty)
        #expect(harness.client.counters.drops[.connectivityTestFailed] == 1)
        #expect(
            harness.receive(Packets.udp(from: ClientHarness.native, to: harness.own), from: ClientHarness.relay)
                == .drop(.connectivityTestFailed)
        )
    }

    @Test("SEC-43: 1000 packets from 1000 native sources in 1 s cause no more tests than the cap")
    func unsolicitedTests() {
        var harness = ClientHarness.qualified()
        for index in 0..<1000 {
            let source = IPv6Address(rawValue: ClientHarness.native.rawValue + UInt128(index))
            harness.receive(Packets.udp(from: source, to: harness.own), from: ClientHarness.relay)
            harness.advance(.milliseconds(1))
        }
        #expect(harness.echoes.count <= 15)
        #expect(harness.client.peerCount <= 15)
    }

    @Test("SEC-30: a bubble through the server or on the link is a use of a stranger, who is then not the next to go")
    func lastUsed() {
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        let peers = [5000, 5001].map { Packets.peer(ClientHarness.mapped.address, port: $0) }
        for peer in peers { harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6)) }
        func newest() -> IPv6Address? {
            let table = harness.client.contacts.peers
            return table.newest(1).first.map(table.address)
        }
        #expect(newest() == peers[1].ipv6)
        harness.receive(
            Packets.bubble(from: peers[0].ipv6, to: harness.own, origin: peers[0].mappedEndpoint),
            from: harness.server
        )
        #expect(newest() == peers[0].ipv6)
        let local = UDPEndpoint(IPv4Address(192, 168, 1, 77), 5000)
        harness.discover(Packets.bubble(from: peers[1].ipv6, to: .allNodes), from: local)
        #expect(newest() == peers[1].ipv6)
    }
}
