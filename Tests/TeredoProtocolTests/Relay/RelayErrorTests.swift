import TeredoProtocol
import TeredoWire
import Testing

private typealias Harness = RelayHarness

/// What a relay makes of ICMPv4 errors about its datagrams (RFC 5927).
@Suite struct RelayErrorTests {
    @Test("SEC-38: a client that is asked and silent after two errors is given up, and for 5 s nothing is kept for it")
    func silentClient() {
        var harness = Harness.trusting()
        harness.advance(.seconds(3))
        let endpoint = Harness.client.mappedEndpoint
        let error = ICMPv4Error(.portUnreachable, by: endpoint.address, about: endpoint)
        for _ in 0..<2 {
            #expect(harness.transmit(Harness.packet()) == .forward(to: endpoint))
            harness.relay.handleICMPError(error, quoting: Harness.packet().span, now: harness.now)
            harness.drain()
        }
        #expect(harness.bubbles.map(\.to) == [Harness.server])
        harness.advance(.seconds(1))
        #expect(harness.errors == [[1, 3]], "the quoted packet is answered")
        harness.forget()
        for pause in [Duration.zero, .milliseconds(3900)] {
            harness.advance(pause)
            #expect(harness.transmit(Harness.packet()) == .drop(.peerUnreachable))
            #expect(harness.sent.isEmpty)
        }
        #expect(harness.errors == [[1, 3], [1, 3]])
        harness.advance(.milliseconds(1100))
        #expect(harness.transmit(Harness.packet()) == .consumed)
    }

    @Test(
        "SEC-45: when a server refuses the question to a silent client, the next packet draws no second bubble within 2 s"
    )
    func refusedQuestion() throws {
        var harness = Harness.trusting()
        harness.advance(.seconds(40))
        let elsewhere = UDPEndpoint(Harness.client.mappedEndpoint.address, 6001)
        harness.receive(Packets.udp(from: Harness.client.ipv6, to: Harness.host), from: elsewhere)
        let question = try #require(harness.bubbles.first)
        let error = ICMPv4Error(.portUnreachable, by: Harness.server.address, about: Harness.server)
        harness.relay.handleICMPError(error, quoting: question.bytes.span, now: harness.now)
        harness.advance(.milliseconds(1800))
        harness.transmit(Harness.packet())
        harness.advance(.seconds(3))
        let times = harness.bubbles.map(\.at)
        try #require(times.count >= 2)
        #expect(times[1] - times[0] >= .seconds(2))
    }

    @Test("SEC-38: a client that answers contradicts the error, which is counted, and stays")
    func contradiction() {
        var harness = Harness.trusting()
        harness.advance(.seconds(3))
        let endpoint = Harness.client.mappedEndpoint
        let error = ICMPv4Error(.portUnreachable, by: endpoint.address, about: endpoint)
        harness.transmit(Harness.packet())
        harness.relay.handleICMPError(error, quoting: Harness.packet().span, now: harness.now)
        harness.drain()
        harness.advance(.milliseconds(50))
        harness.answer()
        harness.advance(.seconds(2))
        #expect(harness.relay.counters.drops[.contradictedError] == 1 && harness.errors.isEmpty)
        #expect(harness.transmit(Harness.packet()) == .forward(to: endpoint))
    }

    @Test("SEC-38: what others moved of a client contradicts an error about it as well")
    func contradictionByTraffic() {
        var harness = Harness.trusting()
        harness.advance(.seconds(3))
        let endpoint = Harness.client.mappedEndpoint
        let error = ICMPv4Error(.portUnreachable, by: endpoint.address, about: endpoint)
        harness.transmit(Harness.packet())
        harness.relay.handleICMPError(error, quoting: Harness.packet().span, now: harness.now)
        harness.drain()
        harness.relay.recordActivity(
            of: Harness.client.ipv6,
            lastReception: harness.now + .milliseconds(50),
            lastTransmission: nil
        )
        harness.advance(.seconds(2))
        #expect(harness.relay.counters.drops[.contradictedError] == 1 && harness.errors.isEmpty)
        #expect(harness.transmit(Harness.packet()) == .forward(to: endpoint))
    }

    @Test("SEC-38: an error by a client's server counts with the key of what was asked through it")
    func unprovenServer() throws {
        var harness = Harness()
        harness.transmit(Harness.packet())
        let asked = try #require(harness.bubbles.first { $0.to == Harness.server })
        let error = ICMPv4Error(.portUnreachable, by: Harness.server.address, about: Harness.server)
        let guessed = Packets.bubble(from: Harness.host, to: Harness.client.ipv6)
        harness.relay.handleICMPError(error, quoting: guessed.span, now: harness.now)
        #expect(harness.relay.counters.drops[.unprovenError] == 1)
        harness.advance(.seconds(1))
        #expect(harness.errors.isEmpty)
        harness.relay.handleICMPError(error, quoting: asked.bytes.span, now: harness.now)
        #expect(harness.relay.counters.drops[.unprovenError] == 1)
    }

    @Test("SEC-38: an error about a packet of a host that the relay does not serve says nothing about a client")
    func foreignPacket() {
        var harness = Harness.trusting()
        let endpoint = Harness.client.mappedEndpoint
        #expect(harness.transmit(Harness.packet()) == .forward(to: endpoint))
        harness.forget()
        let foreign = Harness.packet(from: IPv6Address(high: 0x2A00_0000_0000_0000, low: 1))
        let error = ICMPv4Error(.portUnreachable, by: endpoint.address, about: endpoint)
        harness.relay.handleICMPError(error, quoting: foreign.span, now: harness.now)
        harness.drain()
        #expect(harness.relay.counters.drops[.foreignError] == 1 && harness.sent.isEmpty)
    }
}
