import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct RelayTimingTests {
    typealias Harness = RelayHarness

    @Test("X3: one packet draws bubbles at 0, 2, 4 and 6 s; at 8 s it is unreachable")
    func schedule() {
        var harness = Harness()
        harness.transmit(Harness.packet())
        harness.advance(.milliseconds(7999))
        #expect(harness.bubbles.map(\.at) == [.seconds(0), .seconds(2), .seconds(4), .seconds(6)])
        #expect(harness.errors.isEmpty && harness.relay.queuedOctets == 60)
        harness.advance(.milliseconds(1))
        #expect(harness.errors == [[1, 3]] && harness.relay.queuedOctets == 0)
        #expect(harness.relay.counters.drops[.peerUnreachable] == 1)
    }

    @Test("X3, SEC-45: a packet every 250 ms for 600 s draws four bubbles in any 300 s, and errors between them")
    func longRun() {
        var harness = Harness()
        for _ in 0..<2400 {
            harness.transmit(Harness.packet())
            harness.advance(.milliseconds(250))
        }
        let times = harness.bubbles.map(\.at)
        #expect(times.prefix(4) == [.seconds(0), .seconds(2), .seconds(4), .seconds(6)])
        #expect(times.count == 8)
        for (earlier, later) in zip(times, times.dropFirst()) { #expect(later - earlier >= .seconds(2)) }
        for (earlier, later) in zip(times, times.dropFirst(4)) { #expect(later - earlier > .seconds(300)) }
        #expect(harness.errors.count > 1000 && Set(harness.errors) == [[1, 3]])
    }

    @Test("SEC-45: the limit survives a silence of 200 s, when packets come once in a while")
    func silence() {
        var harness = Harness()
        for _ in 0..<10 {
            harness.transmit(Harness.packet())
            harness.advance(.seconds(60))
        }
        let times = harness.bubbles.map(\.at)
        #expect(times.count >= 8)
        for (earlier, later) in zip(times, times.dropFirst(4)) { #expect(later - earlier > .seconds(300)) }
    }

    @Test("X3: after 8 s a new packet is refused at once, until the 300 s are over")
    func refusal() {
        var harness = Harness()
        harness.transmit(Harness.packet())
        harness.advance(.seconds(8))
        harness.forget()
        #expect(harness.transmit(Harness.packet()) == .drop(.bubbleLimitReached))
        #expect(harness.errors == [[1, 3]] && harness.sent.isEmpty)
        harness.advance(.seconds(293))
        #expect(harness.transmit(Harness.packet()) == .consumed)
        harness.answer()
        #expect(harness.data.count == 1)
    }

    @Test("X1: a one-way flow asks for a sign of life at 25 s and never stalls when it is answered")
    func oneWayFlow() {
        var harness = Harness.trusting()
        for _ in 0..<1200 {
            #expect(harness.transmit(Harness.packet()) == .forward(to: Harness.client.mappedEndpoint))
            if harness.sent.last?.isBubble == false, let bubble = harness.bubbles.last,
                bubble.at == harness.now - Harness.start
            {
                harness.answer()
            } else if harness.sent.last?.isBubble == true {
                harness.answer()
            }
            harness.advance(.milliseconds(100))
        }
        #expect(harness.bubbles.map(\.at) == [.seconds(25), .seconds(50), .seconds(75), .seconds(100)])
        #expect(harness.errors.isEmpty && harness.relay.queuedOctets == 0)
    }

    @Test("X1, SEC-45: a one-way flow without answer goes on until 30 s and then ends with errors")
    func oneWayFlowWithoutAnswer() {
        var harness = Harness.trusting()
        var forwarded = 0
        for _ in 0..<600 {
            if harness.transmit(Harness.packet()) == .forward(to: Harness.client.mappedEndpoint) { forwarded += 1 }
            harness.advance(.milliseconds(100))
        }
        #expect(forwarded == 300)
        let times = harness.bubbles.map(\.at)
        #expect(times.count == 4 && times.first == .seconds(25))
        for (earlier, later) in zip(times, times.dropFirst()) { #expect(later - earlier >= .seconds(2)) }
        #expect(!harness.errors.isEmpty)
    }

    @Test("X1: a client that sends is never asked")
    func twoWayFlow() {
        var harness = Harness.trusting()
        for _ in 0..<300 {
            harness.transmit(Harness.packet())
            harness.receive(RelayReceptionTests.packet())
            harness.advance(.seconds(1))
        }
        #expect(harness.bubbles.isEmpty && harness.relay.counters.drops.total == 0)
    }

    @Test("Entries that were not used for 300 s go, and with the last one the timer")
    func expiry() {
        var harness = Harness.trusting()
        harness.transmit(Harness.packet(to: Packets.peer(port: 6000).ipv6))
        #expect(harness.relay.peerCount == 2)
        harness.advance(.seconds(290))
        #expect(harness.relay.peerCount == 2)
        harness.advance(.seconds(60))
        #expect(harness.relay.peerCount == 0 && harness.relay.nextTimeout == nil)
    }

    @Test("A relay without clients waits for nothing")
    func idle() {
        var harness = Harness()
        #expect(harness.relay.nextTimeout == nil)
        harness.relay.handleTimeout(now: harness.now + .seconds(1000))
        harness.drain()
        #expect(harness.sent.isEmpty && harness.delivered.isEmpty)
    }
}
