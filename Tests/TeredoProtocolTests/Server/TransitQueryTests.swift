import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// docs/transit.md section 4, the server's side.
@Suite struct TransitQueryTests {
    private static let relay = endpoint("203.0.113.99:3545")

    private static func query(
        _ client: TeredoAddress = ServerHarness.alice,
        kind: TransitMessage.Kind = .query
    ) -> [UInt8] {
        [UInt8](capacity: 62) { output in
            TeredoBubble(source: client.ipv6, destination: ServerHarness.linkLocal).encode(into: &output)
            Trailer.transit(TransitMessage(kind, nonce: 42)).encode(into: &output)
        }
    }

    @Test("transit 4, SEC-40: an own client that asks learns of the relay, in as many octets as it sent")
    func announced() throws {
        var harness = try ServerHarness { $0.announcedTransitRelay = Self.relay }
        let outcome = harness.receive(Self.query(), from: ServerHarness.alice.mappedEndpoint)
        #expect(outcome.target == ServerHarness.alice.mappedEndpoint && outcome.socket == .primary)
        #expect(outcome.bytes.count == Self.query().count)
        let datagram = try #require(outcome.datagram)
        #expect(datagram.header.source == ServerHarness.linkLocal && datagram.origin == nil)
        let message = try TrailerList(parsing: Array(outcome.bytes[datagram.trailers]).span).transit
        #expect(message?.kind == .announcement && message?.nonce == 42 && message?.endpoint == Self.relay)
    }

    @Test(
        "D3: without a relay to announce, to strangers, with a forged source and to other messages there is no answer"
    )
    func refused() throws {
        var silent = try ServerHarness()
        #expect(
            silent.receive(Self.query(), from: ServerHarness.alice.mappedEndpoint).dropped == .unforwardableDestination
        )
        var harness = try ServerHarness { $0.announcedTransitRelay = Self.relay }
        for (bytes, source) in [
            (Self.query(ServerHarness.stranger), ServerHarness.stranger.mappedEndpoint),
            (Self.query(), ServerHarness.bob.mappedEndpoint),
            (Self.query(kind: .open), ServerHarness.alice.mappedEndpoint),
            (Array(Self.query().prefix(40)), ServerHarness.alice.mappedEndpoint),
            (Array(Self.query().prefix(55)), ServerHarness.alice.mappedEndpoint),
        ] {
            #expect(harness.receive(bytes, from: source).dropped == .unforwardableDestination)
        }
    }
}
