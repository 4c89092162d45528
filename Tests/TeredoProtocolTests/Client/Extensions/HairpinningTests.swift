import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// RFC 6081 section 5.6.
@Suite struct HairpinningTests {
    /// A peer behind the same NAT.
    static let neighbor = Packets.peer(ClientHarness.mapped.address, port: 5000)
    static let stranger = Packets.peer()
    static let inside = UDPEndpoint(IPv4Address(192, 168, 1, 77), 5000)
    static let forwarded = UDPEndpoint(IPv4Address(10, 0, 0, 2), 4096)

    @Test(
        "HP-1, RFC 6081 5.6.4.1: an indirect bubble to a peer behind the same NAT lists the local endpoint, with a nonce"
    )
    func announcement() {
        var harness = ClientHarness.behind(.constant)
        harness.transmit(to: Self.neighbor)
        #expect(harness.indirect.map(\.trailers.alternates) == [[ClientHarness.local]])
        #expect(harness.lastNonce != 0)
    }

    @Test("HP-1, SEC-22, RFC 6081 5.6.4.1: then the endpoint that the next router forwards; never more than two")
    func forwardedEndpoint() {
        var harness = ClientHarness.behind(.constant, forwarding: Self.forwarded)
        harness.transmit(to: Self.neighbor)
        #expect(harness.indirect.map(\.trailers.alternates) == [[ClientHarness.local, Self.forwarded]])
        var single = ClientHarness.behind(.constant, forwarding: ClientHarness.mapped)
        single.transmit(to: Self.neighbor)
        #expect(single.indirect.map(\.trailers.alternates) == [[ClientHarness.local]])
    }

    @Test("SEC-22: who learns local endpoints: nobody, the same mapped IPv4 address by default, or everybody")
    func privacy() {
        #expect(ClientConfiguration().extensions.hairpinning == .sameMappedAddress)
        for hairpinning in ClientExtensions.Hairpinning.allCases {
            for (peer, isNeighbor) in [(Self.neighbor, true), (Self.stranger, false)] {
                var harness = ClientHarness.behind(.constant, forwarding: Self.forwarded) {
                    $0.extensions.hairpinning = hairpinning
                }
                harness.transmit(to: peer)
                harness.receiveIndirect(peer, [.nonce(4)])
                harness.live(.seconds(9), .constant)
                let isTold = hairpinning == .everyone || hairpinning == .sameMappedAddress && isNeighbor
                #expect(!harness.indirect.isEmpty)
                #expect(harness.indirect.allSatisfy { $0.trailers.alternates.isEmpty != isTold }, "\(hairpinning)")
                let local = encoded { $0.append(bigEndian: ClientHarness.local.address.rawValue) }
                let tells = harness.sent.contains { sent in
                    (0...(sent.bytes.count - 4)).contains { Array(sent.bytes[$0..<$0 + 4]) == local }
                }
                #expect(tells == isTold, "\(hairpinning), neighbour: \(isNeighbor)")
            }
        }
    }

    @Test("HP-1, RFC 6081 5.6.4.1: a peer with whom packets are exchanged is told no endpoints")
    func communicating() {
        var harness = ClientHarness.behind(.constant)
        harness.meet(Self.neighbor, at: Self.inside)
        harness.live(.seconds(3), .constant)
        harness.sent = []
        harness.receiveIndirect(Self.neighbor, [.nonce(5)])
        #expect(harness.indirect.map(\.trailers.alternates) == [[]])
    }

    @Test("HP-2, RFC 6081 5.6.4.2: direct bubbles go to the embedded and to every listed endpoint, each with the nonce")
    func answers() {
        var harness = ClientHarness.behind(.constant)
        harness.receiveIndirect(Self.neighbor, [.nonce(5), .alternateAddresses([Self.inside, Self.forwarded])])
        #expect(harness.direct.map(\.to) == [Self.neighbor.mappedEndpoint, Self.inside, Self.forwarded])
        #expect(harness.direct.allSatisfy { $0.trailers.nonce == 5 && $0.port == .service })
    }

