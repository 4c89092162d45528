import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// docs/fleet.md section 3: a relay names its siblings to clients that ask.
@Suite struct RelaySiblingsTests {
    private static let siblings = [
        UDPEndpoint(ipv4("203.0.113.10"), 3545), UDPEndpoint(RelayHarness.address, 3545),
        UDPEndpoint(ipv4("203.0.113.11"), 3545),
    ]

    private static func question(to destination: IPv6Address = RelayHarness.host, slots: Int = 8) -> [UInt8] {
        let bubble = TeredoBubble(source: RelayHarness.client.ipv6, destination: destination)
        return [UInt8](capacity: 200) { output in
            bubble.encode(into: &output)
            output.append(Trailer.TypeCode.relaySiblings)
            output.append(UInt8(8 + 6 * slots))
            output.append(bigEndian: 77 as UInt64)
            for _ in 0..<6 * slots { output.append(0) }
        }
    }

    private static func answers(_ harness: RelayHarness) -> [RelaySiblings] {
        harness.bubbles.compactMap { sent in
            guard let datagram = sent.datagram else { return nil }
            return try? TrailerList(parsing: sent.bytes.span.extracting(datagram.trailers)).relaySiblings
        }
    }

    @Test(
        "a trusted client is told of all siblings but the relay itself, in a bubble of the host, as long as its question"
    )
    func named() throws {
        var harness = RelayHarness.trusting { $0.siblings = Self.siblings }
        harness.receive(Self.question(), from: RelayHarness.client.mappedEndpoint)
        let answer = try #require(Self.answers(harness).first)
        #expect(answer.nonce == 77 && answer.endpoints == [Self.siblings[0], Self.siblings[2]])
        #expect(harness.sent.count == 1 && harness.sent[0].to == RelayHarness.client.mappedEndpoint)
        #expect(harness.sent[0].datagram?.header.source == RelayHarness.host)
        #expect(harness.sent[0].bytes.count == Self.question().count)
        #expect(harness.delivered.isEmpty, "the question is not for the host")
    }

    @Test("SEC-45: no answer is longer than its question")
    func short() throws {
        var harness = RelayHarness.trusting { $0.siblings = Self.siblings }
        for slots in 0...1 {
            harness.forget()
            harness.receive(Self.question(slots: slots), from: RelayHarness.client.mappedEndpoint)
            #expect(harness.sent.map(\.bytes.count) == [Self.question(slots: slots).count])
            #expect(try #require(Self.answers(harness).first).endpoints.count == slots)
        }
    }

    @Test(
        "a relay without siblings says so, for a client need not ask again; nobody is told for hosts that are not served"
    )
    func none() {
        var harness = RelayHarness.trusting()
        harness.receive(Self.question(), from: RelayHarness.client.mappedEndpoint)
        #expect(Self.answers(harness).map(\.endpoints) == [[]])
        harness.forget()
        harness.receive(Self.question(to: ipv6("2400:9::1")), from: RelayHarness.client.mappedEndpoint)
        harness.receive(Self.question(to: ipv6("fe80::1")), from: RelayHarness.client.mappedEndpoint)
        #expect(harness.sent.isEmpty)
    }

    @Test(
        "a relay that drains leaves the question without an answer, serves on, and answers again when that is called off"
    )
    func draining() {
        var harness = RelayHarness.trusting { $0.siblings = Self.siblings }
        harness.relay.setDraining(true)
        harness.receive(Self.question(), from: RelayHarness.client.mappedEndpoint)
        #expect(harness.sent.isEmpty)
        // New settings do not end it.
        var settings = RelayConfiguration(kind: .router(servedPrefixes: []), ownIPv6Addresses: [], ownIPv4Addresses: [])
        settings.siblings = Self.siblings
        harness.relay.adopt(settings, now: harness.now)
        harness.receive(Self.question(), from: RelayHarness.client.mappedEndpoint)
        #expect(harness.sent.isEmpty)
        #expect(harness.relay.clientCount(usedSince: harness.now - .seconds(5)) == 1)
        #expect(harness.relay.clientCount(usedSince: harness.now) == 0)
        harness.relay.setDraining(false)
        harness.receive(Self.question(), from: RelayHarness.client.mappedEndpoint)
        #expect(Self.answers(harness).count == 1)
    }

    @Test("SEC-10: a question from elsewhere than where the client is has no answer")
    func elsewhere() {
        var harness = RelayHarness.trusting { $0.siblings = Self.siblings }
        harness.receive(Self.question(), from: UDPEndpoint(ipv4("198.51.100.99"), 9))
        #expect(Self.answers(harness).isEmpty)
    }
}
