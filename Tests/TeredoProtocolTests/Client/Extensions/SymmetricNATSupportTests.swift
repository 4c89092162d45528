import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// RFC 6081 section 5.2.
@Suite struct SymmetricNATSupportTests {
    static let peer = Packets.peer()
    /// Where a peer behind a symmetric NAT is heard from.
    static let elsewhere = UDPEndpoint(peer.mappedEndpoint.address, 6001)

    @Test("SNS-1, RFC 6081 5.2.4.1: two mapped endpoints do not put the client off-line; the address is of the first")
    func qualification() {
        let harness = ClientHarness.behind(.random)
        #expect(harness.client.status == .qualified(.symmetric))
        #expect(harness.client.mappedEndpoint == ClientHarness.Mapping.random.primary)
        #expect(harness.client.secondaryMappedEndpoint == ClientHarness.Mapping.random.secondary)
    }

    @Test(
        "SNS-2, SEC-13, RFC 6081 5.2.4.2: every indirect bubble carries a nonce, not 0 and new, from the random generator"
    )
    func nonces() {
        var nonces: Set<UInt32> = []
        for seed in 1...20 as ClosedRange<UInt64> {
            var harness = ClientHarness.behind(.constant, seed: seed)
            harness.transmit(to: Self.peer)
            harness.advance(.seconds(7))
            #expect(harness.indirect.count == 4)
            nonces.formUnion(harness.indirect.compactMap(\.trailers.nonce))
        }
        #expect(nonces.count == 80)
    }

    @Test("SNS-3, RFC 6081 5.2.4.3: a direct bubble carries no nonce before an indirect bubble with one came in")
    func directWithoutNonce() {
        var harness = ClientHarness.behind(.constant)
        harness.transmit(to: Self.peer)
        #expect(harness.direct.map(\.trailers) == [TrailerList()])
        harness.sent = []
        harness.receiveIndirect(Self.peer)
        #expect(!harness.direct.isEmpty && harness.direct.allSatisfy { $0.trailers == TrailerList() })
    }

    @Test(
        "SNS-3, SNS-4, RFC 6081 5.2.4.3: a direct bubble returns the last nonce received; an indirect bubble without one clears it"
    )
    func nonceReceived() {
        var harness = ClientHarness.behind(.constant)
        for (nonce, expected) in [(7, 7), (9, 9), (0, nil), (11, 11), (nil, nil)] as [(UInt32?, UInt32?)] {
            harness.sent = []
            harness.receiveIndirect(Self.peer, nonce.map { [.nonce($0)] } ?? [])
            #expect(harness.direct.map(\.trailers.nonce) == [expected], "after \(nonce as UInt32?)")
            harness.advance(.seconds(3))
        }
    }

    @Test("RFC 6081 5.2.4.4: a matching endpoint is accepted without a nonce")
    func matching() {
        var harness = ClientHarness.behind(.constant)
        harness.transmit(to: Self.peer)
        harness.sent = []
        #expect(harness.receiveDirect(Self.peer) == .consumed)
        #expect(harness.sent.map(\.to) == [Self.peer.mappedEndpoint])
    }

