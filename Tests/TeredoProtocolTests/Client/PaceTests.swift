import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// How often a client asks servers (SEC-39) and peers (SEC-45), whoever makes it ask.
@Suite struct PaceTests {
    private static let peer = Packets.peer()
    private static let other = IPv4Address(192, 0, 2, 65)
    private static let neighbor = UDPEndpoint(IPv4Address(192, 168, 1, 77), 5000)

    private static func withdrawals(_ harness: ClientHarness) -> Int {
        harness.events.count { if case .addressWithdrawn = $0 { true } else { false } }
    }

    /// Lets time pass; of all servers only the primary address of the first answers.
    static func answerPrimary(_ harness: inout ClientHarness, _ duration: Duration) {
        let count = harness.sent.count
        harness.advance(duration)
        for sent in harness.sent.dropFirst(count) where sent.isSolicitation && sent.to.address == ClientHarness.primary
        {
            harness.receive(
                ClientHarness.Advertisement(answering: sent, mapped: ClientHarness.mapped).bytes,
                from: sent.to
            )
        }
    }

    @Test("SEC-39: a question to the secondary address keeps 4 s from the next of a client that begins anew")
    func afterInquiry() throws {
        var harness = ClientHarness()
        harness.start()
        harness.answer()
        var questions: [ClientHarness.Sent] = []
        for _ in 0..<120 where questions.count < 4 {
            let count = harness.sent.count
            harness.advance(.milliseconds(500))
            for sent in harness.sent.dropFirst(count) where sent.isSolicitation {
                if sent.to.address == ClientHarness.secondary {
                    questions.append(sent)
                } else {
                    harness.receive(
                        ClientHarness.Advertisement(answering: sent, mapped: ClientHarness.mapped).bytes,
                        from: sent.to
                    )
                }
            }
        }
        let asked = try #require(questions.last).at
        harness.forget()
        harness.start()
        harness.advance(.seconds(5))
        #expect(harness.solicitations.first?.at == asked + .seconds(4))
    }

    @Test(
        "SEC-39: a silent peer makes no client ask its server while a question to the secondary address is unanswered"
    )
    func silentPeers() {
        var harness = ClientHarness()
        harness.start()
        harness.answer()
        var asked: ProtocolInstant?
        for step in 0..<1200 {
            if step % 4 == 0 { harness.transmit(to: Packets.peer(IPv4Address(rawValue: 0x0800_0000 + UInt32(step)))) }
            let count = harness.sent.count
            harness.advance(.milliseconds(500))
            for sent in harness.sent.dropFirst(count) where sent.isSolicitation {
                if let asked { #expect(sent.at - asked >= .seconds(4)) }
                if sent.to.address == ClientHarness.secondary {
                    asked = sent.at
                } else {
                    harness.receive(
                        ClientHarness.Advertisement(answering: sent, mapped: ClientHarness.mapped).bytes,
                        from: sent.to
                    )
                }
            }
        }
        #expect(asked != nil)
    }

    @Test("SEC-39: somebody else on this host solicits after a refresh that is near, and not shortly before it")
    func foreignSolicitation() {
        var harness = ClientHarness.qualified()
        var future = harness
        while future.solicitations.isEmpty { future.advance(.milliseconds(50)) }
        let refresh = future.solicitations[0].at
        harness.advance(refresh - harness.now - .seconds(2))
        let foreign = harness.client.nextForeignSolicitation(now: harness.now)
        #expect(foreign == refresh + .milliseconds(100))
    }

    @Test("SEC-39: a server that is not in use and silent is asked ever more rarely")
    func silentStandby() {
        var harness = ClientHarness()
        harness.answersServerRequests = false
        harness.start()
        harness.client.setServers(
            [ClientHarness.primary, Self.other].map { ServerAddresses(primary: $0, secondary: nil) },
            now: harness.now
        )
        harness.drain()
        harness.answer()
        for _ in 0..<1200 { Self.answerPrimary(&harness, .milliseconds(500)) }
        let times = harness.solicitations.filter { $0.to.address == Self.other }.map(\.at)
        #expect((4...12).contains(times.count), "\(times.count)")
        #expect(zip(times.dropFirst(), times).allSatisfy { $0 - $1 >= .seconds(4) })
    }

    @Test("SEC-39: what a neighbour on the link sends, or says of itself, does not keep the address of a silent server")
    func neighbors() {
        let near = Packets.peer(ClientHarness.mapped.address, port: 5000)
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        harness.discover(Packets.bubble(from: near.ipv6, to: .allNodes), from: Self.neighbor)
        for _ in 0..<120 {
            harness.receiveDirect(near, from: Self.neighbor)
            harness.advance(.seconds(1))
        }
        #expect(Self.withdrawals(harness) == 1)

        var other = ClientHarness.qualified {
            $0.localDiscovery.isOn = true
            $0.localDiscovery.requiresSameMappedAddress = false
        }
        for _ in 0..<120 {
            other.discover(Packets.bubble(from: Self.peer.ipv6, to: .allNodes), from: Self.neighbor)
            other.advance(.seconds(1))
        }
        #expect(Self.withdrawals(other) == 1)
    }

    @Test("SEC-39: strangers draw few echo tests at once, and leave some to the host's own contacts")
    func echoTests() {
        var harness = ClientHarness.behind(.sequential)
        for number in 0..<20 {
            let stranger = Packets.peer(IPv4Address(rawValue: 0x0800_0000 + UInt32(number) << 8))
            harness.receiveIndirect(stranger, [.nonce(7)])
        }
        let drawn = harness.solicitations.count { $0.port != .service }
        #expect((2...8).contains(drawn), "\(drawn)")
        harness.forget()
        harness.transmit(to: Self.peer)
        #expect(harness.solicitations.count { $0.port != .service } == 2)
    }

    @Test("SEC-45: a neighbour that announces itself is answered once in 2 s, and four times in 300 s")
    func neighborAnswers() {
        let near = Packets.peer(ClientHarness.mapped.address, port: 5000)
        var harness = ClientHarness.qualified { $0.localDiscovery.isOn = true }
        for _ in 0..<290 {
            harness.discover(Packets.bubble(from: near.ipv6, to: .allNodes), from: Self.neighbor)
            harness.live(.seconds(1), .constant)
        }
        let times = harness.bubbles.filter { $0.to == Self.neighbor }.map(\.at)
        #expect(times.count == 4)
        #expect(zip(times.dropFirst(), times).allSatisfy { $0 - $1 >= .seconds(2) })
    }

    @Test(
        "SEC-45: invitations of relays that a peer did not name draw bubbles to its server once in 2 s, and four in 300 s"
    )
    func invitations() {
        var harness = ClientHarness.behind(.constant) {
            $0.transit = ClientTransitConfiguration()
            $0.transit.relay = endpoint("192.0.2.10:3545")
        }
        let bytes = ClientHarness.bubble(
            from: ipv6("fe80::1"),
            to: harness.own,
            origin: endpoint("203.0.113.66:1"),
            [.sender(Self.peer.ipv6), .transit(TransitMessage(.invitation, nonce: 0))]
        )
        for _ in 0..<290 {
            harness.receive(bytes, from: harness.server)
            harness.live(.seconds(1), .constant)
        }
        let times = harness.indirect.map(\.at)
        #expect((1...4).contains(times.count), "\(times.count)")
        #expect(zip(times.dropFirst(), times).allSatisfy { $0 - $1 >= .seconds(2) })
    }
}