    @Test("HP-3, RFC 6081 5.6.4.3: the nonce proves the local endpoint of a neighbour; then bubbles go there only")
    func trusted() {
        var harness = ClientHarness.behind(.constant)
        harness.meet(Self.neighbor, at: Self.inside)
        #expect(harness.transmit(to: Self.neighbor) == .forward(to: Self.inside))
        harness.live(.seconds(1), .constant)
        harness.sent = []
        harness.receiveIndirect(Self.neighbor, [.nonce(5), .alternateAddresses([Self.inside, Self.forwarded])])
        #expect(!harness.direct.contains { $0.to == Self.forwarded })
        #expect(harness.direct.contains { $0.to == Self.inside })
    }

    @Test("SEC-22: the endpoints of a stranger draw nothing, and a nonce does not lead to a private address")
    func strangers() {
        var harness = ClientHarness.behind(.constant)
        harness.receiveIndirect(Self.stranger, [.nonce(5), .alternateAddresses([Self.inside])])
        #expect(!harness.sent.contains { $0.to == Self.inside })
        let nonce = harness.lastNonce
        #expect(
            harness.receiveDirect(Self.stranger, [.nonce(nonce)], from: Self.inside) == .drop(.endpointMismatch)
        )
    }

    @Test(
        "SEC-23: alternates that no peer can have are skipped",
        arguments: [
            "224.0.0.1:5000", "239.1.2.3:5000", "255.255.255.255:5000", "240.0.0.1:5000", "127.0.0.1:5000",
            "0.0.0.0:5000", "0.1.2.3:5000", "192.168.1.255:5000", "192.168.1.5:5000", "192.168.1.5:4096",
            "192.168.1.77:0", "198.51.100.7:4096", "198.51.100.7:5000",
        ]
    )
    func skipped(text: String) {
        var harness = ClientHarness.behind(.constant)
        let verdict = harness.receiveIndirect(
            Self.neighbor,
            [.nonce(5), .alternateAddresses([endpoint(text), Self.inside])]
        )
        #expect(verdict == .consumed)
        #expect(harness.direct.map(\.to) == [Self.neighbor.mappedEndpoint, Self.inside])
    }

    @Test(
        "SEC-23: a bubble whose alternate address trailer has another length than 8, 14, 20 or 26 is dropped",
        arguments: 0...40
    )
    func length(length: Int) {
        var harness = ClientHarness.behind(.constant)
        let trailer = Trailer.opaque(type: 3, value: [UInt8](repeating: 9, count: length))
        let isValid = [8, 14, 20, 26].contains(length)
        #expect(harness.receiveIndirect(Self.neighbor, [trailer]) == (isValid ? .consumed : .drop(.invalidTrailer)))
        #expect(harness.sent.isEmpty == !isValid)
        #expect(harness.client.peerCount == (isValid ? 1 : 0))
    }

    @Test("HP-2, SEC-23: an indirect bubble draws at most four direct bubbles and the one to the embedded endpoint")
    func amplification() {
        var harness = ClientHarness.behind(.constant) { $0.extensions.hairpinning = .everyone }
        let alternates = (1...4).map { UDPEndpoint(IPv4Address(8, 8, 8, $0), 5000) }
        harness.receiveIndirect(Self.stranger, [.nonce(5), .alternateAddresses(alternates)])
        #expect(harness.direct.map(\.to) == [Self.stranger.mappedEndpoint] + alternates)
    }

    @Test("SEC-23: bubbles to alternates count in the cap on answers, of which one address has half")
    func cap() {
        var harness = ClientHarness.behind(.constant) { $0.extensions.hairpinning = .everyone }
        let alternates = (1...4).map { UDPEndpoint(IPv4Address(8, 8, 8, $0), 5000) }
        for number in 0..<100 as Range<UInt16> {
            harness.receiveIndirect(
                Packets.peer(port: 5000 + number),
                [.nonce(5), .alternateAddresses(alternates)]
            )
        }
        #expect(harness.direct.count == 25)
        #expect(harness.client.counters.drops[.answerLimitReached] > 0)
    }
}
