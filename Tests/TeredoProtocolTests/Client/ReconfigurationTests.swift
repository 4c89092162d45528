import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// Other settings for a running client.
@Suite struct ReconfigurationTests {
    private func configuration(_ change: (inout ClientConfiguration) -> Void) -> ClientConfiguration {
        var configuration = ClientConfiguration()
        configuration.transit = .off
        change(&configuration)
        return configuration
    }

    @Test("A shorter refresh interval holds at once, and the address stays")
    func refreshInterval() {
        var harness = ClientHarness.qualified()
        let address = harness.client.address
        harness.client.adopt(configuration { $0.refreshInterval = .seconds(5) }, now: harness.now)
        harness.advance(.seconds(5))
        #expect(harness.solicitations.count == 1)
        harness.answer()
        #expect(harness.client.address == address)
        #expect(harness.client.refreshInterval == .seconds(5))
        #expect(!harness.events.contains { if case .addressWithdrawn = $0 { true } else { false } })
    }

    @Test("A transit relay that is configured later is used, and one that is taken away is not")
    func transitRelay() {
        var harness = ClientHarness.qualified()
        let relay = UDPEndpoint(IPv4Address(203, 0, 113, 77), 3545)
        harness.client.adopt(configuration { $0.transit.relay = relay }, now: harness.now)
        #expect(harness.client.transitRelay == relay)
        harness.client.adopt(configuration { _ in }, now: harness.now)
        #expect(harness.client.transitRelay == nil)
    }

    @Test("Octets of peers are forgotten when counting ends, and begin at nothing when it begins again")
    func octets() throws {
        var harness = ClientHarness.qualified()
        _ = harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native))
        let peer = try #require(harness.client.peerSummaries(limit: 1, now: harness.now).first).address
        harness.client.recordOctets(of: peer, received: 5, sent: 6)
        let counted = harness.client.peerSummary(of: peer, now: harness.now)
        #expect((counted?.octetsReceived ?? 0) >= 5 && (counted?.octetsSent ?? 0) >= 6)
        harness.client.adopt(configuration { $0.countsPeerOctets = false }, now: harness.now)
        #expect(harness.client.peerSummary(of: peer, now: harness.now)?.octetsSent == nil)
        harness.client.recordOctets(of: peer, received: 5, sent: 6)
        harness.client.adopt(configuration { _ in }, now: harness.now)
        #expect(harness.client.peerSummary(of: peer, now: harness.now)?.octetsSent == 0)
    }

    @Test("RFC 6081 5.4: a client whose random ports are switched off sends to none of its peers' any more")
    func randomPorts() {
        var harness = ClientHarness.behind(.constant)
        let (peer, port) = (Packets.peer(), UDPEndpoint(Packets.peer().mappedEndpoint.address, 6000))
        harness.receiveIndirect(peer, [.nonce(9), .randomPort(6000)])
        #expect(harness.bubbles.contains { $0.to == port })
        harness.advance(.seconds(20))
        harness.client.adopt(
            configuration {
                $0.usesKeyedBubbles = false
                $0.extensions.portPreservingSymmetricNAT = false
            },
            now: harness.now
        )
        harness.forget()
        harness.receiveIndirect(peer, [.nonce(10)])
        #expect(harness.bubbles.contains { $0.to == peer.mappedEndpoint })
        #expect(!harness.bubbles.contains { $0.to == port })
    }

    @Test(
        "RFC 6081 5.2: a client whose support of symmetric NATs is switched off answers without waiting for its own bubble"
    )
    func symmetricNATSupport() {
        for isOff in [false, true] {
            var harness = ClientHarness.behind(.constant)
            let peer = Packets.peer()
            harness.receiveIndirect(peer, [.nonce(9)])
            harness.advance(.milliseconds(3900))
            #expect(harness.indirect.map { harness.now - $0.at } == [.milliseconds(3900), .milliseconds(1900)])
            if isOff {
                harness.client.adopt(
                    configuration {
                        $0.usesKeyedBubbles = false
                        $0.extensions.symmetricNAT = false
                    },
                    now: harness.now
                )
            }
            harness.forget()
            harness.receiveIndirect(peer, [.nonce(9)])
            #expect(harness.bubbles.isEmpty != isOff)
            harness.advance(.milliseconds(100))
            #expect(!harness.bubbles.isEmpty)
        }
    }

    @Test("A new secret signs the next solicitation")
    func secret() {
        var harness = ClientHarness.qualified()
        let secret = SharedSecret(clientIdentifier: Array("alice".utf8), key: Array("key".utf8))
        harness.client.adopt(configuration { $0.secret = secret }, now: harness.now)
        harness.advance(.seconds(30))
        let bytes = harness.solicitations.last?.bytes ?? []
        let identifier = harness.solicitations.last?.datagram?.authentication?.clientIdentifier
        #expect(identifier.map { Array(bytes[$0]) } == Array("alice".utf8))
    }

    @Test("A list without the server in use changes nothing while it answers; an idle client leaves it later")
    func serverList() throws {
        var harness = ClientHarness.qualified()
        harness.answersServerRequests = false
        let address = harness.client.address
        let other = ServerAddresses(primary: IPv4Address(192, 0, 2, 65), secondary: nil)
        harness.client.setServers([other], now: harness.now)
        #expect(harness.client.address == address)
        let servers = harness.client.servers
        #expect(servers.map(\.state) == [.unknown, .inUse])
        #expect(servers.map(\.isListed) == [true, false])
    }
}
