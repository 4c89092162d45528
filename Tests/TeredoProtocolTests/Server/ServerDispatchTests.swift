import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct ServerDispatchTests {
    @Test("SEC-42: a bubble with more trailers than RFC 6081 can need is not forwarded; 64 octets pass")
    func trailerLength() throws {
        var harness = try ServerHarness()
        let bubble = Packets.bubble(from: ServerHarness.alice.ipv6, to: ServerHarness.bob.ipv6)
        let source = ServerHarness.alice.mappedEndpoint
        for (length, isForwarded) in [(64, true), (65, false), (1400, false)] {
            let outcome = harness.receive(bubble + [UInt8](repeating: 0x80, count: length), from: source)
            #expect(outcome.dropped == (isForwarded ? nil : .invalidTrailer), "\(length) octets")
        }
    }

    typealias Harness = ServerHarness

    @Test("D2: an echo request to the link-local address is answered to the observed endpoint")
    func echo() throws {
        var harness = try Harness()
        for source in [TeredoLinkLocal.client(coneBit: false), Harness.alice.ipv6] {
            let request = Harness.icmpv6(from: source, to: Harness.linkLocal)
            let outcome = harness.receive(request, on: .secondary)
            #expect(outcome.socket == .secondary && outcome.target == Harness.alice.mappedEndpoint)
            let reply = try EchoMessage(validating: outcome.bytes)
            #expect(reply.kind == .reply && reply.source == Harness.linkLocal && reply.destination == source)
            #expect(Array(outcome.bytes[44...]) == Array(request[44...]))
        }
    }

    @Test("D2: an answer counts its own octets only, when it is appended to what is in the buffer already")
    func appended() throws {
        let request = Harness.icmpv6(from: Harness.alice.ipv6, to: Harness.linkLocal)
        for bytes in [request, Harness.solicitation()] {
            var harness = try Harness()
            let alone = harness.receive(bytes).bytes
            var verdict = ServerVerdict.drop(.malformed)
            let buffer = [UInt8](capacity: 2000) { output in
                for _ in 0..<100 { output.append(7) }
                verdict = harness.server.handleDatagram(
                    bytes.span,
                    from: Harness.alice.mappedEndpoint,
                    on: .primary,
                    now: harness.now,
                    into: &output
                )
            }
            guard case .reply(_, _, let count) = verdict else {
                Issue.record("\(verdict)")
                continue
            }
            #expect(count == alone.count && buffer.count == 100 + count)
        }
    }

    @Test("D2: echo is refused when switched off, for foreign sources, when large and beyond its rate")
    func echoRefused() throws {
        var harness = try Harness()
        let native = Harness.icmpv6(from: Harness.native, to: Harness.linkLocal)
        #expect(harness.receive(native).dropped == .unforwardableDestination)
        let mismatch = Harness.icmpv6(from: Harness.bob.ipv6, to: Harness.linkLocal)
        #expect(harness.receive(mismatch).dropped == .unforwardableDestination)
        let large = Harness.icmpv6(from: Harness.alice.ipv6, to: Harness.linkLocal, length: 89)
        #expect(harness.receive(large).dropped == .forbiddenICMPv6)
        let good = Harness.icmpv6(from: Harness.alice.ipv6, to: Harness.linkLocal)
        var silent = try Harness { $0.answersEcho = false }
        #expect(silent.receive(good).dropped == .unforwardableDestination)
        var limited = try Harness { $0.limits.echo = RateLimit(rate: 10, burst: 10) }
        let answers = (0..<100).filter { _ in limited.receive(good).target != nil }
        #expect(answers.count == 10)
    }

    @Test("D3: anything else to ff02::2 or the link-local address is dropped", arguments: ["ff02::2", "own"])
    func other(text: String) throws {
        var harness = try Harness()
        let destination = text == "own" ? Harness.linkLocal : ipv6(text)
        for source in [Harness.alice.ipv6, TeredoLinkLocal.client(coneBit: false)] {
            let bubble = Packets.bubble(from: source, to: destination)
            #expect(harness.receive(bubble).dropped == .unforwardableDestination)
            let reply = Harness.icmpv6(type: ICMPv6.echoReply, from: source, to: destination)
            #expect(harness.receive(reply).dropped == .unforwardableDestination)
            let advertisement = Harness.icmpv6(type: ICMPv6.routerAdvertisement, from: source, to: destination)
            #expect(harness.receive(advertisement).dropped == .unforwardableDestination)
        }
    }

    @Test(
        "D4: destinations that are not of global scope are never forwarded to",
        arguments: [
            "ff02::1", "ff0e::1", "fe80::1", "::1", "::", "fc00::1", "fd00::1", "fec0::1", "::1.2.3.4",
            "::ffff:1.2.3.4",
        ]
    )
    func notGlobal(text: String) throws {
        var harness = try Harness()
        for packet in [
            Packets.bubble(from: Harness.alice.ipv6, to: ipv6(text)),
            Harness.icmpv6(from: Harness.alice.ipv6, to: ipv6(text)),
        ] {
            #expect(harness.receive(packet).dropped == .unforwardableDestination)
        }
    }

    @Test("D5, SEC-56: an echo of a client goes to native IPv6 with its hop limit decremented, trailers stripped")
    func native() throws {
        var harness = try Harness()
        for type in [ICMPv6.echoRequest, ICMPv6.echoReply] {
            var packet = Harness.icmpv6(type: type, from: Harness.alice.ipv6, to: Harness.native, hopLimit: 2)
            let outcome = harness.receive(packet + Samples.nonceTrailer)
            packet[7] = 1
            #expect(outcome.verdict == .forwardNative(count: packet.count))
            #expect(outcome.bytes == packet)
        }
    }

    @Test("D5, SEC-56: nothing that is used up is forwarded", arguments: [0, 1])
    func usedUp(hopLimit: UInt8) throws {
        var harness = try Harness()
        let packet = Harness.icmpv6(from: Harness.alice.ipv6, to: Harness.native, hopLimit: hopLimit)
        #expect(harness.receive(packet).dropped == .hopLimitExceeded)
    }

    @Test("D5, SEC-41: errors, neighbour discovery and group messages never reach native IPv6")
    func types() throws {
        var harness = try Harness()
        for type in UInt8.min ... .max where type != 128 && type != 129 && type != ICMPv6.routerSolicitation {
            let packet = Harness.icmpv6(type: type, from: Harness.alice.ipv6, to: Harness.native)
            #expect(harness.receive(packet).dropped == .forbiddenICMPv6, "type \(type)")
        }
    }

    @Test("D6: bubbles to native addresses are dropped")
    func nativeBubble() throws {
        var harness = try Harness()
        let bubble = Packets.bubble(from: Harness.alice.ipv6, to: Harness.native)
        #expect(harness.receive(bubble).dropped == .unforwardableDestination)
    }

    @Test("D7: bubbles go from the primary address to the mapped endpoint, with the observed origin and all trailers")
    func bubble() throws {
        var harness = try Harness()
        let bubble = Packets.bubble(from: Harness.alice.ipv6, to: Harness.bob.ipv6) + Samples.nonceTrailer
        let outcome = harness.receive(bubble, on: .secondary)
        let origin = encoded { OriginIndication(Harness.alice.mappedEndpoint).encode(into: &$0) }
        #expect(outcome.verdict == .reply(from: .primary, to: Harness.bob.mappedEndpoint, count: 54))
        #expect(outcome.bytes == origin + bubble)
    }

    @Test("D7, TR-2: the worked bubble with its trailer is delivered octet for octet")
    func workedExample() throws {
        var harness = try Harness {
            $0.primary = Samples.server
            $0.secondary = Samples.server.successor
        }
        let outcome = harness.receive(Samples.bubble + Samples.nonceTrailer, from: Samples.mappedA)
        #expect(outcome.bytes == Samples.deliveredBubble)
        #expect(outcome.target == Samples.mappedB)
    }

    @Test("D7: small ICMPv6 goes to own clients with an origin; neighbour discovery does not")
    func smallICMPv6() throws {
        var harness = try Harness()
        let echo = Harness.icmpv6(from: Harness.native, to: Harness.bob.ipv6)
        let outcome = harness.receive(echo, from: Harness.relay)
        #expect(outcome.target == Harness.bob.mappedEndpoint && outcome.origin == OriginIndication(Harness.relay))
        #expect(Array(outcome.bytes[8...]) == echo)
        for type in 134...137 {
            let packet = Harness.icmpv6(type: UInt8(type), from: Harness.alice.ipv6, to: Harness.bob.ipv6)
            #expect(harness.receive(packet).dropped == .forbiddenICMPv6)
        }
    }

    @Test(
        "D8, SEC-41: 6to4 targets are served unless their IPv4 address is own or not global",
        arguments: [
            ("203.0.113.50", true), ("192.0.2.1", false), ("192.0.2.2", false), ("192.0.2.7", false),
            ("10.0.0.1", false), ("192.88.99.1", false), ("127.0.0.1", false),
        ]
    )
    func sixToFour(text: String, passes: Bool) throws {
        var harness = try Harness()
        let destination = IPv6Address(high: 0x2002 << 48 | UInt64(ipv4(text).rawValue) << 16, low: 1)
        let outcome = harness.receive(Harness.icmpv6(from: Harness.alice.ipv6, to: destination))
        #expect(outcome.isNative == passes)
        if !passes { #expect(outcome.dropped == .foreignTunnelLoop) }
    }

    /// What the decision table of the server says about one cell.
    enum Cell: Sendable { case origin, noOrigin, native, refused }

    @Test(
        "S7b, S7c, D5, D6, D7: the decision table, packet by sender",
        arguments: [
            ("bubble to my client", Cell.origin, Cell.origin), ("bubble to another's client", .noOrigin, .refused),
            ("echo request to native", .native, .refused), ("echo reply to native", .native, .refused),
            ("echo to my client", .origin, .origin), ("echo to another's client", .refused, .refused),
            ("error to native", .refused, .refused), ("error to my client", .origin, .origin),
            ("large echo to my client", .refused, .refused), ("large echo to native", .refused, .refused),
            ("UDP to my client", .refused, .refused), ("UDP to native", .refused, .refused),
            ("bubble to native", .refused, .refused),
        ]
    )
    func decisionTable(name: String, fromClient: Cell, fromRelay: Cell) throws {
        var harness = try Harness()
        let senders: [(IPv6Address, UDPEndpoint, Cell)] = [
            (Harness.alice.ipv6, Harness.alice.mappedEndpoint, fromClient),
            (ipv6("2400:3::1"), Harness.relay, fromRelay), (ipv6("fe80::1"), Harness.relay, fromRelay),
        ]
        for (source, observed, cell) in senders {
            let outcome = harness.receive(Self.packet(name, from: source), from: observed)
            switch cell {
            case .origin:
                #expect(outcome.target == Harness.bob.mappedEndpoint && outcome.origin == OriginIndication(observed))
            case .noOrigin:
                #expect(outcome.target == Harness.stranger.mappedEndpoint && outcome.datagram?.isPlain == true)
            case .native: #expect(outcome.isNative)
            case .refused: #expect(outcome.dropped != nil && outcome.bytes.isEmpty)
            }
        }
    }

    static func packet(_ name: String, from source: IPv6Address) -> [UInt8] {
        let destination =
            name.hasSuffix("native")
            ? Harness.native : name.hasSuffix("my client") ? Harness.bob.ipv6 : Harness.stranger.ipv6
        if name.hasPrefix("bubble") { return Packets.bubble(from: source, to: destination) }
        if name.hasPrefix("UDP") { return Packets.udp(from: source, to: destination) }
        let type = name.hasPrefix("error") ? 1 : name.contains("reply") ? ICMPv6.echoReply : ICMPv6.echoRequest
        return Harness.icmpv6(
            type: type,
            from: source,
            to: destination,
            length: name.hasPrefix("large") ? 89 : 24
        )
    }
}
