import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// SEC-11 for transit: what shows that an address is one's own shows it at one place, and for nobody else.
@Suite struct TransitProofTests {
    private typealias Abuse = TransitAbuseTests

    private static func isReady(_ harness: RelayHarness) -> Bool {
        harness.sent.contains { Abuse.message($0)?.kind == .ready }
    }

    @Test(
        "SEC-11, transit 7: who returned a cookie in another's name proves nothing by a bubble to any link-local address"
    )
    func anyKey() {
        var harness = Abuse.relay()
        Abuse.request(&harness, Abuse.alice, Abuse.bob, from: Abuse.alice.mappedEndpoint)
        Abuse.request(&harness, Abuse.bob, Abuse.alice, from: Abuse.attacker)
        for key in [ipv6("fe80::1"), TeredoLinkLocal.keyed(identifier: 9)] {
            harness.receive(Packets.bubble(from: Abuse.bob.ipv6, to: key), from: Abuse.attacker)
        }
        #expect(!Self.isReady(harness))
        let packet = Abuse.data(Abuse.bob, Abuse.alice)
        #expect(harness.receive(packet, from: Abuse.attacker) == .drop(.endpointMismatch))
    }

    @Test(
        "SEC-11, transit 7: the answer of the true client shows nothing for another who returned a cookie in its name"
    )
    func trueAnswer() {
        var harness = Abuse.relay()
        Abuse.request(&harness, Abuse.alice, Abuse.bob, from: Abuse.alice.mappedEndpoint)
        Abuse.request(&harness, Abuse.bob, Abuse.alice, from: Abuse.attacker)
        // The bubble goes through the server of the client, which answers it and asked for nothing.
        Abuse.prove(&harness, Abuse.bob, from: Abuse.bobSeen)
        #expect(!Self.isReady(harness))
        let packet = Abuse.data(Abuse.bob, Abuse.alice)
        #expect(harness.receive(packet, from: Abuse.attacker) == .drop(.endpointMismatch))
        harness.forget()
        harness.receive(Abuse.data(Abuse.alice, Abuse.bob), from: Abuse.alice.mappedEndpoint)
        #expect(!harness.sent.contains { $0.to == Abuse.attacker })
    }

    @Test("SEC-11, transit 7: nobody adds himself to the peers that a proven client asks for")
    func addedPeer() {
        var harness = Abuse.pair()
        let carol = Packets.peer(Abuse.attacker.address, port: Abuse.attacker.port)
        Abuse.request(&harness, carol, Abuse.bob, from: Abuse.attacker)
        Abuse.request(&harness, Abuse.bob, carol, from: Abuse.attacker)
        #expect(!Self.isReady(harness))
        #expect(harness.receive(Abuse.data(carol, Abuse.bob), from: Abuse.attacker) == .drop(.transitClosed))
        #expect(harness.receive(Abuse.data(Abuse.bob, Abuse.alice), from: Abuse.bobSeen) == .consumed)
    }

    @Test(
        "SEC-34: no challenge, invitation or bubble leaves for where nothing may be sent",
        arguments: ["10.0.0.1", "127.0.0.1"]
    )
    func forbidden(text: String) {
        let inside = ipv4(text)
        var harness = Abuse.relay()
        let request = Abuse.open(Abuse.alice, Abuse.bob)
        #expect(harness.receive(request, from: UDPEndpoint(inside, 5000)) == .drop(.forbiddenEndpoint))
        let served = Packets.peer(ipv4("203.0.113.20"), port: 5000, server: inside)
        #expect(
            harness.receive(Abuse.open(served, Abuse.bob), from: served.mappedEndpoint) == .drop(.forbiddenEndpoint)
        )
        #expect(harness.sent.isEmpty)
        for peer in [Packets.peer(inside), Packets.peer(server: inside)] {
            Abuse.request(&harness, Abuse.alice, peer, from: Abuse.alice.mappedEndpoint)
            #expect(harness.sent.isEmpty, "nobody is invited")
        }
    }

    @Test("SEC-40, SEC-45: requests with a spoofed source draw a thousand challenges a second at most")
    func challenges() {
        var harness = Abuse.relay()
        for number in 0..<3000 {
            let source = UDPEndpoint(ipv4("198.51.100.9"), UInt16(1000 + number))
            harness.receive(Abuse.open(Abuse.bob, Abuse.alice), from: source)
        }
        #expect(harness.sent.count == 1000)
    }
}
