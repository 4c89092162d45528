import TeredoProtocol
import TeredoWire
import Testing

/// The sender trailer of this project (docs/trailers.md): who sent a bubble with a link-local source.
@Suite struct SenderTrailerTests {
    static let peer = Packets.peer()
    static let linkLocal = IPv6Address(high: 0xFE80_0000_0000_0000, low: 0x1234)
    /// The mapping of a symmetric NAT towards the server.
    static let origin = UDPEndpoint(peer.mappedEndpoint.address, 7777)

    static func bubble(_ harness: ClientHarness, _ trailers: [Trailer], origin: UDPEndpoint = origin) -> [UInt8] {
        ClientHarness.bubble(from: linkLocal, to: harness.own, origin: origin, trailers)
    }

    @Test("SEC-10: a sender trailer is believed when the bubble began at the IPv4 address of the claimed sender")
    func believed() {
        var harness = ClientHarness.behind(.constant)
        harness.receive(Self.bubble(harness, [.nonce(9), .sender(Self.peer.ipv6)]), from: harness.server)
        #expect(harness.client.peerCount == 1)
        #expect(harness.direct.first?.datagram?.header.destination == Self.peer.ipv6)
        #expect(harness.direct.allSatisfy { $0.to.address == Self.origin.address && $0.trailers.nonce == 9 })
        #expect(harness.indirect.map(\.to) == [UDPEndpoint(Self.peer.server, 3544)])
    }

    @Test(
        "SEC-10: a sender trailer of another IPv4 address, without nonce, with our own or no Teredo address is not believed",
        arguments: ["other address", "no nonce", "own", "native"]
    )
    func refused(kind: String) {
        var harness = ClientHarness.behind(.constant)
        let claimed =
            switch kind {
            case "own": harness.own
            case "native": ClientHarness.native
            default: Self.peer.ipv6
            }
        let origin = kind == "other address" ? UDPEndpoint(IPv4Address(203, 0, 113, 99), 7777) : Self.origin
        let trailers: [Trailer] = kind == "no nonce" ? [.sender(claimed)] : [.nonce(9), .sender(claimed)]
        harness.receive(Self.bubble(harness, trailers, origin: origin), from: harness.server)
        #expect(harness.client.peerCount == 0)
        // What remains is the answer to a keyed bubble: to where it began, for the link-local address.
        #expect(harness.bubbles.map(\.to) == [origin])
        #expect(harness.bubbles.map { $0.datagram?.header.destination } == [Self.linkLocal])
        #expect(harness.bubbles.map(\.trailers) == [TrailerList()])
    }

    @Test("A sender trailer beside a Teredo source, or in a direct bubble, changes nothing")
    func elsewhere() {
        var harness = ClientHarness.behind(.constant)
        let other = Packets.peer(IPv4Address(203, 0, 113, 66), port: 7000)
        harness.receiveIndirect(Self.peer, [.nonce(9), .sender(other.ipv6)])
        #expect(harness.client.peerCount == 1)
        #expect(harness.bubbles.allSatisfy { $0.datagram?.header.destination == Self.peer.ipv6 })
        #expect(harness.receiveDirect(other, [.sender(Self.peer.ipv6)], from: Self.origin) == .drop(.endpointMismatch))
    }

    @Test(
        "The keyed indirect bubble tells its sender in a trailer, with the nonce; the one with a Teredo source does not"
    )
    func sent() {
        let foreign = Packets.peer()
        let common = Packets.peer(server: ClientHarness.primary)
        for (mapping, peer) in [(ClientHarness.Mapping.random, foreign), (.random, common), (.constant, foreign)] {
            var harness = ClientHarness.behind(mapping) { $0.usesKeyedBubbles = true }
            harness.transmit(to: peer)
            let told = harness.indirect.filter { $0.trailers.sender != nil }
            #expect(told.map(\.trailers.sender) == [harness.own])
            #expect(told.allSatisfy { $0.datagram?.header.source.isLinkLocal == true && $0.trailers.nonce != nil })
        }
    }
}