    @Test("SNS-5, RFC 6081 5.2.4.4: the nonce sent makes another endpoint good; packets go there")
    func learns() {
        var harness = ClientHarness.behind(.constant)
        harness.transmit(to: Self.peer)
        let nonce = harness.lastNonce
        harness.sent = []
        #expect(harness.receiveDirect(Self.peer, [.nonce(nonce)], from: Self.elsewhere) == .consumed)
        #expect(harness.sent.map(\.to) == [Self.elsewhere])
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.elsewhere))
        guard case .deliver = harness.receiveData(Self.peer, from: Self.elsewhere) else {
            Issue.record("data from the proved endpoint is not delivered")
            return
        }
    }

    @Test(
        "SNS-5, SEC-14, SEC-10, RFC 6081 5.2.4.4: a mismatching direct bubble without the valid nonce is dropped, nothing changes",
        arguments: ["absent", "zero", "next", "complement", "reflected"]
    )
    func mismatch(kind: String) throws {
        var harness = ClientHarness.behind(.constant)
        harness.transmit(to: Self.peer)
        let nonce = harness.lastNonce
        harness.sent = []
        let trailers: [String: [Trailer]] = [
            "absent": [], "zero": [.nonce(0)], "next": [.nonce(nonce &+ 1)], "complement": [.nonce(~nonce)],
            "reflected": [.randomPort(UInt16(truncatingIfNeeded: nonce))],
        ]
        let wrong = try #require(trailers[kind])
        #expect(harness.receiveDirect(Self.peer, wrong, from: Self.elsewhere) == .drop(.endpointMismatch))
        #expect(harness.sent.isEmpty)
        #expect(harness.transmit(to: Self.peer) == .consumed)
        // The contact goes on as if nothing had come.
        #expect(harness.receiveDirect(Self.peer, [.nonce(nonce)], from: Self.elsewhere) == .consumed)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.elsewhere))
    }

    @Test("SEC-14: a trusted peer is not moved by a bubble without its nonce")
    func trustedStays() {
        var harness = ClientHarness.behind(.constant)
        harness.transmit(to: Self.peer)
        harness.receiveDirect(Self.peer)
        for trailers in [[], [Trailer.nonce(1)], [.nonce(0)]] {
            #expect(harness.receiveDirect(Self.peer, trailers, from: Self.elsewhere) == .drop(.endpointMismatch))
        }
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.peer.mappedEndpoint))
    }

    @Test("SEC-11: a nonce proves the peer that it was sent to and no other, known or unknown")
    func noncesAreOfOnePeer() {
        var harness = ClientHarness.behind(.constant)
        let other = Packets.peer(IPv4Address(203, 0, 113, 66), port: 7000)
        let unknown = Packets.peer(IPv4Address(203, 0, 113, 67), port: 7000)
        harness.transmit(to: Self.peer)
        let nonce = harness.lastNonce
        harness.transmit(to: other)
        for victim in [other, unknown] {
            #expect(harness.receiveDirect(victim, [.nonce(nonce)], from: Self.elsewhere) == .drop(.endpointMismatch))
        }
        #expect(harness.transmit(to: other) == .consumed)
    }

    @Test("SEC-11: a nonce moves a peer once; the same bubble from a third place does not move it again")
    func onceOnly() {
        var harness = ClientHarness.behind(.constant)
        harness.transmit(to: Self.peer)
        let nonce = harness.lastNonce
        harness.receiveDirect(Self.peer, [.nonce(nonce)], from: Self.elsewhere)
        harness.receiveDirect(Self.peer, [.nonce(nonce)], from: UDPEndpoint(IPv4Address(203, 0, 113, 99), 1))
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.elsewhere))
    }

    @Test("SEC-13: after 16 wrong nonces bubbles of the peer are ignored for 30 s, the right one too; 15 do no harm")
    func guesses() {
        var patient = ClientHarness.behind(.constant)
        patient.transmit(to: Self.peer)
        let good = patient.lastNonce
        for guess in 1...15 as ClosedRange<UInt32> {
            patient.receiveDirect(Self.peer, [.nonce(good &+ guess)], from: Self.elsewhere)
        }
        #expect(patient.receiveDirect(Self.peer, [.nonce(good)], from: Self.elsewhere) == .consumed)

        var harness = ClientHarness.behind(.constant)
        harness.transmit(to: Self.peer)
        let nonce = harness.lastNonce
        for guess in 1...16 as ClosedRange<UInt32> {
            harness.receiveDirect(Self.peer, [.nonce(nonce &+ guess)], from: Self.elsewhere)
        }
        #expect(harness.receiveDirect(Self.peer, [.nonce(nonce)], from: Self.elsewhere) == .drop(.endpointMismatch))
        harness.live(.milliseconds(29_500), .constant)
        let last = harness.lastNonce
        #expect(harness.receiveDirect(Self.peer, [.nonce(last)], from: Self.elsewhere) == .drop(.endpointMismatch))
        harness.live(.milliseconds(500), .constant)
        #expect(harness.receiveDirect(Self.peer, [.nonce(last)], from: Self.elsewhere) == .consumed)
        #expect(harness.transmit(to: Self.peer) == .forward(to: Self.elsewhere))
    }

    @Test(
        "SNS-6, RFC 6081 3.1: an indirect bubble of an unknown peer draws a direct one and one through the peer's server"
    )
    func introduction() {
        var harness = ClientHarness.behind(.constant)
        harness.receiveIndirect(Self.peer, [.nonce(0x1234_5678)])
        #expect(harness.bubbles.map(\.to) == [Self.peer.mappedEndpoint, UDPEndpoint(Self.peer.server, 3544)])
        #expect(harness.direct.map(\.trailers.nonce) == [0x1234_5678])
        #expect(harness.lastNonce != 0 && harness.lastNonce != 0x1234_5678)
    }

    @Test("SNS-6, SEC-55, RFC 6081 3.1: indirect bubbles draw at most one indirect bubble in 2 s and four in 300 s")
    func pacedIntroductions() {
        var harness = ClientHarness.behind(.constant)
        var times: [ProtocolInstant] = []
        for number in 0..<2900 {
            harness.receiveIndirect(Self.peer, [.nonce(UInt32(number + 1))])
            times += harness.indirect.map(\.at)
            harness.sent = []
            harness.live(.milliseconds(100), .constant)
        }
        #expect(times.count == 4)
        #expect(zip(times.dropFirst(), times).allSatisfy { $0 - $1 >= .seconds(2) })
    }

    @Test("SEC-55: an indirect bubble without a nonce draws no indirect one, since the peer could not use ours")
    func withoutNonce() {
        var harness = ClientHarness.behind(.constant)
        harness.receiveIndirect(Self.peer)
        #expect(harness.bubbles.map(\.to) == [Self.peer.mappedEndpoint])
    }

    @Test("SNS-5, SEC-13: a nonce that told where a peer is moves it nowhere else")
    func usedNonce() {
        var harness = ClientHarness.behind(.constant)
        let (peer, place) = (Packets.peer(), endpoint("203.0.113.20:61000"))
        harness.transmit(to: peer)
        let nonce = harness.lastNonce
        harness.receiveDirect(peer, [.nonce(nonce)], from: place)
        harness.advance(.seconds(3))
        harness.receiveDirect(peer, [.nonce(nonce)], from: endpoint("203.0.113.20:61001"))
        #expect(harness.transmit(to: peer) == .forward(to: place))
    }

    @Test("SNS-5: data from elsewhere is kept for 2 s while a peer is answered, and then dropped")
    func heldOfAnswered() {
        var harness = ClientHarness.behind(.constant)
        let peer = Packets.peer()
        harness.receiveIndirect(peer, [.nonce(9)])
        #expect(harness.receiveData(peer, from: endpoint("203.0.113.20:61000")) == .consumed)
        #expect(harness.client.queuedPackets == 1)
        harness.advance(.milliseconds(2100))
        #expect(harness.client.queuedPackets == 0 && harness.delivered.isEmpty)
        #expect(harness.client.counters.drops[.endpointMismatch] == 1)
    }

    @Test("Switched off, there are no nonces and none is believed")
    func off() {
        var harness = ClientHarness.behind(.constant) { $0.extensions = .none }
        harness.transmit(to: Self.peer)
        #expect(harness.bubbles.allSatisfy { $0.trailers == TrailerList() })
        harness.sent = []
        harness.receiveIndirect(Self.peer, [.nonce(5)])
        #expect(harness.sent.map(\.to) == [Self.peer.mappedEndpoint])
        #expect(harness.sent.allSatisfy { $0.trailers == TrailerList() })
        for nonce in [0, 1, 5] as [UInt32] {
            #expect(
                harness.receiveDirect(Self.peer, [.nonce(nonce)], from: Self.elsewhere) == .drop(.endpointMismatch)
            )
        }
    }

    @Test("A peer that is heard late is answered where it is, once for each of its indirect bubbles")
    func answeredWhereHeard() {
        var harness = ClientHarness.behind(.constant)
        harness.receiveIndirect(Self.peer, [.nonce(77)])
        let nonce = harness.lastNonce
        harness.sent = []
        harness.receiveDirect(Self.peer, [.nonce(77), .nonce(nonce)], from: Self.elsewhere)
        #expect(harness.sent.isEmpty)
        harness.receiveDirect(Self.peer, [.nonce(nonce)], from: Self.elsewhere)
        #expect(harness.bubbles.map(\.to) == [Self.elsewhere])
        #expect(harness.bubbles.map(\.trailers.nonce) == [77])
        harness.sent = []
        for _ in 0..<5 { harness.receiveDirect(Self.peer, [.nonce(nonce)], from: Self.elsewhere) }
        #expect(harness.sent.isEmpty)
    }

    @Test(
        "R9b, SEC-14: without the extension there is no nonce that could prove a packet from elsewhere, so it is not kept"
    )
    func nothingKeptWithoutNonces() {
        var harness = ClientHarness.behind(.constant) { $0.extensions.symmetricNAT = false }
        let peer = Packets.peer()
        harness.transmit(to: peer)
        harness.receiveData(peer, from: UDPEndpoint(peer.mappedEndpoint.address, 6001))
        #expect(harness.client.counters.drops[.endpointMismatch] == 1)
    }
}
