import TeredoProtocol
import TeredoWire
import Testing

@Suite struct RelayTransmissionTests {
    private let client = Packets.peer()

    private func isError(_ packet: [UInt8]?, _ type: UInt8, _ code: UInt8) -> Bool {
        guard let packet, packet.count > 48 else { return false }
        return packet[40] == type && packet[41] == code
            && (try? IPv6Header(validating: packet.span))?.source == RelayHarness.own
    }

    @Test("I1: destinations outside 2001::/32 are answered with address unreachable")
    func notTeredo() {
        var harness = RelayHarness()
        let target = IPv6Address(high: 0x2001_0001 << 32, low: 1)
        #expect(harness.transmit(Packets.udp(from: RelayHarness.native, to: target)) == .drop(.notTeredo))
        #expect(isError(harness.delivered.first, 1, 3))
    }

    @Test("I2: multicast destinations are dropped silently")
    func multicast() {
        var harness = RelayHarness()
        #expect(harness.transmit(Packets.udp(from: RelayHarness.native, to: .allNodes)) == .drop(.multicastDestination))
        #expect(harness.delivered.isEmpty)
    }

    @Test(
        "I3: sources that are multicast, unspecified, loopback or link-local are dropped without error",
        arguments: ["ff02::1", "::", "::1", "fe80::1"]
    )
    func invalidSource(text: String) throws {
        var harness = RelayHarness()
        let source = try #require(IPv6Address(text))
        #expect(harness.transmit(Packets.udp(from: source, to: client.ipv6)) == .drop(.invalidSource))
        #expect(harness.delivered.isEmpty && harness.sent.isEmpty)
    }

    @Test("I4: sources outside the served prefixes, or not of the host itself, are refused")
    func served() throws {
        let prefix = try #require(IPv6Prefix("2400:1::/64"))
        var router = RelayHarness(kind: .router(servedPrefixes: [prefix]))
        let stranger = IPv6Address(high: 0x2400_0002 << 32, low: 1)
        #expect(router.transmit(Packets.udp(from: stranger, to: client.ipv6)) == .drop(.foreignSource))
        #expect(isError(router.delivered.first, 1, 1))
        #expect(router.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6)) == .consumed)
        var host = RelayHarness(kind: .hostSpecific)
        #expect(host.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6)) == .drop(.foreignSource))
        #expect(host.transmit(Packets.udp(from: RelayHarness.own, to: client.ipv6)) == .consumed)
    }

