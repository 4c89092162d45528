import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct RelayTransmissionTests {
    typealias Harness = RelayHarness

    @Test("I1: a destination outside 2001::/32 is unreachable", arguments: ["2400:2::1", "2001:1::1", "2002::1"])
    func notTeredo(text: String) {
        var harness = Harness()
        #expect(harness.transmit(Harness.packet(to: ipv6(text))) == .drop(.notTeredo))
        #expect(harness.errors == [[1, 3]] && harness.sent.isEmpty)
        let error = harness.delivered.first.flatMap { try? IPv6Header(validating: $0) }
        #expect(error?.source == Harness.own && error?.destination == Harness.host)
    }

    @Test("I2: multicast destinations are dropped without error", arguments: ["ff02::1", "ff0e::1"])
    func multicast(text: String) {
        var harness = Harness()
        #expect(harness.transmit(Harness.packet(to: ipv6(text))) == .drop(.multicastDestination))
        #expect(harness.delivered.isEmpty && harness.sent.isEmpty)
    }

    @Test(
        "I3: sources that no packet may have are dropped without error",
        arguments: ["ff02::1", "::", "::1", "fe80::1"]
    )
    func invalidSource(text: String) {
        var harness = Harness(kind: .router(servedPrefixes: []))
        #expect(harness.transmit(Harness.packet(from: ipv6(text))) == .drop(.invalidSource))
        #expect(harness.delivered.isEmpty && harness.sent.isEmpty && harness.relay.peerCount == 0)
    }

    @Test("I4, SEC-60: a source outside the prefixes served is prohibited; a host-specific relay serves itself only")
    func foreignSource() {
        let foreign = Harness.packet(from: ipv6("2400:2::1"))
        var router = Harness()
        #expect(router.transmit(foreign) == .drop(.foreignSource))
        #expect(router.errors == [[1, 1]] && router.sent.isEmpty)
        #expect(router.transmit(Harness.packet()) == .consumed)
        var open = Harness(kind: .router(servedPrefixes: []))
        #expect(open.transmit(foreign) == .consumed)
        var host = Harness(kind: .hostSpecific)
        #expect(host.transmit(Harness.packet()) == .drop(.foreignSource))
        #expect(host.transmit(Harness.packet(from: Harness.own)) == .consumed)
    }

    @Test("I5, SEC-53: no Teredo source goes through a relay, trusted client or not")
    func teredoSource() {
        let source = Packets.peer(ipv4("198.51.100.77")).ipv6
        var harness = Harness(kind: .router(servedPrefixes: []))
        #expect(harness.transmit(Harness.packet(from: source)) == .drop(.teredoToTeredo))
        var trusting = Harness.trusting { $0.kind = .router(servedPrefixes: []) }
        #expect(trusting.transmit(Harness.packet(from: source)) == .drop(.teredoToTeredo))
        #expect(harness.delivered.isEmpty && harness.sent.isEmpty && trusting.sent.isEmpty)
    }

    @Test(
        "I6, SEC-34, V14: a client at an IPv4 address that is not global is dropped silently",
        arguments: [
            "10.0.0.1", "127.0.0.1", "169.254.0.1", "172.16.0.1", "192.168.1.1", "224.0.0.1", "255.255.255.255",
            "0.0.0.0", "192.88.99.1", "240.0.0.1", "100.64.0.1", "198.51.100.255",
        ],
        [false, true]
    )
    func nonGlobalClient(text: String, honoursConeBit: Bool) {
        var harness = Harness {
            $0.honoursConeBit = honoursConeBit
            $0.isBehindNAT = true
            $0.filter.attachedSubnets = [IPv4Prefix(ipv4("198.51.100.0"), length: 24)]
        }
        let client = Packets.peer(ipv4(text), flags: 0x8000)
        #expect(harness.transmit(Harness.packet(to: client.ipv6)) == .drop(.forbiddenEndpoint))
        #expect(harness.delivered.isEmpty && harness.sent.isEmpty && harness.relay.peerCount == 0)
    }

    @Test("I6, SEC-34, AP12: the broadcast address of an attached subnet is no client")
    func directedBroadcast() {
        var harness = Harness()
        let client = Packets.peer(ipv4("203.0.113.127"))
        harness.relay.setOwnAddresses(
            ipv6: [Harness.own],
            ipv4: [Harness.address],
            subnets: [IPv4Prefix(Harness.address, length: 25)]
        )
        #expect(harness.transmit(Harness.packet(to: client.ipv6)) == .drop(.forbiddenEndpoint))
    }

    @Test("SEC-30, SEC-31: a client that is busy all the time does not keep the idle ones from being forgotten")
    func busyClient() {
        var harness = Harness {
            $0.peerLimit = 64
            $0.newPeersPerSecond = 1000
        }
        harness.transmit(Harness.packet())
        harness.answer()
        for port in 1...50 {
            let client = Packets.peer(ipv4("203.0.113.77"), port: UInt16(port))
            harness.transmit(Harness.packet(to: client.ipv6))
            harness.answer(client)
        }
        #expect(harness.relay.trustedPeerCount == 51)
        for _ in 0..<1000 {
            harness.advance(.milliseconds(400))
            harness.receive(Packets.udp(from: Harness.client.ipv6, to: Harness.host))
        }
        #expect(harness.relay.peerCount == 1)
    }

    @Test("I7, SEC-53: a client at an own address or at port 0 is dropped")
    func ownClient() {
        var harness = Harness { $0.honoursConeBit = true }
        for client in [Packets.peer(Harness.address, flags: 0x8000), Packets.peer(port: 0, flags: 0x8000)] {
            #expect(harness.transmit(Harness.packet(to: client.ipv6)) == .drop(.ownEndpoint))
        }
        harness.relay.setOwnAddresses(ipv6: [Harness.own], ipv4: [ipv4("203.0.113.20")], subnets: [])
        #expect(harness.transmit(Harness.packet()) == .drop(.ownEndpoint))
        #expect(harness.delivered.isEmpty && harness.sent.isEmpty)
    }

    @Test(
        "I8: a server that is not global unicast or is the relay itself is dropped silently",
        arguments: ["0.0.0.0", "10.0.0.1", "127.0.0.1", "224.0.0.1", "192.88.99.1", "203.0.113.9"]
    )
    func badServer(text: String) {
        var harness = Harness()
        let client = Packets.peer(server: ipv4(text))
        #expect(harness.transmit(Harness.packet(to: client.ipv6)) == .drop(.invalidServer))
        #expect(harness.delivered.isEmpty && harness.sent.isEmpty && harness.relay.peerCount == 0)
    }

    @Test(
        "I9, SEC-54: a source that embeds an own IPv4 address in another tunnel's format is dropped unless it is own",
        arguments: ["2002:cb00:7109::1", "2400:2::5efe:203.0.113.9", "2400:2::200:5efe:203.0.113.9"]
    )
    func tunnelSource(text: String) {
        var harness = Harness(kind: .router(servedPrefixes: []))
        #expect(harness.transmit(Harness.packet(from: ipv6(text))) == .drop(.foreignTunnelLoop))
        #expect(harness.delivered.isEmpty && harness.sent.isEmpty)
        harness.relay.setOwnAddresses(ipv6: [ipv6(text)], ipv4: [Harness.address], subnets: [])
        #expect(harness.transmit(Harness.packet(from: ipv6(text))) == .consumed)
    }

    @Test(
        "SEC-53, SEC-54, SEC-60: super-packets leave for a trusted client from the sources only that packets may have",
        arguments: [
            "2001:0:c000:201::1", "2002:cb00:7109::1", "2400:2::5efe:203.0.113.9", "fe80::1", "ff02::1", "::1",
            "2a00::1", "2400:1:0:2::9",
        ]
    )
    func superPackets(text: String) {
        let denied = DenyList(ipv6: [IPv6Prefix(ipv6("2400:1:0:2::"), length: 64)])
        var harness = Harness.trusting { $0.denied = denied }
        // All but what is outside the prefixes is refused where every prefix is served too.
        var open = Harness.trusting {
            $0.denied = denied
            $0.kind = .router(servedPrefixes: [])
        }
        func forward(_ source: IPv6Address, _ harness: inout Harness) -> TransmissionVerdict? {
            let packet = Harness.packet(from: source)
            let now = harness.now
            return harness.relay.forwardSegments(of: packet.span, segments: 2, longest: 100, octets: 200, now: now)
        }
        let sent = TransmissionVerdict.forward(to: Harness.client.mappedEndpoint)
        #expect(forward(Harness.host, &harness) == sent && forward(Harness.host, &open) == sent)
        #expect(forward(ipv6(text), &harness) == nil)
        #expect(forward(ipv6(text), &open) == (text == "2a00::1" ? sent : nil))
    }

    @Test("SEC-54: relays of other tunnels that the operator lists are never sent to")
    func listedTunnelRelay() {
        var harness = Harness { $0.foreignTunnelRelays = [ipv4("203.0.113.20")] }
        #expect(harness.transmit(Harness.packet()) == .drop(.forbiddenEndpoint))
        #expect(harness.sent.isEmpty)
    }

    @Test("I10: 1280 octets pass, 1281 are too big, for strangers and trusted clients")
    func tooBig() {
        for var harness in [Harness(), Harness.trusting()] {
            #expect(harness.transmit(Harness.packet(length: 1241)) == .drop(.tooBig))
            #expect(harness.errors == [[2, 0]])
            #expect(Array(harness.delivered[0][44..<48]) == [0, 0, 5, 0])
            #expect(harness.delivered[0].count <= 1280)
            #expect(harness.sent.isEmpty)
        }
        var trusting = Harness.trusting()
        #expect(trusting.transmit(Harness.packet(length: 1240)) == .forward(to: Harness.client.mappedEndpoint))
    }

    @Test("I1: what is no IPv6 packet, or longer or shorter than it says, is dropped")
    func malformed() {
        var harness = Harness()
        let packet = Harness.packet()
        for bad in [[], Array(packet[..<39]), Array(packet[..<59]), packet + [0], [0x40] + packet.dropFirst()] {
            #expect(harness.transmit(bad) == .drop(.malformed))
        }
        #expect(harness.sent.isEmpty && harness.delivered.isEmpty)
    }

    @Test("X1: a trusted client gets packets at its endpoint as they are")
    func trusted() {
        var harness = Harness.trusting()
        let packet = Harness.packet(marker: 7)
        #expect(harness.transmit(packet) == .forward(to: Harness.client.mappedEndpoint))
        #expect(harness.sent.map(\.bytes) == [packet] && harness.relay.queuedOctets == 0)
    }

    @Test("X1: trust lapses 30 s after the last reception, however much was sent")
    func lapse() {
        var harness = Harness.trusting()
        harness.advance(.milliseconds(29_999))
        #expect(harness.transmit(Harness.packet()) == .forward(to: Harness.client.mappedEndpoint))
        harness.advance(.milliseconds(1))
        #expect(harness.transmit(Harness.packet()) == .consumed)
    }

    @Test("X2: with the switch a cone bit draws packets straight to the embedded endpoint")
    func coneBit() {
        var harness = Harness { $0.honoursConeBit = true }
        let cone = Packets.peer(flags: 0x8000)
        #expect(harness.transmit(Harness.packet(to: cone.ipv6)) == .forward(to: cone.mappedEndpoint))
        #expect(harness.bubbles.isEmpty && harness.relay.trustedPeerCount == 1)
        #expect(harness.transmit(Harness.packet(to: Packets.peer(port: 6000, flags: 0).ipv6)) == .consumed)
        #expect(harness.bubbles.map(\.to) == [Harness.server])
    }

    @Test("X2, SEC-33: without the switch a cone bit draws bubbles to the server and nothing to the stranger")
    func coneBitIgnored() {
        var harness = Harness()
        let cone = Packets.peer(flags: 0x8000)
        for _ in 0..<600 {
            #expect(harness.transmit(Harness.packet(to: cone.ipv6)) != .forward(to: cone.mappedEndpoint))
            harness.advance(.milliseconds(500))
        }
        #expect(harness.sent.allSatisfy { $0.to == Harness.server && $0.isBubble })
        #expect(harness.sent.count == 14)
    }

    @Test("X3: an unknown client's packet waits; a bubble with a keyed source goes to its server, for the client")
    func indirectBubble() throws {
        var harness = Harness()
        #expect(harness.transmit(Harness.packet()) == .consumed)
        #expect(harness.sent.map(\.to) == [Harness.server])
        let bubble = try #require(harness.bubbles.first?.datagram)
        #expect(bubble.isPlain && bubble.header.destination == Harness.client.ipv6)
        #expect(bubble.header.source.isLinkLocal)
        #expect(harness.relay.peerCount == 1 && harness.relay.trustedPeerCount == 0)
        #expect(harness.relay.queuedOctets == 60)
        #expect(harness.transmit(Harness.packet()) == .consumed)
        #expect(harness.bubbles.count == 1, "a second packet within 2 s sends no second bubble")
    }

    @Test("X3: without keyed bubbles the source is the relay's own global address")
    func unkeyedBubble() {
        var harness = Harness { $0.usesKeyedBubbles = false }
        harness.transmit(Harness.packet())
        #expect(harness.bubbles.map { $0.datagram?.header.source } == [Harness.own])
    }

    @Test("X3: behind a NAT a direct bubble goes with each indirect one")
    func directBubble() {
        var harness = Harness(kind: .hostSpecific) { $0.isBehindNAT = true }
        harness.transmit(Harness.packet(from: Harness.own))
        #expect(harness.bubbles.map(\.to) == [Harness.client.mappedEndpoint, Harness.server])
        harness.advance(.seconds(2))
        #expect(harness.bubbles.count == 4)
    }

    @Test("X3, stray memory: behind a NAT the direct bubble dies beyond it, where that is known; what follows arrives")
    func opener() {
        var harness = Harness(kind: .hostSpecific) { $0.isBehindNAT = true }
        harness.relay.setNearHops([ipv4("192.168.1.1"), ipv4("100.64.0.1"), ipv4("203.0.113.200")])
        harness.transmit(Harness.packet(from: Harness.own))
        #expect(harness.bubbles.map(\.to) == [Harness.client.mappedEndpoint, Harness.server])
        #expect(harness.bubbles.map(\.timeToLive) == [3, nil])
        harness.relay.setNearHops([])
        harness.advance(.seconds(2))
        #expect(harness.bubbles.suffix(2).map(\.timeToLive) == [nil, nil])
    }
}
