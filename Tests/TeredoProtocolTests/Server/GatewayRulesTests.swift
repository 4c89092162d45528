import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// A server and a relay in one process, and a server with one address (docs/gateway.md).
@Suite struct GatewayRulesTests {
    typealias Harness = ServerHarness

    private static let relay = UDPEndpoint(Harness.primary, 3545)
    private static let bubble = Packets.bubble(from: ipv6("fe80::1234"), to: Harness.bob.ipv6)

    private func receive(_ bytes: [UInt8], _ harness: inout Harness) -> Harness.Outcome {
        var verdict = ServerVerdict.drop(.malformed)
        let now = harness.now
        let answer = [UInt8](capacity: 65_575) { output in
            verdict = harness.server.handleRelayDatagram(bytes.span, from: Self.relay, now: now, into: &output)
        }
        return Harness.Outcome(verdict: verdict, bytes: answer)
    }

    @Test("S7c, D7: a bubble of the relay in the same process reaches an own client, the relay being its origin")
    func forwards() throws {
        var harness = try Harness()
        let outcome = receive(Self.bubble, &harness)
        #expect(outcome.target == Harness.bob.mappedEndpoint)
        #expect(outcome.socket == .primary)
        #expect(outcome.origin == OriginIndication(Self.relay))
        #expect(outcome.bytes.suffix(Self.bubble.count) == Self.bubble[...])
        #expect(harness.server.counters.datagramsReceived == 1 && harness.server.counters.bubblesSent == 1)
    }

    @Test("S4: the same bubble from the network is refused: its source is an own address")
    func refusesFromNetwork() throws {
        var harness = try Harness()
        #expect(harness.receive(Self.bubble, from: Self.relay).dropped == .ownIPv4Source)
    }

    @Test("S2, S5, S7c: of the relay in the same process the server passes nothing but bubbles to own clients")
    func refuses() throws {
        var harness = try Harness()
        let others: [([UInt8], DropReason)] = [
            (Packets.bubble(from: ipv6("fe80::1234"), to: Harness.stranger.ipv6), .sourceRefused),
            (Packets.bubble(from: Harness.alice.ipv6, to: Harness.bob.ipv6), .sourceRefused),
            (Packets.udp(from: Harness.native, to: Harness.bob.ipv6, length: 20), .unsupportedNextHeader),
            (encoded { OriginIndication(Self.relay).encode(into: &$0) } + Self.bubble, .unexpectedIndication),
            ([1, 2, 3], .malformed),
        ]
        for (bytes, reason) in others {
            #expect(receive(bytes, &harness).dropped == reason)
        }
    }

    @Test("D1: a server with one address answers solicitations without the cone bit, and is silent to those with it")
    func oneAddress() throws {
        var harness = try Harness { $0.secondary = nil }
        #expect(harness.receive(Harness.solicitation()).socket == .primary)
        #expect(harness.receive(Harness.solicitation(coneBit: true)).dropped == .noSecondAddress)
        #expect(harness.server.counters.advertisements == 1)
    }

    @Test("I8: a relay asks the clients of the server in its own process, and of no server at another own address")
    func asksOwnServer() {
        let other = ipv4("192.0.2.20")
        var harness = RelayHarness {
            $0.ownIPv4Addresses.append(other)
            $0.ownServer = RelayHarness.address
        }
        let client = Packets.peer(server: RelayHarness.address)
        #expect(harness.transmit(RelayHarness.packet(to: client.ipv6)) == .consumed)
        #expect(harness.bubbles.map(\.to) == [UDPEndpoint(RelayHarness.address, 3544)])
        let wrong = Packets.peer(server: other)
        #expect(harness.transmit(RelayHarness.packet(to: wrong.ipv6)) == .drop(.invalidServer))
    }
}
