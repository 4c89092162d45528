import TeredoWire
import Testing

@testable import TeredoProtocol

@Suite struct LocalDiscoveryTests {
    @Test("Section 5.2.8: discovery bubbles go to 224.0.0.253:3544 every 200 to 300 s from the service port")
    func interval() {
        var harness = ClientHarness { $0.localDiscovery.isOn = true }
        harness.start()
        harness.answer()
        harness.answer()
        var discoveries: [ClientHarness.Sent] = []
        for _ in 0..<3000 {
            discoveries += harness.bubbles
            if !harness.solicitations.isEmpty { harness.answer() }
            harness.sent = []
            harness.advance(.seconds(1))
        }
        #expect(discoveries.allSatisfy { $0.to == UDPEndpoint(.teredoDiscovery, 3544) && $0.port == .service })
        #expect(
            discoveries.allSatisfy { $0.datagram?.header.destination == .allNodes && $0.datagram?.header.hopLimit == 1 }
        )
        let gaps = zip(discoveries.dropFirst(), discoveries).map { $0.at - $1.at }
        #expect(gaps.count >= 9)
        #expect(gaps.allSatisfy { (.seconds(199)...(.seconds(302))).contains($0) })
    }

    @Test(
        "First contact on one link without earlier discovery works through the multicast bubble"
    )
    func firstContact() {
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        let peer = Packets.peer(ClientHarness.mapped.address, port: 5000)
        let local = UDPEndpoint(IPv4Address(192, 168, 1, 77), 5000)
        let packet = Packets.udp(from: harness.own, to: peer.ipv6)
        harness.transmit(packet)
        #expect(harness.bubbles.contains { $0.to.address == .teredoDiscovery })
        harness.sent = []
        harness.receive(Packets.bubble(from: peer.ipv6, to: harness.own), from: local)
        #expect(harness.sent.map(\.to) == [local])
    }

    @Test(
        "SEC-35: only a bubble from our link, of a client behind our NAT, within 4 s answers the one that we multicast"
    )
    func answers() {
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        let peer = Packets.peer(ClientHarness.mapped.address, port: 5000)
        let local = UDPEndpoint(IPv4Address(192, 168, 1, 77), 5000)
        harness.transmit(to: peer)
        let client = harness.client
        func isAnswered(
            by peer: TeredoAddress = peer,
            from source: UDPEndpoint = local,
            after delay: Duration = .seconds(4)
        ) -> Bool {
            client.discovery.isAnswered(by: peer, from: source, client.connectivity.context, now: harness.now + delay)
        }
        #expect(isAnswered())
        #expect(!isAnswered(after: .milliseconds(4001)))
        #expect(!isAnswered(from: UDPEndpoint(IPv4Address(192, 168, 2, 77), 5000)))
        #expect(!isAnswered(by: Packets.peer()))
    }

    @Test("Local discovery can be switched off")
    func off() {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer(ClientHarness.mapped.address, port: 5000)
        let local = UDPEndpoint(IPv4Address(192, 168, 1, 77), 5000)
        #expect(
            harness.discover(Packets.bubble(from: peer.ipv6, to: .allNodes), from: local)
                == .drop(.invalidDiscovery)
        )
        harness.advance(.seconds(1000))
        #expect(!harness.sent.contains { $0.to.address == .teredoDiscovery })
    }

    @Test("V4, SEC-35: a discovery bubble behind an indication of origin is none")
    func indication() {
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        let peer = Packets.peer(ClientHarness.mapped.address, port: 5000)
        let local = UDPEndpoint(IPv4Address(192, 168, 1, 77), 5000)
        let bubble = Packets.bubble(from: peer.ipv6, to: .allNodes)
        let indicated = [UInt8](capacity: 48) { output in
            OriginIndication(peer.mappedEndpoint).encode(into: &output)
            output.append(copying: bubble.span)
        }
        #expect(harness.discover(indicated, from: local) == .drop(.invalidDiscovery))
        #expect(harness.sent.isEmpty && harness.client.peerCount == 0)
        #expect(harness.discover(bubble, from: local) == .consumed)
    }

    @Test("SEC-35: however many neighbours somebody on the link claims to be, the answers have one limit")
    func answerLimit() {
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        let local = UDPEndpoint(IPv4Address(192, 168, 1, 77), 5000)
        func claim(_ count: Int, from first: Int) {
            for number in first..<first + count {
                let peer = Packets.peer(ClientHarness.mapped.address, port: UInt16(1024 + number))
                harness.discover(Packets.bubble(from: peer.ipv6, to: .allNodes), from: local)
            }
        }
        claim(1_000, from: 0)
        #expect(harness.bubbles.count { $0.to == local } == 50)
        #expect(harness.client.counters.drops[.answerLimitReached] == 950)
        harness.sent = []
        harness.advance(.seconds(1))
        harness.sent = []
        claim(1_000, from: 1_000)
        #expect(harness.bubbles.count { $0.to == local } == 10, "what one second gives back")
    }

    @Test("V4, SEC-35: a discovery bubble counts on the link that it came in on, not on another of ours")
    func receivingLink() {
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        let other = IPv4Prefix(IPv4Address(192, 168, 7, 0), length: 24)
        harness.client.setSubnets([ClientHarness.link, other])
        let peer = Packets.peer(ClientHarness.mapped.address, port: 5000)
        let bubble = Packets.bubble(from: peer.ipv6, to: .allNodes)
        let local = UDPEndpoint(IPv4Address(192, 168, 7, 77), 5000)
        #expect(harness.discover(bubble, from: local) == .drop(.invalidDiscovery))
        #expect(harness.discover(bubble, from: local, onLink: []) == .drop(.invalidDiscovery))
        #expect(harness.client.peerCount == 0 && harness.bubbles.isEmpty)
        #expect(harness.discover(bubble, from: local, onLink: [other]) == .consumed)
        #expect(harness.bubbles.map(\.to) == [local])
    }

    @Test(
        "Section 5.2.8: a discovery bubble says where a trusted peer is on the link, and is no sign of its life; of others it is"
    )
    func signOfLife() {
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        let trusted = Packets.peer(ClientHarness.mapped.address, port: 5000)
        let other = Packets.peer(ClientHarness.mapped.address, port: 5001)
        harness.receive(Packets.bubble(from: trusted.ipv6, to: harness.own), from: trusted.mappedEndpoint)
        let heard = harness.now
        harness.advance(.seconds(20))
        for (peer, reception) in [(trusted, heard), (other, harness.now)] {
            let local = UDPEndpoint(IPv4Address(192, 168, 1, 77), peer.mappedEndpoint.port)
            harness.discover(Packets.bubble(from: peer.ipv6, to: .allNodes), from: local)
            let index = harness.client.contacts.find(peer.ipv6)
            #expect(index.map { harness.client.contacts[$0].lastReception } == reception)
        }
    }
}
