import TeredoProtocol
import TeredoWire
import Testing

/// A client behind a symmetric NAT, in whose name somebody sends to a relay from the endpoint that its address names.
@Suite struct RelayLiveEndpointTests {
    static let client = RelayHarness.client
    static let elsewhere = UDPEndpoint(client.mappedEndpoint.address, 6001)
    static let data = Packets.udp(from: client.ipv6, to: RelayHarness.host)

    /// A relay that has met the client elsewhere, by its keyed address.
    static func met() -> RelayHarness {
        var harness = RelayHarness()
        harness.transmit(RelayHarness.packet())
        harness.answer(from: elsewhere)
        harness.forget()
        return harness
    }

    static func claim(isBubble: Bool) -> [UInt8] {
        isBubble ? Packets.bubble(from: client.ipv6, to: RelayHarness.own) : data
    }

    @Test(
        "Y4, SEC-10: one datagram from the endpoint in its address does not move a client that is alive elsewhere",
        arguments: [true, false]
    )
    func oneDatagram(isBubble: Bool) {
        var harness = Self.met()
        harness.advance(.seconds(1))
        let verdict = harness.receive(Self.claim(isBubble: isBubble))
        #expect(verdict == (isBubble ? .consumed : .deliver(0..<60)))
        #expect(harness.transmit(RelayHarness.packet()) == .forward(to: Self.elsewhere))
        #expect(harness.receive(Self.data, from: Self.elsewhere) == .deliver(0..<60))
        #expect(harness.bubbles.isEmpty)
    }

    @Test("Y4: a client that did move is asked through its server, and moves by the key")
    func moved() throws {
        var harness = Self.met()
        harness.advance(.seconds(3))
        harness.receive(Self.data)
        try #require(harness.bubbles.map(\.to) == [RelayHarness.server])
        harness.answer()
        #expect(harness.transmit(RelayHarness.packet()) == .forward(to: Self.client.mappedEndpoint))
    }

    @Test(
        "Y4, SEC-45: a thousand datagrams in the name of a client leave no gap and draw a bubble in 2 s at most",
        arguments: [true, false]
    )
    func flood(isBubble: Bool) {
        var harness = Self.met()
        for step in 0..<1000 {
            harness.receive(Self.claim(isBubble: isBubble))
            #expect(harness.transmit(RelayHarness.packet()) == .forward(to: Self.elsewhere))
            if step % 30 == 0 { #expect(harness.receive(Self.data, from: Self.elsewhere) == .deliver(0..<60)) }
            harness.advance(.milliseconds(100))
        }
        let times = harness.bubbles.map(\.at)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= .seconds(2) })
    }

    @Test(
        "Y4, Y5: nobody holds a client's endpoint by forging it: the client is asked when it shows up elsewhere, once in 2 s"
    )
    func contested() throws {
        var harness = Self.met()
        harness.advance(.seconds(31))
        harness.receive(Self.claim(isBubble: true))
        #expect(harness.transmit(RelayHarness.packet()) == .forward(to: Self.client.mappedEndpoint))
        for _ in 0..<100 {
            harness.receive(Self.data, from: Self.elsewhere)
            harness.receive(Self.claim(isBubble: true))
            harness.advance(.milliseconds(50))
        }
        let times = harness.bubbles.map(\.at)
        try #require(times.count >= 2)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= .seconds(2) })
        harness.answer(from: Self.elsewhere)
        harness.receive(Self.claim(isBubble: true))
        #expect(harness.transmit(RelayHarness.packet()) == .forward(to: Self.elsewhere))
    }

    @Test("Y4: after 30 s of silence the address counts, and the client is asked in the same moment")
    func afterSilence() {
        var harness = Self.met()
        harness.advance(.seconds(31))
        harness.receive(Self.data)
        #expect(harness.bubbles.map(\.to) == [RelayHarness.server])
        harness.answer(from: Self.elsewhere)
        #expect(harness.transmit(RelayHarness.packet()) == .forward(to: Self.elsewhere))
    }
}
