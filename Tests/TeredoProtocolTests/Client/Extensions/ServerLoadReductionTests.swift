import TeredoProtocol
import TeredoWire
import Testing

/// RFC 6081 section 5.7.
@Suite struct ServerLoadReductionTests {
    static let peer = Packets.peer()
    static let elsewhere = UDPEndpoint(peer.mappedEndpoint.address, 6001)

    /// A client whose peer was heard at another endpoint and then was idle for 31 s.
    static func idle(_ change: (inout ClientConfiguration) -> Void = { _ in }) -> ClientHarness {
        var harness = ClientHarness.behind(.constant, change)
        harness.meet(peer, at: elsewhere)
        harness.live(.seconds(31), .constant)
        harness.forget()
        return harness
    }

    @Test("SLR-1, RFC 6081 5.7.4.1: data to an idle peer waits while a solicitation goes to its known endpoint")
    func solicitation() {
        var harness = Self.idle()
        #expect(harness.transmit(to: Self.peer) == .consumed)
        #expect(harness.sent.map(\.to) == [Self.elsewhere])
        #expect(harness.direct.map(\.trailers.neighborDiscovery) == [.solicitation])
    }

    @Test("SLR-4, RFC 6081 5.7.4.2: an advertisement makes the peer valid again and sends what waits, in order")
    func advertisement() {
        var harness = Self.idle()
        for marker in 1...3 as ClosedRange<UInt8> { harness.transmit(to: Self.peer, marker: marker) }
        harness.sent = []
        harness.receiveDirect(Self.peer, [.neighborDiscovery(.advertisement)], from: Self.elsewhere)
        #expect(harness.sent.map(\.to) == [Self.elsewhere, Self.elsewhere, Self.elsewhere])
        #expect(harness.sent.map { $0.bytes[40] } == [1, 2, 3])
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.elsewhere))
        harness.sent = []
        harness.live(.seconds(9), .constant)
        #expect(harness.bubbles.isEmpty)
    }

    @Test("SLR-2, RFC 6081 5.7.4.2: solicitations at 0, 2 and 4 s, an indirect bubble at 4 s, an error at 8 s")
    func timeline() {
        var harness = Self.idle()
        let start = harness.now
        harness.transmit(to: Self.peer)
        harness.live(.milliseconds(8100), .constant)
        let solicitations = harness.direct.filter { $0.trailers.neighborDiscovery == .solicitation }
        #expect(solicitations.map { $0.at - start } == [.zero, .seconds(2), .seconds(4)])
        #expect(harness.indirect.first.map { $0.at - start } == .seconds(4))
        #expect(harness.delivered.count == 1)
        #expect(harness.delivered.first?[40] == ICMPv6.destinationUnreachable)
    }

    @Test("SEC-55: solicitations count in the four bubbles of 300 s")
    func counted() {
        var harness = Self.idle()
        let start = harness.now
        var decisions: Set<ProtocolInstant> = []
        while harness.now - start < .seconds(290) {
            harness.transmit(to: Self.peer)
            decisions.formUnion(harness.bubbles.map(\.at))
            harness.sent = []
            harness.live(.seconds(1), .constant)
        }
        #expect(decisions.count == 4)
    }

    @Test(
        "SLR-3, SEC-55, RFC 6081 5.7.4.3: a solicitation of a trusted peer draws an advertisement, at most once a second"
    )
    func answer() {
        var harness = Self.idle()
        for _ in 0..<21 {
            harness.receiveDirect(Self.peer, [.neighborDiscovery(.solicitation)], from: Self.elsewhere)
            harness.live(.milliseconds(100), .constant)
        }
        #expect(harness.bubbles.map(\.to) == [Self.elsewhere, Self.elsewhere, Self.elsewhere])
        #expect(harness.bubbles.allSatisfy { $0.trailers.neighborDiscovery == .advertisement })
        #expect(harness.client.counters.drops[.answerLimitReached] == 18)
    }

    @Test("RFC 6081 5.7.4.3 SEC-14: a solicitation from an endpoint that is not proved draws nothing")
    func unproven() {
        var harness = Self.idle()
        let stranger = UDPEndpoint(IPv4Address(203, 0, 113, 99), 1)
        #expect(
            harness.receiveDirect(Self.peer, [.neighborDiscovery(.solicitation)], from: stranger)
                == .drop(.endpointMismatch)
        )
        #expect(harness.sent.isEmpty)
    }

    @Test("SEC-55: direct bubbles draw no bubbles, whatever else they carry")
    func noPingPong() {
        var harness = Self.idle()
        harness.receiveDirect(Self.peer, from: Self.elsewhere)
        harness.sent = []
        for trailers in [
            [], [Trailer.nonce(1)], [.neighborDiscovery(.advertisement)], [.randomPort(9)],
            [.alternateAddresses([UDPEndpoint(IPv4Address(8, 8, 8, 8), 9)])], [.sender(Self.peer.ipv6)],
        ] {
            harness.receiveDirect(Self.peer, trailers, from: Self.elsewhere)
        }
        #expect(harness.sent.isEmpty)
    }

    @Test("Switched off, or with a peer that never showed a trailer, the server is asked at once")
    func off() {
        var harness = Self.idle { $0.extensions.serverLoadReduction = false }
        harness.transmit(to: Self.peer)
        #expect(harness.indirect.count == 1)
        #expect(!harness.direct.contains { $0.trailers.neighborDiscovery != nil })

        var plain = ClientHarness.behind(.constant)
        plain.transmit(to: Self.peer)
        plain.receiveDirect(Self.peer)
        plain.live(.seconds(31), .constant)
        plain.sent = []
        plain.transmit(to: Self.peer)
        #expect(plain.indirect.count == 1)
        #expect(!plain.direct.contains { $0.trailers.neighborDiscovery != nil })
    }
}
