import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// The relay's side of proofs.
@Suite struct ServerProofsTests {
    static let now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
    static let server = endpoint("192.0.2.1:3544")
    static let bubble = Packets.bubble(from: ipv6("fe80::1"), to: Packets.peer(server: server.address).ipv6)

    static func offer(_ proof: UInt64, of server: UDPEndpoint = server) -> [UInt8] {
        Packets.bubble(from: TeredoLinkLocal.server(server.address), to: ipv6("fe80::1"))
            + encoded { Trailer.sourceProof(proof).encode(into: &$0) }
    }

    @Test("What a server gave goes with every bubble to it, and with nothing else")
    func returned() {
        var proofs = ServerProofs()
        #expect(proofs.returningProof(with: Self.bubble.span, to: Self.server, now: Self.now) == nil)
        #expect(proofs.handle(Self.offer(7).span, from: Self.server, now: Self.now) == true)
        let expected = Self.bubble + encoded { Trailer.sourceProof(7).encode(into: &$0) }
        #expect(proofs.returningProof(with: Self.bubble.span, to: Self.server, now: Self.now) == expected)
        for other in ["192.0.2.1:3545", "192.0.2.2:3544"] {
            #expect(proofs.returningProof(with: Self.bubble.span, to: endpoint(other), now: Self.now) == nil)
        }
        let data = Self.bubble + [0]
        #expect(proofs.returningProof(with: data.span, to: Self.server, now: Self.now) == nil)
    }

    @Test("SEC-10: a server that was not asked within 10 s, and whoever is no server, is not listened to")
    func unasked() {
        var proofs = ServerProofs()
        #expect(proofs.handle(Self.offer(7).span, from: Self.server, now: Self.now) == true)
        #expect(proofs.returningProof(with: Self.bubble.span, to: Self.server, now: Self.now) == nil)
        let late = Self.now + .seconds(11)
        #expect(proofs.handle(Self.offer(7).span, from: Self.server, now: late) == true)
        #expect(proofs.returningProof(with: Self.bubble.span, to: Self.server, now: late) == nil)
        #expect(proofs.handle(Self.offer(7).span, from: endpoint("192.0.2.1:3545"), now: late) == false)
        #expect(proofs.handle(Self.offer(7).span, from: endpoint("192.0.2.9:3544"), now: late) == false)
        #expect(proofs.handle(Self.bubble.span, from: Self.server, now: late) == false)
        #expect(proofs.returningProof(with: Self.bubble.span, to: Self.server, now: late) == nil)
    }

    @Test("SEC-31: of a million servers that packets name, 256 are remembered")
    func bounded() {
        var proofs = ServerProofs()
        for number in 0..<1_000_000 {
            let server = UDPEndpoint(IPv4Address(rawValue: 0x0800_0000 + UInt32(number)), 3544)
            _ = proofs.returningProof(with: Self.bubble.span, to: server, now: Self.now)
        }
        func isKnown(_ number: Int) -> Bool {
            let server = UDPEndpoint(IPv4Address(rawValue: 0x0800_0000 + UInt32(number)), 3544)
            _ = proofs.handle(Self.offer(9, of: server).span, from: server, now: Self.now)
            return proofs.returningProof(with: Self.bubble.span, to: server, now: Self.now) != nil
        }
        #expect((1_000_000 - 256..<1_000_000).allSatisfy(isKnown))
        #expect(isKnown(5) == false)
    }
}
