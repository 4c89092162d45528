import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// How much a server sends on behalf of whom it knows, with the limits that it has in service.
@Suite struct ServerRateTests {
    private typealias Harness = ServerHarness
    private typealias Share = ServerShareTests

    @Test("SEC-40: a relay with a proof has 2,000 bubbles passed on at once, and 1,000 a second")
    func provenRelay() throws {
        var harness = try ServerAbuseTests.limited()
        let proof = try Share.proof(&harness)
        func passed(_ numbers: Range<Int>) -> Int {
            numbers.count {
                let outcome = harness.receive(Share.bubble(to: $0, proof: proof), from: Harness.relay)
                return outcome.target == Share.client($0).mappedEndpoint
            }
        }
        #expect(passed(100..<3100) == 2000)
        harness.now = harness.now + .seconds(1)
        #expect(passed(4000..<7000) == 1000)
    }

    @Test("SEC-40: a proof of a relay is for bubbles: its other packets have the share of a stranger")
    func data() throws {
        var harness = try ServerAbuseTests.limited()
        let proof = try Share.proof(&harness)
        harness.now = harness.now + .seconds(60)
        let passed = (100..<160).count {
            let packet = Harness.icmpv6(from: Harness.native, to: Share.client($0).ipv6)
            let bytes = packet + encoded { Trailer.sourceProof(proof).encode(into: &$0) }
            return harness.receive(bytes, from: Harness.relay).target == Share.client($0).mappedEndpoint
        }
        #expect(passed <= 20)
    }

    @Test(
        "SEC-40: a tolerant server gives who sends from another port of a client's address a stranger's share, and no offer"
    )
    func otherPort() throws {
        var harness = try Harness {
            $0.limits = ServerLimits()
            $0.toleratesPortMismatch = true
        }
        let address = Harness.alice.mappedEndpoint.address
        let outcomes = (0..<100).map { number in
            let bytes = Packets.bubble(from: Harness.alice.ipv6, to: Share.client(number).ipv6)
            return harness.receive(bytes, from: UDPEndpoint(address, UInt16(10_000 + number)))
        }
        #expect(outcomes.count { $0.target != nil } == 20)
        #expect(!outcomes.contains { $0.target?.address == address })
    }

    @Test(
        "SEC-40, transit 4: queries for a transit relay are answered within the rate of what a server says for itself"
    )
    func queries() throws {
        var harness = try Harness {
            $0.limits = ServerLimits()
            $0.announcedTransitRelay = endpoint("203.0.113.99:3545")
        }
        var answers = 0
        for number in 0..<400 {
            // Each client has a share of its own; what they are told has one.
            let client = Share.client(number % 40, at: ipv4("203.0.113.78"))
            let bytes = encoded { output in
                TeredoBubble(source: client.ipv6, destination: Harness.linkLocal).encode(into: &output)
                Trailer.transit(TransitMessage(.query, nonce: 42)).encode(into: &output)
            }
            if harness.receive(bytes, from: client.mappedEndpoint).target == client.mappedEndpoint { answers += 1 }
        }
        #expect((1...20).contains(answers), "\(answers)")
    }

    @Test(
        "SEC-51, S7b-t: a tolerant server passes bubbles of another port on to clients of its own only, and nothing else"
    )
    func tolerated() throws {
        var harness = try Harness { $0.toleratesPortMismatch = true }
        let source = UDPEndpoint(Harness.alice.mappedEndpoint.address, 9)
        let own = Packets.bubble(from: Harness.alice.ipv6, to: Harness.bob.ipv6)
        #expect(harness.receive(own, from: source).target == Harness.bob.mappedEndpoint)
        let others = Packets.bubble(from: Harness.alice.ipv6, to: Harness.stranger.ipv6)
        #expect(harness.receive(others, from: source).dropped == .sourceRefused)
        let packet = Harness.icmpv6(from: Harness.alice.ipv6, to: Harness.bob.ipv6)
        #expect(harness.receive(packet, from: source).dropped == .sourceRefused)
    }

    @Test("SEC-51: a client of another server is sent bubbles, without an indication of where they began")
    func otherServer() throws {
        var harness = try Harness()
        let bubble = Packets.bubble(from: Harness.alice.ipv6, to: Harness.stranger.ipv6)
        let outcome = harness.receive(bubble)
        #expect(outcome.target == Harness.stranger.mappedEndpoint && outcome.bytes == bubble)
        let packet = Harness.icmpv6(from: Harness.alice.ipv6, to: Harness.stranger.ipv6)
        #expect(harness.receive(packet).dropped == .unforwardableDestination)
    }
}
