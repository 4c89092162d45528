import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// Packets that are the client's own, are for somebody else, or lead back to where the client itself is.
@Suite struct OwnPacketTests {
    private static let peer = Packets.peer()
    /// Somebody who would be where the client is.
    private static let twin = Packets.peer(ClientHarness.mapped.address, port: ClientHarness.mapped.port)

    @Test("SEC-52: nobody becomes a peer at the client's own mapped endpoint, so that nothing is sent there")
    func ownEndpoint() {
        var harness = ClientHarness.qualified()
        for bytes in [
            Packets.bubble(from: Self.twin.ipv6, to: harness.own), Packets.udp(from: Self.twin.ipv6, to: harness.own),
        ] {
            #expect(harness.receive(bytes, from: ClientHarness.mapped) == .drop(.forbiddenEndpoint))
            #expect(harness.transmit(to: Self.twin) == .drop(.ownEndpoint))
            #expect(harness.client.directPath(to: Self.twin.ipv6, now: harness.now) == nil)
        }
        harness.receiveIndirect(Self.twin, [.nonce(7)])
        // Another's bubble of which a server says that it began there.
        harness.receiveIndirect(Self.peer, [.nonce(7)], origin: ClientHarness.mapped)
        harness.advance(.seconds(20))
        #expect(!harness.sent.contains { $0.to == ClientHarness.mapped })
        #expect(harness.client.peerCount == 0)
        // Behind the same NAT others are reached.
        let neighbor = Packets.peer(ClientHarness.mapped.address, port: 5000)
        harness.receiveData(neighbor, from: neighbor.mappedEndpoint)
        #expect(harness.transmit(to: neighbor) == .forward(to: neighbor.mappedEndpoint))
    }

    @Test("SEC-52: another mapping is the own endpoint from then on, and the one before is somebody else's")
    func changedEndpoint() {
        var harness = ClientHarness.qualified()
        let other = Packets.peer(ClientHarness.mapped.address, port: 5000)
        while harness.solicitations.isEmpty { harness.advance(.milliseconds(100)) }
        harness.answer(mapped: other.mappedEndpoint)
        harness.forget()
        #expect(harness.receiveData(other, from: other.mappedEndpoint) == .drop(.forbiddenEndpoint))
        #expect(harness.receiveData(Self.twin, from: ClientHarness.mapped) == .deliver(0..<60))
        #expect(harness.transmit(to: Self.twin) == .forward(to: ClientHarness.mapped))
    }

    @Test("T1, SEC-60: not even to a trusted peer anything leaves from another source than the client's own address")
    func foreignSource() {
        var harness = ClientHarness.qualified()
        harness.receiveData(Self.peer, from: Self.peer.mappedEndpoint)
        harness.forget()
        for source in [ClientHarness.native, IPv6Address(rawValue: harness.own.rawValue ^ 1), ipv6("fe80::1")] {
            #expect(harness.transmit(Packets.udp(from: source, to: Self.peer.ipv6)) == .drop(.foreignSource))
        }
        #expect(harness.sent.isEmpty)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peer.mappedEndpoint))
    }

    @Test("V6, SEC-52: not even a trusted peer has anything delivered that is for another address")
    func foreignDestination() {
        var harness = ClientHarness.qualified()
        harness.receiveData(Self.peer, from: Self.peer.mappedEndpoint)
        harness.forget()
        for destination in [
            ClientHarness.native, IPv6Address(rawValue: harness.own.rawValue ^ 1), Packets.peer(port: 9).ipv6,
        ] {
            let packet = Packets.udp(from: Self.peer.ipv6, to: destination)
            #expect(harness.receive(packet, from: Self.peer.mappedEndpoint) == .drop(.foreignDestination))
        }
        #expect(harness.sent.isEmpty && harness.delivered.isEmpty)
    }

    @Test("SEC-46: the client's own bubble or packet that comes back through its server draws nothing")
    func throughServer() {
        var harness = ClientHarness.qualified { $0.transit.acceptsAnnouncement = false }
        let elsewhere = endpoint("203.0.113.66:7")
        for origin in [ClientHarness.mapped, elsewhere] {
            let bubble = ClientHarness.bubble(from: harness.own, to: harness.own, origin: origin, [.nonce(7)])
            #expect(harness.receive(bubble, from: harness.server) == .drop(.invalidSource))
            let packet = encoded { output in
                OriginIndication(origin).encode(into: &output)
                output.append(copying: Packets.udp(from: harness.own, to: harness.own).span)
            }
            #expect(harness.receive(packet, from: harness.server) == .drop(.invalidSource))
        }
        #expect(harness.sent.isEmpty && harness.delivered.isEmpty && harness.client.peerCount == 0)
    }

    @Test("SEC-46: whoever names the client itself as the sender of a bubble draws nothing that leaves for it")
    func namedSender() {
        var harness = ClientHarness.qualified()
        for source in [ipv6("fe80::1"), TeredoLinkLocal.keyed(identifier: 9)] {
            for trailers in [
                [Trailer.nonce(7), .sender(harness.own)],
                [.sender(harness.own), .transit(TransitMessage(.invitation, nonce: 0))],
            ] {
                let place = ClientHarness.mapped
                let bytes = ClientHarness.bubble(from: source, to: harness.own, origin: place, trailers)
                harness.receive(bytes, from: harness.server)
            }
        }
        harness.advance(.seconds(20))
        #expect(harness.client.peerCount == 0)
        #expect(!harness.sent.contains { $0.to == ClientHarness.mapped })
    }

    @Test("SEC-46: the client's own bubble to the discovery group draws no answer when it hears it")
    func ownDiscovery() {
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        let bubble = Packets.bubble(from: harness.own, to: .allNodes)
        #expect(harness.discover(bubble, from: UDPEndpoint(ipv4("192.168.1.77"), 4096)) == .drop(.invalidSource))
        #expect(harness.sent.isEmpty && harness.client.peerCount == 0)
    }

    @Test("SEC-51, V13: a relay's or a stranger's word on where a packet began draws nothing", arguments: [3544, 3545])
    func foreignOrigin(port: UInt16) {
        var harness = ClientHarness.qualified()
        let source = UDPEndpoint(ipv4("203.0.113.66"), port)
        let bytes = Packets.bubble(from: Self.peer.ipv6, to: harness.own, origin: Self.peer.mappedEndpoint)
        #expect(harness.receive(bytes, from: source) == .drop(.foreignOrigin))
        #expect(harness.sent.isEmpty && harness.client.peerCount == 0)
    }

    @Test("SEC-52: of a packet that the server relays for another address the origin draws nothing")
    func relayedForAnother() {
        var harness = ClientHarness.qualified()
        let twin = IPv6Address(rawValue: harness.own.rawValue ^ 1 << 48)
        let packet = encoded { output in
            OriginIndication(ClientHarness.relay).encode(into: &output)
            output.append(copying: Packets.udp(from: ClientHarness.native, to: twin).span)
        }
        #expect(harness.receive(packet, from: harness.server) == .drop(.foreignDestination))
        #expect(harness.sent.isEmpty)
    }
}
