import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// No datagram leaves for an endpoint that did not pass the filter, whatever field of whosever packet it stood in.
@Suite struct ForbiddenDestinationTests {
    /// Addresses that a client behind a NAT must not be made to send to; 192.168.1.5 is its own.
    static let addresses = [
        "10.9.9.9", "127.0.0.1", "169.254.1.1", "172.16.0.1", "192.168.2.1", "192.168.1.255", "192.168.1.5",
        "100.64.0.1",
        "224.0.0.1", "224.0.0.253", "240.0.0.1", "255.255.255.255", "0.0.0.0", "192.88.99.1",
    ]

    private static func isForbidden(_ address: IPv4Address) -> Bool {
        addresses.contains { IPv4Address($0) == address }
    }

    @Test("R7, V14, SEC-34: an echo reply from where nothing may be sent proves nothing", arguments: addresses)
    func echoReply(text: String) throws {
        var harness = ClientHarness.qualified()
        let address = try #require(IPv4Address(text))
        let packet = Packets.udp(from: harness.own, to: ClientHarness.native)
        harness.transmit(packet)
        let request = try #require(harness.echoes.first?.echo)
        harness.sent = []
        let verdict = harness.receive(Packets.echo(request.reply), from: UDPEndpoint(address, 53))
        #expect(verdict == .drop(UDPEndpoint(address, 53).isValidSource ? .forbiddenEndpoint : .invalidIPv4Source))
        #expect(harness.transmit(packet) == .consumed, "nobody was proved")
        #expect(harness.sent.isEmpty)
        // The test goes on: the true answer counts.
        #expect(harness.receive(Packets.echo(request.reply), from: ClientHarness.relay) == .consumed)
        #expect(harness.transmit(packet) == .forward(to: ClientHarness.relay))
    }

    @Test("R2, V14, SEC-34: a bubble of a peer with a forbidden server field leaves no trace", arguments: addresses)
    func serverField(text: String) throws {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer(server: try #require(IPv4Address(text)))
        for trailers in [[], [Trailer.nonce(0x6162_6364)]] {
            #expect(harness.receiveIndirect(peer, trailers) == .drop(.invalidServer))
            harness.advance(.seconds(20))
        }
        #expect(harness.bubbles.isEmpty && harness.client.peerCount == 0)
    }

    @Test(
        "R8, T-h, V14, SEC-34: a proved peer with a forbidden server field is never asked through it",
        arguments: addresses
    )
    func provedPeer(text: String) throws {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer(server: try #require(IPv4Address(text)))
        harness.receiveData(peer, from: peer.mappedEndpoint)
        for _ in 0..<80 {
            harness.transmit(to: peer)
            harness.advance(.milliseconds(500))
        }
        #expect(harness.sent.contains { $0.to == peer.mappedEndpoint })
        #expect(!harness.sent.contains { Self.isForbidden($0.to.address) })
    }

    @Test("R5, V14, SEC-34, SEC-35: a discovery bubble from an address of one's own link that is none is no neighbour")
    func neighbor() throws {
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        harness.sent = []
        let peer = Packets.peer(ClientHarness.mapped.address)
        let bubble = Packets.bubble(from: peer.ipv6, to: .allNodes)
        for text in ["192.168.1.255:5", "192.168.1.5:5"] {
            let source = try #require(UDPEndpoint(text))
            #expect(harness.discover(bubble, from: source) == .drop(.forbiddenEndpoint))
        }
        #expect(harness.sent.isEmpty && harness.client.peerCount == 0)
        let good = try #require(UDPEndpoint("192.168.1.7:5"))
        #expect(harness.discover(bubble, from: good) == .consumed)
        #expect(harness.sent.map(\.to) == [good])
    }

    @Test(
        "V14, SEC-34: neither a server nor a transit relay at a forbidden address is ever sent to",
        arguments: addresses
    )
    func configured(text: String) throws {
        let address = try #require(IPv4Address(text))
        var harness = ClientHarness.qualified { $0.transit.relay = UDPEndpoint(address, 3545) }
        #expect(harness.client.transitRelay == nil)
        var second = ClientHarness()
        second.answersServerRequests = false
        second.start()
        second.client.setServer(ServerAddresses(primary: ClientHarness.primary, secondary: address), now: second.now)
        second.drain()
        second.answer(from: ClientHarness.primary)
        second.advance(.seconds(40))
        harness.transmit(to: Packets.peer())
        harness.advance(.seconds(40))
        #expect(!(harness.sent + second.sent).contains { Self.isForbidden($0.to.address) })
    }

    @Test(
        "R3, SEC-34: the origin of a packet that the server relays draws no bubble where nothing may be sent",
        arguments: addresses
    )
    func relayedOrigin(text: String) throws {
        var harness = ClientHarness.qualified()
        let origin = UDPEndpoint(try #require(IPv4Address(text)), 53)
        let packet = encoded { output in
            OriginIndication(origin).encode(into: &output)
            output.append(copying: Packets.udp(from: ClientHarness.native, to: harness.own).span)
        }
        harness.receive(packet, from: harness.server)
        harness.advance(.seconds(8))
        #expect(!harness.sent.contains { $0.to == origin } && harness.bubbles.isEmpty)
    }

    @Test(
        "R2, SEC-34: a peer whose own address is forbidden leaves no trace, wherever its bubble began",
        arguments: addresses
    )
    func mappedEndpoint(text: String) throws {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer(try #require(IPv4Address(text)))
        for trailers in [[], [Trailer.nonce(7)]] {
            let origin = UDPEndpoint(IPv4Address(203, 0, 113, 66), 7)
            #expect(harness.receiveIndirect(peer, trailers, origin: origin) == .drop(.forbiddenEndpoint))
        }
        #expect(harness.bubbles.isEmpty && harness.client.peerCount == 0)
    }
}
