import TeredoProtocol
import TeredoWire
import Testing

@Suite struct ServerDispatchTests {
    @Test(
        "D1: the advertisement leaves from the solicited address, or from the other one when the cone bit asks",
        arguments: [
            (ServerSocket.primary, false, ServerSocket.primary), (.primary, true, .secondary),
            (.secondary, false, .secondary),
            (.secondary, true, .primary),
        ]
    )
    func answer(socket: ServerSocket, coneBit: Bool, from: ServerSocket) throws {
        var harness = try ServerHarness()
        let solicitation = ServerHarness.solicitation(coneBit: coneBit)
        let verdict = harness.receive(solicitation, on: socket)
        #expect(verdict == .reply(from: from, to: ServerHarness.sender, count: 117))
        let datagram = try TeredoDatagram(validating: harness.output.span)
        #expect(datagram.origin?.endpoint == ServerHarness.sender)
        #expect(datagram.authentication?.nonce(in: harness.output.span) == 0x0123_4567_89AB_CDEF)
        let advertisement = try RouterAdvertisement(validating: harness.output.span.extracting(datagram.packet))
        #expect(advertisement.server == ServerHarness.primary)
        #expect(advertisement.destination == TeredoLinkLocal.client(coneBit: coneBit))
        #expect(advertisement.source == TeredoLinkLocal.server(ServerHarness.primary))
        #expect(advertisement.mtu == 1280)
        #expect(harness.output.count < 2 * solicitation.count, "SEC-40: no amplification beyond 1.9")
    }

    @Test("D1: a solicitation without authentication gets an answer without")
    func withoutAuthentication() throws {
        var harness = try ServerHarness()
        guard case .reply = harness.receive(ServerHarness.solicitation(nonce: nil)) else {
            Issue.record("no answer")
            return
        }
        #expect(try TeredoDatagram(validating: harness.output.span).authentication == nil)
    }