    @Test("I5, SEC-53: Teredo sources are dropped")
    func teredoSource() {
        var harness = RelayHarness()
        #expect(
            harness.transmit(Packets.udp(from: Packets.peer(port: 9).ipv6, to: client.ipv6)) == .drop(.teredoToTeredo)
        )
    }

    @Test(
        "I6, SEC-34, AP section 12: clients whose IPv4 address is not global unicast get nothing, silently",
        arguments: [
            "0.1.1.1", "10.1.1.1", "127.0.0.1", "169.254.9.9", "172.16.3.3", "192.88.99.1", "192.168.1.1",
            "224.0.0.253",
            "255.255.255.255", "100.64.0.1", "240.0.0.1",
        ]
    )
    func nonGlobalClient(text: String) throws {
        var harness = RelayHarness()
        let client = Packets.peer(try #require(IPv4Address(text)))
        #expect(harness.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6)) == .drop(.forbiddenEndpoint))
        #expect(harness.sent.isEmpty && harness.delivered.isEmpty && harness.relay.peerCount == 0)
    }

    @Test("I7: the own address and port 0 are no clients")
    func ownEndpoint() {
        var harness = RelayHarness()
        for client in [Packets.peer(RelayHarness.ownIPv4), Packets.peer(port: 0)] {
            #expect(harness.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6)) == .drop(.ownEndpoint))
        }
    }

    @Test("I8: servers that are not global unicast, 0 or the own address are refused silently")
    func invalidServer() {
        var harness = RelayHarness()
        for server in [IPv4Address(10, 0, 0, 1), .unspecified, RelayHarness.ownIPv4] {
            let client = Packets.peer(server: server)
            #expect(harness.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6)) == .drop(.invalidServer))
        }
        #expect(harness.delivered.isEmpty)
    }

    @Test("I9, SEC-54: sources that embed an own IPv4 address in another tunnel's format are dropped")
    func otherTunnels() {
        var harness = RelayHarness()
        let embedded = UInt128(RelayHarness.ownIPv4.rawValue)
        let sixToFour = IPv6Address(rawValue: 0x2002 << 112 | embedded << 80 | 1)
        let isatap = IPv6Address(
            high: 0x2400_0001 << 32,
            low: 0x0000_5EFE << 32 | UInt64(RelayHarness.ownIPv4.rawValue)
        )
        for source in [sixToFour, isatap] {
            #expect(harness.transmit(Packets.udp(from: source, to: client.ipv6)) == .drop(.foreignTunnelLoop))
        }
        #expect(
            harness.transmit(
                Packets.udp(from: IPv6Address(rawValue: 0x2002 << 112 | 0x0808_0808 << 80 | 1), to: client.ipv6)
            ) == .consumed
        )
    }

    @Test("I10: packets above 1280 octets get packet too big; 1280 passes")
    func tooBig() {
        var harness = RelayHarness()
        #expect(
            harness.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6, length: 1241)) == .drop(.tooBig)
        )
        #expect(isError(harness.delivered.first, 2, 0))
        #expect(harness.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6, length: 1240)) == .consumed)
    }

    @Test("X1: a client heard within 30 s gets packets at its endpoint, later ones wait for a bubble")
    func trusted() {
        var harness = RelayHarness.trusting(client)
        let packet = Packets.udp(from: RelayHarness.native, to: client.ipv6)
        harness.advance(.milliseconds(29_999))
        #expect(harness.transmit(packet) == .forward(to: client.mappedEndpoint))
        harness.advance(.milliseconds(1))
        #expect(harness.transmit(packet) == .consumed)
    }

    @Test("X2, SEC-33: the cone bit is ignored by default and honoured when asked", arguments: [false, true])
    func coneBit(honours: Bool) {
        var harness = RelayHarness { $0.honoursConeBit = honours }
        let client = Packets.peer(flags: 0x8000)
        let verdict = harness.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6))
        #expect(verdict == (honours ? .forward(to: client.mappedEndpoint) : .consumed))
        #expect(harness.sent.contains { $0.to == client.mappedEndpoint } == honours)
    }

    @Test(
        "X3: an indirect bubble through the client's server; a direct one too when the relay is behind a NAT",
        arguments: [false, true]
    )
    func bubbles(isBehindNAT: Bool) {
        var harness = RelayHarness { $0.isBehindNAT = isBehindNAT }
        harness.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6))
        let server = UDPEndpoint(client.server, 3544)
        #expect(harness.bubbles.map(\.to) == (isBehindNAT ? [client.mappedEndpoint, server] : [server]))
        #expect(harness.bubbles.last?.datagram?.header.source.isLinkLocal == true)
        #expect(harness.bubbles.last?.datagram?.header.destination == client.ipv6)
    }

    @Test("X3: without keyed bubbles the source is a global address of the relay")
    func plainBubbles() {
        var harness = RelayHarness { $0.usesKeyedBubbles = false }
        harness.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6))
        #expect(harness.bubbles.last?.datagram?.header.source == RelayHarness.own)
    }

    @Test("X3: what waited leaves in order when the client answers")
    func queue() {
        var harness = RelayHarness()
        let packets = (0..<20).map { Packets.udp(from: RelayHarness.native, to: client.ipv6, marker: UInt8($0)) }
        for packet in packets { #expect(harness.transmit(packet) == .consumed) }
        harness.sent = []
        harness.receive(Packets.bubble(from: client.ipv6, to: RelayHarness.own), from: client.mappedEndpoint)
        #expect(harness.sent.map(\.bytes) == packets)
    }

    @Test("X3: bubbles at 0, 2, 4 and 6 s, an error for each packet at 8 s, and four in 300 s over 600 s (SEC-45)")
    func silentClient() {
        var harness = RelayHarness()
        let start = harness.now
        harness.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6))
        harness.advance(.milliseconds(7_999))
        #expect(harness.delivered.isEmpty)
        harness.advance(.milliseconds(1))
        #expect(harness.bubbles.map { $0.at - start } == [0, 2, 4, 6].map { .seconds($0) })
        #expect(isError(harness.delivered.first, 1, 3))
        #expect(harness.relay.queuedOctets == 0)
        for _ in 0..<1184 {
            harness.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6))
            harness.advance(.milliseconds(500))
        }
        let times = harness.bubbles.map { $0.at - start }
        #expect(times.count == 8)
        for index in 4..<times.count { #expect(times[index] - times[index - 4] > .seconds(300)) }
    }

    @Test("X1: a one-way flow asks the client for a sign of life from 25 s on and does not stall")
    func oneWayFlow() {
        var harness = RelayHarness.trusting(client)
        for _ in 0..<900 {
            harness.advance(.milliseconds(100))
            let verdict = harness.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6))
            #expect(verdict == .forward(to: client.mappedEndpoint))
            if !harness.bubbles.isEmpty {
                harness.receive(Packets.bubble(from: client.ipv6, to: RelayHarness.own), from: client.mappedEndpoint)
                harness.sent = []
            }
        }
    }

    @Test(
        "SEC-31, SEC-30, SEC-32: a flood to random clients is bounded in rate, peers and octets, and established ones go on"
    )
    func flood() {
        var harness = RelayHarness.trusting(client) {
            $0.peerLimit = 4096
            $0.newPeersPerSecond = 1_000_000
        }
        for index in 0..<40_000 {
            let target = Packets.peer(
                IPv4Address(rawValue: 0x0800_0000 + UInt32(index) * 7),
                port: UInt16(truncatingIfNeeded: index) | 1
            )
            let packet = Packets.udp(from: RelayHarness.native, to: target.ipv6, length: 1000)
            _ = harness.relay.handlePacket(packet.span, now: harness.now)
            if index % 256 == 0 { harness.advance(.microseconds(100)) }
        }
        #expect(harness.relay.peerCount <= 1025)
        #expect(harness.relay.queuedOctets <= QueueLimits().totalOctets)
        #expect(
            harness.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6))
                == .forward(to: client.mappedEndpoint)
        )
    }

    @Test("SEC-31: at most 100 new clients a second")
    func newPeerRate() {
        var harness = RelayHarness()
        var accepted = 0
        for port in 1...1000 {
            let packet = Packets.udp(from: RelayHarness.native, to: Packets.peer(port: UInt16(port)).ipv6)
            if harness.transmit(packet) == .consumed { accepted += 1 }
        }
        #expect(accepted == 100)
        #expect(harness.relay.counters.drops[.peerTableFull] == 900)
    }

    @Test("SEC-47: at most ten errors a second")
    func errorLimit() {
        var harness = RelayHarness()
        for _ in 0..<50 { harness.transmit(Packets.udp(from: RelayHarness.native, to: client.ipv6, length: 1300)) }
        #expect(harness.delivered.count == 10)
    }

    @Test("Idle clients are forgotten after 300 s")
    func expiry() {
        var harness = RelayHarness.trusting(client)
        harness.advance(.seconds(400))
        #expect(harness.relay.peerCount == 0 && harness.relay.nextTimeout == nil)
    }
}
