import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

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

    @Test("X3, SEC-45: a packet every 250 ms draws four bubbles, then one after 10, 20 and 30 s, and errors")
    func longRun() {
        var harness = Harness()
        for _ in 0..<2400 {
            harness.transmit(Harness.packet())
            harness.advance(.milliseconds(250))
        }
        let times = harness.bubbles.map(\.at)
        #expect(times.prefix(4) == [.seconds(0), .seconds(2), .seconds(4), .seconds(6)])
        let pauses = zip(times.dropFirst(4), times.dropFirst(3)).map { $0 - $1 }
        #expect(pauses.prefix(3) == [.seconds(10), .seconds(20), .seconds(30)])
        #expect(pauses.dropFirst(3).allSatisfy { $0 == .seconds(30) } && times.count == 24)
        #expect(harness.errors.count > 800 && Set(harness.errors) == [[1, 3]])
    }

    @Test("SEC-45: packets that come once in a while draw one bubble each after the first four")
    func silence() {
        var harness = Harness()
        for _ in 0..<10 {
            harness.transmit(Harness.packet())
            harness.advance(.seconds(60))
        }
        let times = harness.bubbles.map(\.at)
        #expect(times.count == 13)
        for (earlier, later) in zip(times.dropFirst(3), times.dropFirst(4)) { #expect(later - earlier > .seconds(10)) }
    }

    @Test("X3: after 8 s a packet waits for the next bubble, unless that is more than 8 s away")
    func refusal() {
        var harness = Harness()
        harness.transmit(Harness.packet())
        harness.advance(.seconds(8))
        harness.forget()
        #expect(harness.transmit(Harness.packet()) == .consumed && harness.bubbles.isEmpty)
        harness.advance(.seconds(10))
        #expect(harness.bubbles.map(\.at) == [.seconds(16)])
        #expect(harness.errors == [[1, 3]] && harness.relay.queuedOctets == 0)
        #expect(harness.transmit(Harness.packet()) == .drop(.bubbleLimitReached))
        #expect(harness.errors.count == 2)
        harness.advance(.milliseconds(9999))
        #expect(harness.transmit(Harness.packet()) == .drop(.bubbleLimitReached))
        harness.advance(.milliseconds(1))
        #expect(harness.transmit(Harness.packet()) == .consumed)
        harness.advance(.seconds(8))
        #expect(harness.bubbles.map(\.at) == [.seconds(16), .seconds(36)])
        harness.answer()
        #expect(harness.data.count == 1)
    }

    /// A relay that gave up on a client 1 s ago, and will not ask it for 17 s.
    private static func givenUp() -> Harness {
        var harness = Harness()
        for duration in [Duration.seconds(8), .seconds(11)] {
            harness.transmit(Harness.packet())
            harness.advance(duration)
        }
        harness.forget()
        return harness
    }

    @Test("X3: a sign of life is not kept waiting with the packets before it")
    func signWhileWaiting() {
        var harness = Harness()
        harness.transmit(Harness.packet())
        harness.advance(.seconds(9))
        harness.forget()
        #expect(harness.transmit(Harness.packet()) == .consumed && harness.sent.isEmpty)
        harness.transmit(Self.signs[0])
        #expect(harness.bubbles.count == 1)
        harness.answer()
        #expect(harness.data.count == 2)
    }

    /// Packets that only a client that is there can have drawn: the answers to what it sent through its server.
    private static let signs: [[UInt8]] = {
        let reply = ServerHarness.icmpv6(type: 129, from: Harness.host, to: Harness.client.ipv6)
        let request = ServerHarness.icmpv6(type: 128, from: Harness.client.ipv6, to: Harness.host)
        return [reply]
            + ([1, 3] as [UInt8]).map { type in
                var error = ServerHarness.icmpv6(type: type, from: Harness.host, to: Harness.client.ipv6, length: 72)
                error.replaceSubrange(48..<112, with: request)
                return error
            }
    }()

    @Test(
        "X3: a sign of life opens a silent client at once: an echo reply for it, or an error about its request",
        arguments: signs
    )
    func signOfLife(packet: [UInt8]) {
        var harness = Self.givenUp()
        #expect(harness.transmit(packet) == .consumed && harness.bubbles.map(\.to) == [Harness.server])
        harness.answer()
        #expect(harness.data.map(\.bytes) == [packet])
        #expect(harness.transmit(Harness.packet()) == .forward(to: Harness.client.mappedEndpoint))
    }

    @Test("X3: what anybody could send is no sign of life: requests, other data, errors about other packets")
    func noSignOfLife() {
        var foreign = Self.signs[1]
        foreign[48 + 40] = 129
        var third = Self.signs[1]
        third[48 + 23] ^= 1
        var later = Self.signs[0]
        later.replaceSubrange(6..<7, with: [44])
        later.replaceSubrange(40..<48, with: [58, 0, 0, 8, 0, 0, 0, 1])
        let short = ServerHarness.icmpv6(type: 1, from: Harness.host, to: Harness.client.ipv6)
        let request = ServerHarness.icmpv6(type: 128, from: Harness.host, to: Harness.client.ipv6)
        for packet in [foreign, third, later, short, request, Harness.packet()] {
            var harness = Self.givenUp()
            #expect(harness.transmit(packet) == .drop(.bubbleLimitReached) && harness.sent.isEmpty)
        }
    }

    @Test(
        "X3, SEC-37: of a sign of life that is cut off anywhere nothing is believed, and nothing is read behind its end"
    )
    func shortSign() {
        let sign = Self.signs[1]
        for count in 41..<sign.count {
            let isSign = TeredoRelay.isSignOfLife(sign.span.extracting(0..<count), of: Harness.client)
            #expect(isSign == (count > 88), "\(count) octets")
        }
    }

    @Test("SEC-45: signs of life draw one bubble each, 2 s apart, and none that goes on by itself")
    func manySigns() {
        var harness = Self.givenUp()
        for _ in 0..<600 {
            harness.transmit(Self.signs[0])
            harness.advance(.milliseconds(100))
        }
        let times = harness.bubbles.map(\.at)
        #expect(times.count == 31)
        for (earlier, later) in zip(times, times.dropFirst()) { #expect(later - earlier >= .seconds(2)) }
        harness.advance(.seconds(3))
        harness.forget()
        harness.advance(.seconds(100))
        #expect(harness.bubbles.isEmpty)
    }

    @Test("X3: a client that comes back in the last seconds of an attempt is asked once more")
    func lateSign() {
        var harness = Harness()
        harness.transmit(Harness.packet())
        harness.advance(.seconds(7))
        harness.transmit(Self.signs[0])
        harness.advance(.milliseconds(1500))
        let times = [0, 2, 4, 6, 8].map { Duration.seconds($0) }
        #expect(harness.bubbles.map(\.at) == times && harness.errors.isEmpty)
        harness.answer()
        #expect(harness.data.count == 2)
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
        #expect(times == [25, 27, 29, 33, 43].map { Duration.seconds($0) })
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