    @Test("S7a, SEC-04: secure qualification: right value answered with one, wrong or missing ones not at all")
    func secureQualification() throws {
        let secret = try #require(
            SharedSecret(clientIdentifier: Array("client01".utf8), key: Array("teredo-secret".utf8))
        )
        let stranger = try #require(SharedSecret(clientIdentifier: Array("nobody".utf8), key: [1]))
        var harness = try ServerHarness {
            $0.secrets = [secret]
            $0.requiresSecureQualification = true
        }
        #expect(harness.receive(ServerHarness.solicitation()) == .drop(.secureQualificationFailed))
        #expect(harness.receive(ServerHarness.solicitation(nonce: nil)) == .drop(.secureQualificationFailed))
        #expect(harness.receive(ServerHarness.solicitation(secret: stranger)) == .drop(.secureQualificationFailed))
        let right = ServerHarness.solicitation(secret: secret)
        for bit in [4 + 8 + 3, 4 + 8 + 20 + 2, 4 + 8 + 20 + 8] {
            var wrong = right
            wrong[bit] ^= 1
            #expect(harness.receive(wrong) == .drop(.secureQualificationFailed), "octet \(bit)")
        }
        guard case .reply = harness.receive(right) else {
            Issue.record("no answer")
            return
        }
        let datagram = try TeredoDatagram(validating: harness.output.span)
        let layout = try #require(datagram.authentication)
        #expect(layout.clientIdentifier.count == 8 && layout.authenticationValue.count == 20)
        #expect(layout.confirmation(in: harness.output.span) == 0)
    }

    @Test("Section 5.2.2: a client whose key is about to be replaced gets a confirmation octet other than 0")
    func expiringKey() throws {
        let secret = try #require(SharedSecret(clientIdentifier: [1, 2], key: [3]))
        var harness = try ServerHarness {
            $0.secrets = [secret]
            $0.expiringIdentifiers = [[1, 2]]
        }
        _ = harness.receive(ServerHarness.solicitation(secret: secret))
        let layout = try #require(try TeredoDatagram(validating: harness.output.span).authentication)
        #expect(layout.confirmation(in: harness.output.span) != 0)
    }

    @Test("D2: echo requests to the server's link-local address are answered; D3: anything else to it is dropped")
    func ownAddress() throws {
        var harness = try ServerHarness()
        let own = TeredoLinkLocal.server(ServerHarness.primary)
        let source = TeredoLinkLocal.client(coneBit: false)
        guard
            case .reply(.primary, ServerHarness.sender, _) = harness.receive(ServerHarness.echo(from: source, to: own))
        else {
            Issue.record("no reply")
            return
        }
        #expect(try EchoMessage(validating: harness.output.span).kind == .reply)
        #expect(harness.receive(ServerHarness.echo(.reply, from: source, to: own)) == .drop(.unforwardableDestination))
        #expect(harness.receive(Packets.bubble(from: source, to: own)) == .drop(.unforwardableDestination))
        #expect(
            harness.receive(ServerHarness.echo(from: ServerHarness.client(), to: .allRouters))
                == .drop(.unforwardableDestination)
        )
    }

    @Test(
        "D4: nothing goes to destinations that are not of global scope",
        arguments: [
            "ff02::1", "ff0e::1", "fe80::1", "fec0::1", "fc00::1", "::1", "::", "::1.2.3.4", "::ffff:1.2.3.4",
        ]
    )
    func scope(text: String) throws {
        var harness = try ServerHarness()
        let destination = try #require(IPv6Address(text))
        #expect(
            harness.receive(ServerHarness.echo(from: ServerHarness.client(), to: destination))
                == .drop(.unforwardableDestination)
        )
    }

    @Test("D5, SEC-56: echo messages of clients go to native IPv6 with the hop limit decremented and trailers cut off")
    func native() throws {
        var harness = try ServerHarness()
        let packet = ServerHarness.echo(from: ServerHarness.client(), to: ServerHarness.native)
        #expect(harness.receive(packet + [1, 4, 1, 2, 3, 4]) == .forwardNative(count: packet.count))
        var expected = packet
        expected[7] -= 1
        #expect(harness.output == expected)
        for limit in [0, 1] as [UInt8] {
            var used = packet
            used[7] = limit
            #expect(harness.receive(used) == .drop(.hopLimitExceeded))
        }
    }

    @Test(
        "D5: other ICMPv6 than echo does not go to native IPv6",
        arguments: [1, 2, 3, 130, 134, 135, 136, 137] as [UInt8]
    )
    func otherICMPv6(type: UInt8) throws {
        var harness = try ServerHarness()
        var packet = ServerHarness.echo(from: ServerHarness.client(), to: ServerHarness.native)
        packet[40] = type
        #expect(harness.receive(packet) == .drop(.forbiddenICMPv6))
    }

    @Test("D6: bubbles to native IPv6 are dropped")
    func bubbleToNative() throws {
        var harness = try ServerHarness()
        #expect(
            harness.receive(Packets.bubble(from: ServerHarness.client(), to: ServerHarness.native))
                == .drop(.unforwardableDestination)
        )
    }

    @Test(
        "D7: towards an own client with the sender's origin, trailers and hop limit untouched, always from the primary address"
    )
    func ownClient() throws {
        var harness = try ServerHarness()
        let bubble =
            Packets.bubble(from: ServerHarness.client(), to: ServerHarness.client(at: ServerHarness.target)) + [
                1, 4, 1, 2, 3, 4,
            ]
        for socket in [ServerSocket.primary, .secondary] {
            #expect(
                harness.receive(bubble, on: socket)
                    == .reply(from: .primary, to: ServerHarness.target, count: 8 + bubble.count)
            )
            let origin = [UInt8](capacity: 8) { OriginIndication(ServerHarness.sender).encode(into: &$0) }
            #expect(harness.output == origin + bubble)
        }
    }

    @Test("D7: towards a client of another server without origin, bubbles only")
    func foreignClient() throws {
        var harness = try ServerHarness()
        let foreign = ServerHarness.client(at: ServerHarness.target, server: IPv4Address(192, 0, 2, 99))
        let bubble = Packets.bubble(from: ServerHarness.client(), to: foreign)
        #expect(harness.receive(bubble) == .reply(from: .primary, to: ServerHarness.target, count: 40))
        #expect(harness.output == bubble)
        #expect(
            harness.receive(ServerHarness.echo(from: ServerHarness.client(), to: foreign))
                == .drop(.unforwardableDestination)
        )
    }

    @Test(
        "D7, SEC-34, V14: mapped endpoints that are not global unicast, or have port 0, get nothing",
        arguments: [
            "10.0.0.1:5", "192.168.3.3:5", "224.0.0.253:3544", "127.0.0.1:9", "203.0.113.20:0", "255.255.255.255:9",
        ]
    )
    func forbiddenTarget(text: String) throws {
        var harness = try ServerHarness()
        let target = try #require(UDPEndpoint(text))
        let bubble = Packets.bubble(from: ServerHarness.client(), to: ServerHarness.client(at: target))
        #expect(harness.receive(bubble) == .drop(.forbiddenEndpoint))
    }

    @Test("D8, SEC-41: 6to4 destinations that embed an own or non-global IPv4 address are refused, others pass")
    func sixToFour() throws {
        var harness = try ServerHarness()
        func destination(_ address: IPv4Address) -> IPv6Address {
            IPv6Address(rawValue: 0x2002 << 112 | UInt128(address.rawValue) << 80 | 1)
        }
        for address in [ServerHarness.primary, IPv4Address(10, 0, 0, 1), IPv4Address(127, 0, 0, 1)] {
            let packet = ServerHarness.echo(from: ServerHarness.client(), to: destination(address))
            #expect(harness.receive(packet) == .drop(.foreignTunnelLoop))
        }
        let packet = ServerHarness.echo(from: ServerHarness.client(), to: destination(IPv4Address(203, 0, 113, 3)))
        #expect(harness.receive(packet) == .forwardNative(count: packet.count))
    }

    @Test("SEC-42: ICMPv6 above 88 octets is not forwarded, to natives or clients; 88 passes")
    func size() throws {
        var harness = try ServerHarness()
        for destination in [ServerHarness.native, ServerHarness.client(at: ServerHarness.target)] {
            #expect(
                harness.receive(ServerHarness.echo(from: ServerHarness.client(), to: destination, length: 81))
                    == .drop(.forbiddenICMPv6)
            )
            if case .drop(let reason) = harness.receive(
                ServerHarness.echo(from: ServerHarness.client(), to: destination, length: 80)
            ) {
                Issue.record("88 octets: \(reason)")
            }
        }
    }

    @Test("SEC-40: limits per source, per target and for solicitations hold in every second, and refill")
    func rateLimits() throws {
        var harness = try ServerHarness {
            $0.limits = ServerLimits()
            $0.limits.bucketCount = 64
        }
        func answered(_ bytes: [UInt8], _ count: Int, _ harness: inout ServerHarness) -> Int {
            (0..<count).filter { _ in if case .reply = harness.receive(bytes) { true } else { false } }.count
        }
        #expect(answered(ServerHarness.solicitation(), 1000, &harness) == 8)
        harness.now = harness.now + .seconds(1)
        #expect(answered(ServerHarness.solicitation(), 1000, &harness) == 4)
        harness.now = harness.now + .seconds(60)
        let bubble = Packets.bubble(from: ServerHarness.client(), to: ServerHarness.client(at: ServerHarness.target))
        #expect(answered(bubble, 1000, &harness) == 20)
        // Many sources, one target.
        harness.now = harness.now + .seconds(60)
        var forwarded = 0
        for index in 0..<1000 {
            let source = UDPEndpoint(IPv4Address(rawValue: 0x0800_0000 + UInt32(index)), 7)
            let bytes = Packets.bubble(
                from: ServerHarness.client(at: source),
                to: ServerHarness.client(at: ServerHarness.target)
            )
            if case .reply = harness.receive(bytes, from: source) { forwarded += 1 }
        }
        #expect(forwarded == 40)
    }

    @Test("SEC-46: an echoed copy of what the server sent produces nothing")
    func echoed() throws {
        var harness = try ServerHarness()
        _ = harness.receive(ServerHarness.solicitation())
        let advertisement = harness.output
        guard case .drop = harness.receive(advertisement) else {
            Issue.record("advertisement answered")
            return
        }
        _ = harness.receive(
            Packets.bubble(from: ServerHarness.client(), to: ServerHarness.client(at: ServerHarness.target))
        )
        guard case .drop = harness.receive(harness.output, from: ServerHarness.target) else {
            Issue.record("bubble answered")
            return
        }
    }

    @Test("Capture: our server answers frame 6 of Windows as Microsoft's did in frame 7: from the other address")
    func windowsSolicitation() throws {
        let frames = try ClientCaptureTests.frames()
        let solicitation = try #require(frames[6])
        let theirs = try #require(frames[7])
        var harness = try ServerHarness {
            $0.primary = solicitation.destination.address
            $0.secondary = theirs.source.address
        }
        // The capture was taken inside the site: the server saw the endpoint that frame 7 tells.
        let mapped = try #require(try TeredoDatagram(validating: theirs.payload.span).origin).endpoint
        guard case .reply(let from, let to, _) = harness.receive(solicitation.payload, from: mapped) else {
            Issue.record("no answer")
            return
        }
        #expect(from == .secondary && to == mapped)
        let ours = try TeredoDatagram(validating: harness.output.span)
        let expected = try TeredoDatagram(validating: theirs.payload.span)
        #expect(ours.authentication == expected.authentication && ours.origin == expected.origin)
        #expect(ours.header.source == expected.header.source && ours.header.destination == expected.header.destination)
        let ourPacket = try RouterAdvertisement(validating: harness.output.span.extracting(ours.packet))
        let theirPacket = try RouterAdvertisement(validating: theirs.payload.span.extracting(expected.packet))
        #expect(ourPacket.server == theirPacket.server)
    }
}
