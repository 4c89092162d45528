import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct ServerAbuseTests {
    typealias Harness = ServerHarness

    /// The server with the limits that it has in service.
    static func limited() throws -> Harness { try Harness { $0.limits = ServerLimits() } }

    @Test("SEC-40: a flood of solicitations with one spoofed source draws eight advertisements and four a second")
    func solicitationFlood() throws {
        var harness = try Self.limited()
        let solicitation = Harness.solicitation(authentication: AuthenticationEncapsulation(nonce: 1))
        var answers = 0
        for _ in 0..<10_000 {
            let outcome = harness.receive(solicitation)
            if outcome.target != nil {
                answers += 1
                #expect(outcome.bytes.count <= 117)
            }
            harness.now = harness.now + .milliseconds(1)
        }
        #expect((40...48).contains(answers))
        #expect(harness.server.counters.drops[.rateLimited] == UInt64(10_000 - answers))
        let outcome = harness.receive(solicitation, from: Harness.bob.mappedEndpoint)
        #expect(outcome.target != nil, "another client is served all the while")
    }

    @Test("SEC-40: many senders together reach one client at 20 packets a second, 40 at once")
    func targetLimit() throws {
        var harness = try Self.limited()
        var answers = 0
        for number in 0..<2000 {
            let sender = Packets.peer(IPv4Address(rawValue: 0x0800_0000 + UInt32(number)), server: Harness.primary)
            let bubble = Packets.bubble(from: sender.ipv6, to: Harness.bob.ipv6)
            let outcome = harness.receive(bubble, from: sender.mappedEndpoint)
            if outcome.target != nil { answers += 1 }
            harness.now = harness.now + .milliseconds(1)
        }
        #expect((75...81).contains(answers))
    }

    @Test("SEC-40: one source sends 20 datagrams at once and ten a second, whatever they are")
    func sourceLimit() throws {
        var harness = try Self.limited()
        let accepted = (0..<3000).filter { number in
            harness.now = harness.now + .milliseconds(1)
            let target = Packets.peer(IPv4Address(rawValue: 0x0800_0000 + UInt32(number)), server: Harness.primary)
            return harness.receive(Packets.bubble(from: Harness.alice.ipv6, to: target.ipv6)).target != nil
        }
        #expect((49...51).contains(accepted.count))
    }

    @Test("SEC-40: packets to native IPv6 are limited in all")
    func nativeLimit() throws {
        var harness = try Harness { $0.limits.native = RateLimit(rate: 100, burst: 100) }
        let packet = Harness.icmpv6(from: Harness.alice.ipv6, to: Harness.native)
        #expect((0..<1000).filter { _ in harness.receive(packet).isNative }.count == 100)
    }

    @Test("SEC-41: of all sources and destinations only a proven client with a native target makes an IPv6 packet")
    func nativeMatrix() throws {
        var harness = try Harness()
        let sources: [(IPv6Address, UDPEndpoint)] = [
            (Harness.alice.ipv6, Harness.alice.mappedEndpoint), (Harness.alice.ipv6, Harness.relay),
            (Harness.native, Harness.relay), (ipv6("fe80::1"), Harness.relay), (ipv6("::"), Harness.relay),
            (ipv6("2002:cb00:7109::1"), Harness.relay),
        ]
        let destinations = [
            ipv6("2400:2::1"), Harness.bob.ipv6, Harness.stranger.ipv6, ipv6("ff02::1"), ipv6("fe80::2"),
            ipv6("fd00::1"), Harness.linkLocal,
        ]
        for (row, source) in sources.enumerated() {
            for (column, destination) in destinations.enumerated() {
                let outcome = harness.receive(Harness.icmpv6(from: source.0, to: destination), from: source.1)
                #expect(outcome.isNative == (row == 0 && column == 0), "\(source) to \(destination)")
            }
        }
    }

    @Test("SEC-05: no neighbour discovery of a client goes on to another", arguments: 133...137)
    func neighborDiscovery(type: UInt8) throws {
        var harness = try Harness()
        let packet = Harness.icmpv6(type: type, from: Harness.alice.ipv6, to: Harness.bob.ipv6)
        #expect(harness.receive(packet).dropped != nil)
    }

    @Test("SEC-40: whatever an address sends counts when it solicits")
    func sharedBucket() throws {
        var harness = try Harness { $0.limits.source = RateLimit(rate: 10) }
        for _ in 0..<20 {
            harness.receive(Packets.bubble(from: Harness.native, to: Harness.bob.ipv6), from: Harness.relay)
        }
        #expect(harness.receive(Harness.solicitation(), from: Harness.relay).dropped == .rateLimited)
        #expect(harness.receive(Harness.solicitation(), from: Harness.alice.mappedEndpoint).dropped == nil)
    }

    @Test("SEC-42: of all protocols ICMPv6 alone is carried, also between two clients of the server")
    func otherProtocols() throws {
        for next in UInt8.min ... .max where next != IPv6Header.NextHeader.icmpv6 {
            var harness = try Harness()
            var packet = Packets.udp(from: Harness.alice.ipv6, to: Harness.bob.ipv6)
            packet[6] = next
            #expect(harness.receive(packet).dropped == .unsupportedNextHeader, "\(next)")
        }
    }

    @Test("SEC-42: 88 octets of ICMPv6 pass, 89 do not, wherever they go")
    func size() throws {
        var harness = try Harness()
        for destination in [Harness.native, Harness.bob.ipv6] {
            let small = harness.receive(Harness.icmpv6(from: Harness.alice.ipv6, to: destination, length: 88))
            #expect(small.dropped == nil)
            let large = harness.receive(Harness.icmpv6(from: Harness.alice.ipv6, to: destination, length: 89))
            #expect(large.dropped == .forbiddenICMPv6)
        }
        var wider = try Harness { $0.maximumICMPv6Length = 128 }
        #expect(wider.receive(Harness.icmpv6(from: Harness.alice.ipv6, to: Harness.native, length: 128)).isNative)
    }

    @Test(
        "SEC-34, V14: nothing leaves for a mapped endpoint that is not global, own or has port 0",
        arguments: [
            "10.0.0.1:5", "127.0.0.1:5", "169.254.0.1:5", "172.31.0.1:5", "192.168.1.1:5", "224.0.0.1:5",
            "255.255.255.255:5", "0.0.0.0:5", "192.88.99.1:5", "240.0.0.1:5", "100.64.0.1:5", "198.51.100.255:5",
            "203.0.113.5:0", "192.0.2.1:5", "192.0.2.2:3544", "192.0.2.7:3544",
        ]
    )
    func targets(text: String) throws {
        var harness = try Harness { $0.filter.attachedSubnets = [IPv4Prefix(ipv4("198.51.100.0"), length: 24)] }
        for server in [Harness.primary, ipv4("198.51.100.200")] {
            let target = TeredoAddress(server: server, flags: TeredoFlags(rawValue: 0), mappedEndpoint: endpoint(text))
            let bubble = Packets.bubble(from: Harness.alice.ipv6, to: target.ipv6)
            #expect(harness.receive(bubble).dropped == .forbiddenEndpoint)
        }
    }

    @Test("SEC-46: an echoed copy of anything the server sent draws no further packet")
    func echoService() throws {
        var harness = try Harness()
        let inputs: [([UInt8], UDPEndpoint)] = [
            (Harness.solicitation(), Harness.alice.mappedEndpoint),
            (Packets.bubble(from: Harness.alice.ipv6, to: Harness.bob.ipv6), Harness.alice.mappedEndpoint),
            (Packets.bubble(from: Harness.native, to: Harness.bob.ipv6), Harness.relay),
            (Packets.bubble(from: Harness.alice.ipv6, to: Harness.stranger.ipv6), Harness.alice.mappedEndpoint),
            (Harness.icmpv6(from: Harness.alice.ipv6, to: Harness.linkLocal), Harness.alice.mappedEndpoint),
        ]
        for (bytes, source) in inputs {
            let outcome = harness.receive(bytes, from: source)
            let target = try #require(outcome.target)
            #expect(harness.receive(outcome.bytes, from: target).dropped != nil)
        }
    }

    @Test("SEC-50: the packet of the endless loop is dropped, on both sockets")
    func selfLoop() throws {
        var harness = try Harness()
        let own = Packets.peer(Harness.primary, port: 3544, server: Harness.primary)
        let bubble = Packets.bubble(from: own.ipv6, to: own.ipv6)
        for source in [own.mappedEndpoint, endpoint("192.0.2.2:3544"), Harness.relay] {
            for socket in [ServerSocket.primary, .secondary] {
                #expect(harness.receive(bubble, from: source, on: socket).dropped != nil)
            }
        }
        let target = Packets.bubble(from: Harness.alice.ipv6, to: own.ipv6)
        #expect(harness.receive(target).dropped == .forbiddenEndpoint)
    }

    @Test("SEC-51: what one server forwards another one refuses, with and without origin")
    func twoServers() throws {
        var first = try Harness()
        var second = try Harness {
            $0.primary = ipv4("198.51.100.200")
            $0.secondary = ipv4("198.51.100.201")
        }
        let from = UDPEndpoint(Harness.primary, 3544)
        // Clients that claim to be mapped at the other server's socket.
        for server in [Harness.primary, ipv4("198.51.100.200")] {
            let target = Packets.peer(ipv4("198.51.100.200"), port: 3544, server: server)
            let bubble = Packets.bubble(from: Harness.alice.ipv6, to: target.ipv6)
            let outcome = first.receive(bubble)
            #expect(outcome.target == target.mappedEndpoint)
            #expect(second.receive(outcome.bytes, from: from).dropped != nil)
        }
    }

    @Test("SEC-37: 50,000 mutated datagrams crash nothing and draw only answers that are allowed")
    func fuzz() throws {
        let secret = try #require(Harness.secret)
        var harness = try Harness {
            $0.secrets = [secret]
            $0.toleratesPortMismatch = true
        }
        var mutator = DatagramMutator(
            seed: 4380,
            samples: [
                Harness.solicitation(), Harness.solicitation(coneBit: true), Harness.secureSolicitation(secret),
                Packets.bubble(from: Harness.alice.ipv6, to: Harness.bob.ipv6) + Samples.nonceTrailer,
                Packets.bubble(from: Harness.native, to: Harness.bob.ipv6),
                Harness.icmpv6(from: Harness.alice.ipv6, to: Harness.native),
                Harness.icmpv6(from: Harness.alice.ipv6, to: Harness.linkLocal),
            ] + Samples.datagrams.map(\.bytes)
        )
        var filter = GlobalUnicastFilter()
        filter.ownAddresses = [Harness.primary, Harness.secondary, Harness.other]
        var answers = 0
        for number in 0..<50_000 {
            let bytes = mutator.next()
            let outcome = harness.receive(bytes, on: number.isMultiple(of: 2) ? .primary : .secondary)
            harness.now = harness.now + .microseconds(100)
            switch outcome.verdict {
            case .reply(_, let target, let count):
                answers += 1
                if count != outcome.bytes.count || !filter.mayBeSent(to: target)
                    || count > max(117 + 255, bytes.count + 8) || outcome.datagram == nil
                {
                    Issue.record("\(bytes) drew \(count) octets to \(target)")
                }
            case .forwardNative(let count):
                answers += 1
                if count != outcome.bytes.count || count > bytes.count || count > 128
                    || TeredoAddress(outcome.bytes.span.ipv6Address(at: 8))?.mappedEndpoint
                        != Harness.alice.mappedEndpoint
                {
                    Issue.record("\(bytes) was forwarded to IPv6")
                }
            case .drop:
                if !outcome.bytes.isEmpty { Issue.record("\(bytes) was dropped with an answer") }
            }
        }
        #expect(answers > 1000, "the mutations are too wild to prove anything")
    }
}
