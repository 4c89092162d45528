import TeredoProtocol
import TeredoWire
import Testing

/// The test that finds out whether the server gets through to the service port before a refresh.
@Suite struct MappingTestTests {
    /// A client whose secondary port is opened as soon as it is asked for.
    private func opened() -> ClientHarness {
        var harness = ClientHarness.qualified()
        harness.opensSecondaryPort = true
        harness.advance(.seconds(19))
        while harness.bubbles.isEmpty { harness.advance(.milliseconds(100)) }
        return harness
    }

    /// What the server makes of a bubble from the secondary port.
    private func passedOn(_ sent: ClientHarness.Sent, _ harness: ClientHarness) -> [UInt8] {
        [UInt8](capacity: 60) { output in
            OriginIndication(UDPEndpoint(ClientHarness.mapped.address, 7777)).encode(into: &output)
            output.append(copying: sent.bytes.span)
        }
    }

    private func losses(_ harness: ClientHarness) -> Int {
        harness.events.count { if case .mappingLost = $0 { true } else { false } }
    }

    @Test(
        "A bubble from another port through the server asks whether it gets through, and its arrival lets the refresh go"
    )
    func alive() throws {
        var harness = opened()
        let bubble = try #require(harness.bubbles.first)
        #expect(bubble.port == .secondary && bubble.to == harness.server)
        #expect(bubble.datagram?.header.destination == harness.own)
        #expect(bubble.datagram?.header.source.isLinkLocal == true)
        #expect(harness.solicitations.isEmpty)
        #expect(harness.receive(passedOn(bubble, harness), from: harness.server) == .consumed)
        harness.advance(.seconds(3))
        #expect(harness.solicitations.count == 1 && harness.bubbles.count == 1)
        #expect(harness.events.contains(.secondaryPortDone))
        harness.answer()
        #expect(losses(harness) == 0 && harness.client.refreshInterval == .seconds(30))
    }

    /// Lets a test fail before a refresh and pass after it.
    private func lose(_ harness: inout ClientHarness) throws {
        harness.forget()
        while harness.bubbles.isEmpty { harness.advance(.milliseconds(100)) }
        harness.advance(.seconds(3))
        harness.answer()
        let fresh = try #require(harness.bubbles.last)
        harness.receive(passedOn(fresh, harness), from: harness.server)
    }

    @Test("Silence before two refreshes and an arrival after them are a loss: half the time is the interval")
    func gone() throws {
        var harness = opened()
        harness.advance(.seconds(3))
        #expect(harness.bubbles.count == 3 && harness.solicitations.count == 1)
        let stale = try #require(harness.bubbles.last)
        harness.answer()
        let fresh = try #require(harness.bubbles.last)
        #expect(fresh.datagram?.header.source != stale.datagram?.header.source)
        harness.receive(passedOn(fresh, harness), from: harness.server)
        #expect(losses(harness) == 0 && harness.client.refreshInterval == .seconds(30))
        try lose(&harness)
        #expect(losses(harness) == 1)
        #expect((.seconds(11)...(.seconds(15))).contains(harness.client.refreshInterval))
        #expect(harness.client.mappingLostWithin.map { $0 < .seconds(30) } == true)
    }

    @Test("Section 5.2.5: a refresh that is due goes, though a test still compares")
    func refreshWhileComparing() throws {
        var harness = ClientHarness.qualified { $0.refreshInterval = .seconds(2) }
        harness.opensSecondaryPort = true
        while harness.bubbles.isEmpty { harness.advance(.milliseconds(100)) }
        harness.advance(.seconds(3))
        try #require(harness.bubbles.count == 3 && harness.solicitations.count == 1)
        // The answer begins the comparison, which takes 3 s.
        harness.answer()
        harness.sent = []
        harness.advance(.seconds(2))
        #expect(harness.bubbles.count == 2 && harness.solicitations.count == 1)
    }

    @Test("A server that passes on no such bubbles, not even after the refresh, is asked twice and proves nothing")
    func unusable() {
        var harness = opened()
        for _ in 0..<20 {
            harness.advance(.seconds(5))
            if harness.sent.last?.isSolicitation == true { harness.answer() }
            harness.advance(.seconds(30))
            if harness.sent.last?.isSolicitation == true { harness.answer() }
        }
        #expect(losses(harness) == 0 && harness.client.refreshInterval == .seconds(30))
        #expect(harness.bubbles.count { $0.port == .secondary } <= 12)
    }

    @Test("SEC-46, SEC-11: a bubble that pretends to be of the test, or comes from elsewhere, proves nothing")
    func forged() throws {
        var harness = opened()
        let bubble = try #require(harness.bubbles.first)
        let forged = Packets.bubble(
            from: TeredoLinkLocal.keyed(identifier: 7),
            to: harness.own,
            origin: UDPEndpoint(IPv4Address(203, 0, 113, 66), 7)
        )
        harness.receive(forged, from: harness.server)
        harness.receive(passedOn(bubble, harness), from: UDPEndpoint(IPv4Address(203, 0, 113, 66), 3544))
        harness.advance(.seconds(1))
        #expect(harness.bubbles.count == 2)
    }

    @Test("A client without NAT, or without a secondary port, refreshes at once")
    func withoutTest() {
        var harness = ClientHarness.qualified()
        harness.advance(.seconds(30))
        #expect(harness.solicitations.count == 1)
        #expect(harness.bubbles.isEmpty)
        #expect(harness.events.last == .secondaryPortDone)
    }

    @Test("Another interval that is set is taken at its word, whatever was lost before")
    func adopts() throws {
        var harness = ClientHarness.qualified()
        harness.opensSecondaryPort = true
        try lose(&harness)
        try lose(&harness)
        #expect(harness.client.refreshInterval < .seconds(30))
        var configuration = ClientConfiguration()
        configuration.refreshInterval = .seconds(40)
        harness.client.adopt(configuration, now: harness.now)
        #expect(harness.client.refreshInterval == .seconds(40))
        #expect(harness.client.mappingLostWithin == nil)
    }
}
