import TeredoProtocol
import TeredoWire
import Testing

/// What counts as a sign of life, and what does not.
@Suite struct EvidenceTests {
    /// An address that differs from the client's in its random flags only, as old ones and guessed ones do.
    private static func foreign(_ harness: ClientHarness) -> IPv6Address {
        IPv6Address(high: harness.own.high, low: harness.own.low ^ 0x0001_0000_0000_0000)
    }

    /// Packets of the server that are not for the client, or that no rule lets in.
    private static func unbelievable(_ harness: ClientHarness) -> [[UInt8]] {
        let foreign = foreign(harness)
        let peer = Packets.peer()
        return [
            Packets.bubble(from: ClientHarness.native, to: foreign, origin: ClientHarness.relay),
            Packets.bubble(from: peer.ipv6, to: foreign, origin: peer.mappedEndpoint),
            Packets.udp(from: ClientHarness.native, to: foreign),
            Packets.udp(from: ClientHarness.native, to: IPv6Address(high: 0xFF02_0000_0000_0000, low: 1)),
            Packets.udp(from: harness.own, to: harness.own),
            Packets.bubble(from: harness.own, to: harness.own, origin: ClientHarness.relay),
            Packets.bubble(
                from: peer.ipv6,
                to: harness.own,
                origin: UDPEndpoint(IPv4Address(10, 9, 9, 9), 53)
            ),
            Packets.bubble(from: TeredoLinkLocal.client(coneBit: false), to: harness.own),
        ]
    }

    @Test(
        "R1: what the server sends for a foreign address, or what is refused, does not put off the refresh",
        arguments: 0..<8
    )
    func refusedPackets(kind: Int) {
        var harness = ClientHarness.qualified()
        let bytes = Self.unbelievable(harness)[kind]
        for _ in 0..<16 {
            harness.advance(.seconds(2))
            let verdict = harness.receive(bytes, from: harness.server)
            if case .drop = verdict {} else { Issue.record("\(verdict)") }
        }
        #expect(harness.solicitations.first?.to == harness.server, "nothing was asked for 32 s")
    }

    @Test("R1: a packet of the server does not stand for the answer to a solicitation under way")
    func keepsAsking() {
        var harness = ClientHarness.qualified()
        while harness.solicitations.isEmpty { harness.advance(.milliseconds(100)) }
        for _ in 0..<13 {
            harness.advance(.seconds(1))
            harness.receive(
                Packets.bubble(from: ClientHarness.native, to: harness.own, origin: ClientHarness.relay),
                from: harness.server
            )
        }
        #expect(harness.solicitations.count == 3)
        #expect(harness.client.address == nil)
    }

    @Test("R6: a packet of a trusted peer that is refused is no sign of life of it")
    func refusedPeer() throws {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        harness.receive(Packets.udp(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        #expect(harness.client.directPath(to: peer.ipv6, now: harness.now) != nil)
        // A neighbour advertisement behind a hop-by-hop header (SEC-05).
        let refused = [UInt8](capacity: 80) { output in
            IPv6Header(payloadLength: 32, nextHeader: 0, hopLimit: 255, source: peer.ipv6, destination: harness.own)
                .encode(into: &output)
            for octet in [58, 0, 1, 4, 0, 0, 0, 0] as [UInt8] { output.append(octet) }
            for octet in [136, 0, 0, 0] as [UInt8] { output.append(octet) }
            for _ in 0..<20 { output.append(0) }
        }
        for _ in 0..<4 {
            harness.advance(.seconds(8))
            #expect(harness.receive(refused, from: peer.mappedEndpoint) == .drop(.neighborDiscovery))
        }
        #expect(harness.client.directPath(to: peer.ipv6, now: harness.now) == nil)
    }
}
