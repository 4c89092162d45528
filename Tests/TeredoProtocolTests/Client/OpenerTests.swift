import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// Opening bubbles: how far they go (docs/nat-matrix.md, +M).
@Suite struct OpenerTests {
    private static let peer = Packets.peer()
    private static let router = IPv4Address(198, 51, 100, 254)
    private static let lan = IPv4Address(192, 168, 1, 1)

    /// A client behind one NAT, with the Internet at hop 2.
    private static func client(
        _ hops: [IPv4Address?] = [lan, router],
        _ change: (inout ClientConfiguration) -> Void = { _ in }
    ) -> ClientHarness {
        var harness = ClientHarness.behind(.constant, change)
        harness.client.setNearHops(hops)
        return harness
    }

    private static func lengths(_ bubbles: [ClientHarness.Sent]) -> [UInt8?] { bubbles.map(\.timeToLive) }

    @Test("stray memory: the bubble that opens our NAT dies behind it, the one through the server arrives")
    func opener() {
        var harness = Self.client()
        harness.transmit(to: Self.peer)
        #expect(Self.lengths(harness.direct) == [2])
        #expect(Self.lengths(harness.indirect) == [nil])
    }

    @Test("stray memory: a bubble to a peer that sent through its server arrives: its NAT is open")
    func answer() {
        var harness = Self.client()
        harness.receiveIndirect(Self.peer, [.nonce(7)])
        #expect(Self.lengths(harness.direct) == [nil])
    }

    @Test("stray memory: what is sent to a peer that was heard arrives, data and signs of life alike")
    func heard() {
        var harness = Self.client()
        harness.meet(Self.peer, at: Self.peer.mappedEndpoint)
        harness.forget()
        harness.transmit(to: Self.peer)
        harness.live(.seconds(26), .constant)
        harness.transmit(to: Self.peer)
        #expect(harness.sent.allSatisfy { $0.timeToLive == nil })
    }

    @Test(
        "stray memory: the time to live is the number of the first hop behind all of one's own NATs",
        arguments: [
            ([lan, router], 2), ([lan, IPv4Address(100, 64, 0, 1), router], 3), ([lan, nil, router], 3),
            ([lan, IPv4Address(10, 0, 0, 1), nil, router, router], 4),
            // A NAT that answers with its outer address, and a router in front of a NAT with a global address of its own.
            ([ClientHarness.mapped.address, router], 2), ([router, router], 2),
            ([lan, ClientHarness.mapped.address, router], 3),
            // Nobody tells: as far as any datagram.
            ([], nil), ([lan], nil), ([nil, nil], nil), ([router], nil),
        ] as [([IPv4Address?], UInt8?)]
    )
    func hops(addresses: [IPv4Address?], timeToLive: UInt8?) {
        var harness = Self.client(addresses)
        harness.transmit(to: Self.peer)
        #expect(Self.lengths(harness.direct) == [timeToLive])
    }

    @Test("stray memory: without a NAT the first router is behind all of them")
    func noNAT() {
        let own = IPv4Address(198, 51, 100, 7)
        let hops = NearHops([Self.router])
        #expect(hops.openerTimeToLive(local: own, mapped: own, filter: GlobalUnicastFilter()) == 1)
        #expect(hops.openerTimeToLive(local: Self.lan, mapped: own, filter: GlobalUnicastFilter()) == nil)
        #expect(hops.openerTimeToLive(local: own, mapped: nil, filter: GlobalUnicastFilter()) == nil)
    }

    @Test("stray memory: the last of four bubbles to a stranger goes all the way, to one that knows trailers none does")
    func last() {
        for knows in [false, true] {
            var harness = Self.client()
            if knows {
                harness.receiveIndirect(Self.peer, [.nonce(7)])
                harness.live(.seconds(310), .constant)
                harness.forget()
            }
            harness.transmit(to: Self.peer)
            harness.live(.seconds(9), .constant)
            #expect(Self.lengths(harness.direct) == [2, 2, 2, knows ? 2 : nil])
        }
    }

    @Test("another network makes the client forget its hops, the same one does not")
    func network() {
        for isOther in [false, true] {
            var harness = Self.client()
            let address = isOther ? IPv4Address(192, 168, 1, 99) : ClientHarness.local.address
            harness.client.handleNetworkChange(
                localEndpoint: UDPEndpoint(address, ClientHarness.local.port),
                subnets: [ClientHarness.link],
                now: harness.now
            )
            harness.drain()
            harness.answer()
            harness.answer()
            harness.forget()
            harness.transmit(to: Self.peer)
            #expect(Self.lengths(harness.direct) == [isOther ? nil : 2])
        }
    }

    @Test(
        "SLR-1, stray memory: a peer whose NAT may have forgotten us is found through its server, another is asked directly"
    )
    func idle() {
        for (talk, idle, isAskedDirectly) in [(1, 31, false), (5, 31, true), (5, 120, false)] {
            var harness = Self.client()
            harness.meet(Self.peer, at: Self.peer.mappedEndpoint)
            for _ in 0..<talk {
                harness.live(.seconds(1), .constant)
                harness.receiveDirect(Self.peer, [.neighborDiscovery(.advertisement)])
            }
            harness.live(.seconds(idle), .constant)
            harness.forget()
            harness.transmit(to: Self.peer)
            #expect(harness.indirect.isEmpty == isAskedDirectly, "\(talk) \(idle)")
            #expect(Self.lengths(harness.direct) == [isAskedDirectly ? nil : 2], "\(talk) \(idle)")
        }
    }
}
