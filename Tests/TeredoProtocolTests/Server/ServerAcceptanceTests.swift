import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct ServerAcceptanceTests {
    typealias Harness = ServerHarness

    static let good = Packets.bubble(from: Harness.alice.ipv6, to: Harness.bob.ipv6)

    @Test("S1: malformed datagrams are dropped, a well-formed one passes")
    func malformed() throws {
        var harness = try Harness()
        #expect(harness.receive(Self.good).target == Harness.bob.mappedEndpoint)
        for length in 0..<Self.good.count {
            #expect(harness.receive(Array(Self.good[..<length])).dropped == .malformed)
        }
    }

    @Test(
        "S2, V5: only bubbles and ICMPv6 right behind the IPv6 header are taken",
        arguments: [0, 6, 17, 43, 44, 51, 60]
    )
    func nextHeader(value: UInt8) throws {
        var harness = try Harness()
        var packet = Harness.icmpv6(from: Harness.alice.ipv6, to: Harness.native)
        #expect(harness.receive(packet).isNative)
        packet[6] = value
        packet[40] = 58
        #expect(harness.receive(packet).dropped == .unsupportedNextHeader)
    }

    @Test("S2, V5: no next header with a payload is no bubble, ICMPv6 without payload is nothing")
    func payloads() throws {
        var harness = try Harness()
        var packet = Packets.udp(from: Harness.alice.ipv6, to: Harness.bob.ipv6)
        packet[6] = 59
        #expect(harness.receive(packet).dropped == .unsupportedNextHeader)
        var empty = Self.good
        empty[6] = 58
        #expect(harness.receive(empty).dropped == .unsupportedNextHeader)
    }

    @Test(
        "S3, V3: an IPv4 source that is not global unicast is dropped",
        arguments: [
            "10.1.2.3", "127.0.0.1", "169.254.1.1", "172.16.0.1", "192.168.0.1", "192.88.99.1", "100.64.0.1",
            "0.0.0.0", "240.0.0.1",
        ]
    )
    func nonGlobalSource(text: String) throws {
        var harness = try Harness()
        let sender = Packets.peer(ipv4(text), port: 4096, server: Harness.primary)
        let bubble = Packets.bubble(from: sender.ipv6, to: Harness.bob.ipv6)
        #expect(harness.receive(bubble, from: sender.mappedEndpoint).dropped == .nonGlobalIPv4Source)
        #expect(harness.receive(Harness.solicitation(), from: sender.mappedEndpoint).dropped == .nonGlobalIPv4Source)
    }

    @Test(
        "S3, V2: multicast, broadcast and port 0 are no sources",
        arguments: [
            "224.0.0.1:5", "255.255.255.255:5", "198.51.100.7:0",
        ]
    )
    func invalidSource(text: String) throws {
        var harness = try Harness()
        #expect(harness.receive(Harness.solicitation(), from: endpoint(text)).dropped == .invalidIPv4Source)
    }

    @Test(
        "S4, SEC-50: nothing from an own address is taken, on either socket",
        arguments: [
            Harness.primary, Harness.secondary, Harness.other,
        ]
    )
    func ownSource(address: IPv4Address) throws {
        var harness = try Harness()
        let own = Packets.peer(address, port: 3544, server: Harness.primary)
        for socket in [ServerSocket.primary, .secondary] {
            for packet in [Packets.bubble(from: own.ipv6, to: own.ipv6), Harness.solicitation()] {
                #expect(harness.receive(packet, from: own.mappedEndpoint, on: socket).dropped == .ownIPv4Source)
            }
        }
    }

    @Test("S5, SEC-51: an origin indication is refused, on bubbles and solicitations")
    func origin() throws {
        var harness = try Harness()
        let origin = encoded { OriginIndication(Harness.alice.mappedEndpoint).encode(into: &$0) }
        #expect(harness.receive(origin + Self.good).dropped == .unexpectedIndication)
        #expect(harness.receive(origin + Harness.solicitation()).dropped == .unexpectedIndication)
    }

    @Test("S6: authentication is for solicitations only")
    func authentication() throws {
        var harness = try Harness()
        let authentication = encoded { AuthenticationEncapsulation(nonce: 1).encode(into: &$0) }
        #expect(harness.receive(authentication + Self.good).dropped == .unexpectedIndication)
        let echo = Harness.icmpv6(from: Harness.alice.ipv6, to: Harness.native)
        #expect(harness.receive(authentication + echo).dropped == .unexpectedIndication)
        #expect(harness.receive(authentication + Harness.solicitation()).advertisement != nil)
    }

    @Test("S7a: a solicitation is valid only with link-local source, ff02::2, hop limit 255, code 0 and right checksum")
    func solicitationFields() throws {
        var harness = try Harness()
        let good = Harness.solicitation()
        #expect(harness.receive(good).advertisement != nil)
        func bent(_ change: (inout [UInt8]) -> Void) -> [UInt8] {
            var packet = good
            change(&packet)
            return ReferenceChecksum.repaired(packet)
        }
        #expect(harness.receive(bent { $0[7] = 254 }).dropped == .sourceRefused)
        #expect(harness.receive(bent { $0[41] = 1 }).dropped == .sourceRefused)
        #expect(harness.receive(bent { $0[8] = 0x20 }).dropped == .sourceRefused)
        #expect(harness.receive(bent { $0[39] = 1 }).dropped == .sourceRefused)
        var wrong = good
        wrong[42] ^= 1
        #expect(harness.receive(wrong).dropped == .wrongChecksum)
        let toServer = bent { $0.replaceSubrange(24..<40, with: encoded { $0.append(Harness.linkLocal) }) }
        #expect(harness.receive(toServer).dropped == .sourceRefused)
    }

    @Test("S7b: a Teredo source passes when its embedded endpoint is the observed one, whoever serves it")
    func matchingSource() throws {
        var harness = try Harness()
        for sender in [Harness.alice, Harness.stranger] {
            let bubble = Packets.bubble(from: sender.ipv6, to: Harness.bob.ipv6)
            #expect(harness.receive(bubble, from: sender.mappedEndpoint).target == Harness.bob.mappedEndpoint)
            let port = UDPEndpoint(sender.mappedEndpoint.address, sender.mappedEndpoint.port + 1)
            #expect(harness.receive(bubble, from: port).dropped == .sourceRefused)
            #expect(harness.receive(bubble, from: Harness.relay).dropped == .sourceRefused)
        }
    }

    @Test("S7b-t: with the switch a bubble to an own client may differ in the port, and nothing else may")
    func portTolerance() throws {
        var strict = try Harness()
        var tolerant = try Harness { $0.toleratesPortMismatch = true }
        let observed = UDPEndpoint(Harness.stranger.mappedEndpoint.address, 61_000)
        let bubble = Packets.bubble(from: Harness.stranger.ipv6, to: Harness.bob.ipv6)
        #expect(strict.receive(bubble, from: observed).dropped == .sourceRefused)
        let passed = tolerant.receive(bubble, from: observed)
        #expect(passed.target == Harness.bob.mappedEndpoint)
        #expect(passed.origin == OriginIndication(observed))
        #expect(tolerant.receive(bubble, from: Harness.relay).dropped == .sourceRefused)
        let foreign = Packets.bubble(from: Harness.bob.ipv6, to: Harness.stranger.ipv6)
        let moved = UDPEndpoint(Harness.bob.mappedEndpoint.address, 61_000)
        #expect(tolerant.receive(foreign, from: moved).dropped == .sourceRefused)
        let echo = Harness.icmpv6(from: Harness.stranger.ipv6, to: Harness.bob.ipv6)
        #expect(tolerant.receive(echo, from: observed).dropped == .sourceRefused)
        let native = Harness.icmpv6(from: Harness.stranger.ipv6, to: Harness.native)
        #expect(tolerant.receive(native, from: observed).dropped == .sourceRefused)
    }

    @Test("S7c: native and link-local sources reach own clients only", arguments: ["2400:1::9", "fe80::1234"])
    func otherSources(text: String) throws {
        var harness = try Harness()
        let source = ipv6(text)
        let own = harness.receive(Packets.bubble(from: source, to: Harness.bob.ipv6), from: Harness.relay)
        #expect(own.target == Harness.bob.mappedEndpoint)
        #expect(own.origin == OriginIndication(Harness.relay))
        let foreign = Packets.bubble(from: source, to: Harness.stranger.ipv6)
        #expect(harness.receive(foreign, from: Harness.relay).dropped == .sourceRefused)
        let native = Harness.icmpv6(from: source, to: ipv6("2400:2::1"))
        #expect(harness.receive(native, from: Harness.relay).dropped == .sourceRefused)
    }

    @Test("S7d: sources that no packet may have reach nobody", arguments: ["::", "::1", "ff02::1", "::ffff:1.2.3.4"])
    func anythingElse(text: String) throws {
        var harness = try Harness()
        for destination in [Harness.bob.ipv6, Harness.stranger.ipv6, Harness.native] {
            let bubble = Packets.bubble(from: ipv6(text), to: destination)
            #expect(harness.receive(bubble, from: Harness.relay).dropped == .sourceRefused)
        }
    }

    @Test("Every drop is counted by its reason, every answer with its octets")
    func counters() throws {
        var harness = try Harness()
        harness.receive(Self.good)
        harness.receive([0])
        harness.receive(Harness.solicitation())
        let counters = harness.server.counters
        #expect(counters.datagramsReceived == 3 && counters.octetsReceived == 40 + 1 + 48)
        #expect(counters.datagramsSent == 2 && counters.octetsSent == 48 + 104)
        #expect(counters.drops[.malformed] == 1 && counters.drops.total == 1)
        #expect(counters.bubblesReceived == 1 && counters.bubblesSent == 1)
        #expect(counters.solicitations == 1 && counters.advertisements == 1)
    }
}
