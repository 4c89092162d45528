import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// What is decided by the upper layer of a packet is decided behind extension headers too, in every role.
@Suite struct InnerHeadersTests {
    /// Extension headers in front of a protocol: the first one's number, and their octets but for the last's next header.
    struct Disguise: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let first: UInt8
        let octets: String

        /// The packet with these headers in front of what it carries.
        func hide(_ packet: [UInt8]) -> [UInt8] {
            var chain = hex(octets)
            chain[chain.count - 8] = packet[6]
            var hidden = Array(packet[..<40]) + chain + packet[40...]
            hidden[6] = first
            hidden[5] += UInt8(chain.count)
            return hidden
        }
    }

    static let disguises = [
        Disguise(testDescription: "hop-by-hop options", first: 0, octets: "00 00 01 04 00000000"),
        Disguise(testDescription: "destination options", first: 60, octets: "00 00 01 04 00000000"),
        Disguise(
            testDescription: "two destination options",
            first: 60,
            octets: "3c 00 01 04 00000000 00 00 01 04 00000000"
        ),
        Disguise(testDescription: "routing header, used up", first: 43, octets: "00 00 04 00 00000000"),
        Disguise(testDescription: "atomic fragment", first: 44, octets: "00 00 0000 00000001"),
        Disguise(testDescription: "first fragment", first: 44, octets: "00 00 0001 00000001"),
        Disguise(
            testDescription: "atomic fragment, destination options",
            first: 44,
            octets: "3c 00 0000 00000001 00 00 01 04 00000000"
        ),
    ]

    /// An ICMPv6 message with a right checksum.
    static func icmpv6(_ type: Int, from source: IPv6Address, to destination: IPv6Address) -> [UInt8] {
        ServerHarness.icmpv6(type: UInt8(type), from: source, to: destination)
    }

    @Test(
        "SEC-05, R0: a client lets no hidden neighbour discovery in, whoever sends it",
        arguments: disguises
    )
    func client(disguise: Disguise) {
        let peer = Packets.peer()
        for isTrusted in [true, false] {
            for type in 133...137 {
                var harness = ClientHarness.qualified()
                if isTrusted {
                    harness.receive(Packets.udp(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
                }
                harness.forget()
                for source in [peer.mappedEndpoint, harness.server, ClientHarness.relay] {
                    for sender in [peer.ipv6, ClientHarness.native] {
                        let packet = disguise.hide(Self.icmpv6(type, from: sender, to: harness.own))
                        let verdict = harness.receive(packet, from: source)
                        #expect(verdict == .drop(.neighborDiscovery), "type \(type), trusted \(isTrusted)")
                    }
                }
                #expect(harness.delivered.isEmpty && harness.sent.isEmpty)
            }
        }
    }

    @Test("SEC-05: a relay lets no hidden neighbour discovery out", arguments: disguises)
    func relay(disguise: Disguise) {
        for type in 133...137 {
            var harness = RelayHarness.trusting()
            let packet = disguise.hide(Self.icmpv6(type, from: RelayHarness.client.ipv6, to: RelayHarness.host))
            #expect(harness.receive(packet) == .drop(.neighborDiscovery))
            #expect(harness.delivered.isEmpty)
        }
    }

    @Test("SEC-25: hidden or not, every other message passes", arguments: disguises)
    func others(disguise: Disguise) {
        var client = ClientHarness.qualified()
        let peer = Packets.peer()
        var relay = RelayHarness.trusting()
        for type in [1, 128, 129, 138, 141] {
            let inward = disguise.hide(Self.icmpv6(type, from: peer.ipv6, to: client.own))
            #expect(client.receive(inward, from: peer.mappedEndpoint) == .deliver(0..<inward.count))
            let outward = disguise.hide(Self.icmpv6(type, from: RelayHarness.client.ipv6, to: RelayHarness.host))
            #expect(relay.receive(outward) == .deliver(0..<outward.count))
        }
    }

    @Test("SEC-20: source routing is found behind other headers, atomic fragments included", arguments: disguises)
    func sourceRouting(disguise: Disguise) {
        let routing = Disguise(testDescription: "", first: 43, octets: "00 00 00 01 00000000")
        var client = ClientHarness.qualified()
        let peer = Packets.peer()
        let inward = disguise.hide(routing.hide(Packets.udp(from: peer.ipv6, to: client.own)))
        #expect(client.receive(inward, from: peer.mappedEndpoint) == .drop(.sourceRouting))
        #expect(client.delivered.isEmpty)
        var relay = RelayHarness.trusting()
        let outward = disguise.hide(routing.hide(RelayReceptionTests.packet()))
        #expect(relay.receive(outward) == .drop(.sourceRouting))
    }

    @Test("SEC-05, SEC-20: a first fragment that hides what it belongs to goes nowhere, in client and relay")
    func incompleteFragment() {
        var client = ClientHarness.qualified()
        let peer = Packets.peer()
        func cut(_ packet: [UInt8]) -> [UInt8] {
            var packet = Array(packet[..<40]) + hex("3c 00 0001 00000001 3a 01 01 04 00000000")
            packet[6] = 44
            packet[5] = 16
            return packet
        }
        let inward = cut(Packets.udp(from: peer.ipv6, to: client.own))
        #expect(client.receive(inward, from: peer.mappedEndpoint) == .drop(.incompleteFragment))
        var relay = RelayHarness.trusting()
        #expect(relay.receive(cut(RelayReceptionTests.packet())) == .drop(.incompleteFragment))
    }

    @Test(
        "R7, SEC-07: the answer to a connectivity test counts behind extension headers too",
        arguments: disguises.prefix(5)
    )
    func echoReply(disguise: Disguise) throws {
        var harness = ClientHarness.qualified()
        harness.transmit(Packets.udp(from: harness.own, to: ClientHarness.native))
        let request = try #require(harness.echoes.last?.echo)
        let reply = disguise.hide(Packets.echo(request.reply))
        #expect(harness.receive(reply, from: ClientHarness.relay) == .consumed)
        #expect(harness.sent.last?.to == ClientHarness.relay)
    }

    @Test(
        "TR-1: an unknown trailer of type 0x40 to 0x7f has data discarded as well as bubbles; others are skipped",
        arguments: [0x00, 0x02, 0x3F, 0x40, 0x5A, 0x7F, 0x80, 0xC0, 0xFF] as [UInt8]
    )
    func unknownTrailer(type: UInt8) {
        let trailers: [UInt8] = Samples.nonceTrailer + [type, 2, 7, 7]
        let isForbidden = (0x40...0x7F).contains(type)
        let expected = isForbidden ? ReceptionVerdict.drop(.invalidTrailer) : .deliver(0..<60)
        var client = ClientHarness.qualified()
        let peer = Packets.peer()
        let inward = Packets.udp(from: peer.ipv6, to: client.own)
        client.receive(inward, from: peer.mappedEndpoint)
        #expect(client.receive(inward + trailers, from: peer.mappedEndpoint) == expected)
        let bubble = Packets.bubble(from: peer.ipv6, to: client.own) + trailers
        #expect(client.receive(bubble, from: peer.mappedEndpoint) == (isForbidden ? expected : .consumed))
        var relay = RelayHarness.trusting()
        #expect(relay.receive(RelayReceptionTests.packet() + trailers) == expected)
        let rules = PathRules(client: client.own, mtu: 1280)
        #expect((try? TeredoDatagram(validating: inward + trailers)).map(rules.admitsReception) == false)
        #expect((try? TeredoDatagram(validating: inward)).map(rules.admitsReception) == true)
    }
}
