import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@Suite struct ServerAcceptanceTests {
    @Test(
        "Start-up: addresses that are not global unicast, equal addresses and required but missing secrets are refused"
    )
    func startUp() {
        #expect(throws: ServerConfigurationError.notGlobalUnicast(IPv4Address(10, 0, 0, 1))) {
            try ServerHarness { $0.primary = IPv4Address(10, 0, 0, 1) }
        }
        #expect(throws: ServerConfigurationError.notGlobalUnicast(IPv4Address(127, 0, 0, 1))) {
            try ServerHarness { $0.secondary = IPv4Address(127, 0, 0, 1) }
        }
        #expect(throws: ServerConfigurationError.sameAddresses(ServerHarness.primary)) {
            try ServerHarness { $0.secondary = ServerHarness.primary }
        }
        #expect(throws: ServerConfigurationError.noSecrets) {
            try ServerHarness { $0.requiresSecureQualification = true }
        }
    }

    @Test("S1, V1: malformed datagrams are dropped; SEC-37: 50,000 random and mutated ones never trap")
    func malformed() throws {
        var harness = try ServerHarness()
        #expect(harness.receive([]) == .drop(.malformed))
        #expect(harness.receive(Array(ServerHarness.solicitation().dropLast())) == .drop(.malformed))
        var generator = TestGenerator(seed: 9)
        let samples = [
            ServerHarness.solicitation(), ServerHarness.solicitation(coneBit: true),
            Packets.bubble(from: ServerHarness.client(), to: ServerHarness.client(at: ServerHarness.target)),
            ServerHarness.echo(from: ServerHarness.client(), to: ServerHarness.native),
        ]
        var answered = 0
        for round in 0..<50_000 {
            var bytes = samples[round % samples.count]
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            bytes.removeLast(
                Int.random(in: 0...4, using: &generator) / 4 * Int.random(in: 0..<bytes.count, using: &generator)
            )
            if case .drop = harness.receive(bytes) { continue }
            answered += 1
            #expect(harness.output.count <= bytes.count + 64)
        }
        #expect(answered > 1000)
    }

    @Test("S2, V5: only bubbles and ICMPv6 directly behind the header", arguments: [0, 6, 17, 43, 44, 60] as [UInt8])
    func nextHeader(next: UInt8) throws {
        var harness = try ServerHarness()
        var packet = Packets.udp(from: ServerHarness.client(), to: ServerHarness.client(at: ServerHarness.target))
        packet[6] = next
        #expect(harness.receive(packet) == .drop(.unsupportedNextHeader))
        packet[6] = 59
        #expect(harness.receive(packet) == .drop(.unsupportedNextHeader), "59 with a payload is no bubble")
    }

    @Test(
        "S3, V3, AP section 12: IPv4 sources that are not global unicast are dropped",
        arguments: [
            "0.1.1.1", "10.1.1.1", "127.0.0.1", "169.254.9.9", "172.16.3.3", "192.88.99.1", "192.168.1.1", "100.64.0.1",
            "240.0.0.1",
        ]
    )
    func globalSource(text: String) throws {
        var harness = try ServerHarness()
        let source = UDPEndpoint(try #require(IPv4Address(text)), 4096)
        #expect(harness.receive(ServerHarness.solicitation(), from: source) == .drop(.nonGlobalIPv4Source))
    }

    @Test(
        "V2: multicast and broadcast sources and port 0 are dropped",
        arguments: ["224.0.0.1:1", "255.255.255.255:1", "198.51.100.7:0"]
    )
    func unicastSource(text: String) throws {
        var harness = try ServerHarness()
        let source = try #require(UDPEndpoint(text))
        #expect(harness.receive(ServerHarness.solicitation(), from: source) == .drop(.invalidIPv4Source))
    }

    @Test("S4, SEC-50: nothing from an own address is taken, on either socket, and nothing is sent to one")
    func ownSource() throws {
        var harness = try ServerHarness()
        let own = UDPEndpoint(ServerHarness.primary, 3544)
        let loop = Packets.bubble(from: ServerHarness.client(at: own), to: ServerHarness.client(at: own, flags: 1))
        for socket in [ServerSocket.primary, .secondary] {
            #expect(harness.receive(loop, from: own, on: socket) == .drop(.ownIPv4Source))
            #expect(
                harness.receive(loop, from: UDPEndpoint(ServerHarness.secondary, 3544), on: socket)
                    == .drop(.ownIPv4Source)
            )
        }
        let towards = Packets.bubble(from: ServerHarness.client(), to: ServerHarness.client(at: own))
        #expect(harness.receive(towards) == .drop(.forbiddenEndpoint))
    }

    @Test("S5, SEC-51: a datagram with an origin indication is dropped")
    func origin() throws {
        var harness = try ServerHarness()
        let bubble = Packets.bubble(
            from: ServerHarness.client(),
            to: ServerHarness.client(at: ServerHarness.target),
            origin: ServerHarness.sender
        )
        #expect(harness.receive(bubble) == .drop(.unexpectedIndication))
    }

    @Test("S6: authentication on anything but a solicitation is dropped")
    func authenticatedBubble() throws {
        var harness = try ServerHarness()
        let bubble = Packets.bubble(from: ServerHarness.client(), to: ServerHarness.client(at: ServerHarness.target))
        #expect(harness.receive([0, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0] + bubble) == .drop(.unexpectedIndication))
    }

    @Test("S7a: solicitations must be right in source, destination, hop limit, code, checksum and options")
    func solicitationRules() throws {
        var harness = try ServerHarness()
        for index in [13 + 7, 13 + 8, 13 + 24, 13 + 40 + 1, 13 + 40 + 2] {
            var bytes = ServerHarness.solicitation()
            bytes[index] ^= 0x10
            guard case .drop = harness.receive(bytes) else {
                Issue.record("octet \(index)")
                continue
            }
        }
        guard case .reply = harness.receive(ServerHarness.solicitation()) else {
            Issue.record("a right one was not answered")
            return
        }
    }

    @Test("S7b, SEC-60: a Teredo source must be at its embedded endpoint, whoever serves it")
    func teredoSource() throws {
        var harness = try ServerHarness()
        let other = ServerHarness.client(server: IPv4Address(192, 0, 2, 99))
        let destination = ServerHarness.client(at: ServerHarness.target)
        guard case .reply = harness.receive(Packets.bubble(from: other, to: destination)) else {
            Issue.record("a client of another server was refused")
            return
        }
        let elsewhere = UDPEndpoint(ServerHarness.sender.address, 4097)
        #expect(harness.receive(Packets.bubble(from: other, to: destination), from: elsewhere) == .drop(.sourceRefused))
    }

    @Test(
        "S7b-t: with the tolerance on, bubbles to own clients pass from another port of the same address, nothing else"
    )
    func tolerance() throws {
        var harness = try ServerHarness { $0.toleratesPortMismatch = true }
        let elsewhere = UDPEndpoint(ServerHarness.sender.address, 4097)
        let own = ServerHarness.client(at: ServerHarness.target)
        let foreign = ServerHarness.client(at: ServerHarness.target, server: IPv4Address(192, 0, 2, 99))
        let source = ServerHarness.client()
        guard case .reply = harness.receive(Packets.bubble(from: source, to: own), from: elsewhere) else {
            Issue.record("the tolerance does not work")
            return
        }
        #expect(harness.receive(Packets.bubble(from: source, to: foreign), from: elsewhere) == .drop(.sourceRefused))
        #expect(harness.receive(ServerHarness.echo(from: source, to: own), from: elsewhere) == .drop(.sourceRefused))
        #expect(
            harness.receive(ServerHarness.echo(from: source, to: ServerHarness.native), from: elsewhere)
                == .drop(.sourceRefused)
        )
        let stranger = UDPEndpoint(IPv4Address(198, 51, 100, 8), 4096)
        #expect(harness.receive(Packets.bubble(from: source, to: own), from: stranger) == .drop(.sourceRefused))
    }

    @Test("S7c: native and link-local sources reach own clients only", arguments: ["2400:1::5", "fe80::1234"])
    func otherSource(text: String) throws {
        var harness = try ServerHarness()
        let source = try #require(IPv6Address(text))
        guard
            case .reply = harness.receive(
                Packets.bubble(from: source, to: ServerHarness.client(at: ServerHarness.target))
            )
        else {
            Issue.record("refused")
            return
        }
        let foreign = ServerHarness.client(at: ServerHarness.target, server: IPv4Address(192, 0, 2, 99))
        #expect(harness.receive(Packets.bubble(from: source, to: foreign)) == .drop(.sourceRefused))
    }

    @Test("S7d, SEC-41: every other combination of source and destination is dropped")
    func refused() throws {
        var harness = try ServerHarness()
        let native = ServerHarness.native
        #expect(
            harness.receive(ServerHarness.echo(from: native, to: IPv6Address(rawValue: native.rawValue + 1)))
                == .drop(.sourceRefused)
        )
        #expect(
            harness.receive(Packets.bubble(from: .unspecified, to: ServerHarness.client(at: ServerHarness.target)))
                == .drop(.sourceRefused)
        )
        #expect(
            harness.receive(Packets.bubble(from: .loopback, to: ServerHarness.client(at: ServerHarness.target)))
                == .drop(.sourceRefused)
        )
    }
}
