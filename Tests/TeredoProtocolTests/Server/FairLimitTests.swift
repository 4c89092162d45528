import TeredoCrypto
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// A relay and a server with the limits that they have in service, in one process or apart, while somebody floods them.
@Suite struct FairLimitTests {
    /// Native hosts that want to reach clients, and clients that answer bubbles as RFC 4380 section 5.2.3 says; 20 ms between
    /// relay, server and clients.
    struct World {
        let isGateway: Bool
        let relayEndpoint: UDPEndpoint
        var relay: TeredoRelay
        var proofs = ServerProofs()
        var server: TeredoServer
        var now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
        var generator = SplitMix64(seed: 77)
        /// The clients that got a packet of a host.
        private(set) var reached: Set<UDPEndpoint> = []
        private(set) var dropsOfServer = 0
        private var inFlight: [(at: ProtocolInstant, from: UDPEndpoint, to: UDPEndpoint, bytes: [UInt8])] = []

        init(isGateway: Bool) throws {
            self.isGateway = isGateway
            relayEndpoint = isGateway ? UDPEndpoint(ServerHarness.primary, 3545) : ServerHarness.relay
            var settings = RelayConfiguration(
                kind: .router(servedPrefixes: []),
                ownIPv6Addresses: [ipv6("2400:1::1")],
                ownIPv4Addresses: [relayEndpoint.address]
            )
            settings.ownServer = isGateway ? ServerHarness.primary : nil
            relay = TeredoRelay(
                configuration: settings,
                authenticator: HMACSHA1Authenticator(),
                generator: SplitMixGenerator(seed: 9),
                now: now
            )
            server = try TeredoServer(
                configuration: ServerConfiguration(primary: ServerHarness.primary, secondary: ServerHarness.secondary),
                authenticator: HMACSHA1Authenticator(),
                generator: SplitMixGenerator(seed: 1),
                now: now
            )
        }

        /// A step of 10 ms: what is on its way arrives, and timers run.
        mutating func step() {
            let due = inFlight.prefix { $0.at <= now }
            inFlight.removeFirst(due.count)
            for item in due { receive(item.bytes, from: item.from, at: item.to) }
            relay.handleTimeout(now: now)
            drain()
            now = now + .milliseconds(10)
        }

        mutating func send(_ packet: [UInt8]) {
            if case .forward(let destination, _) = relay.handlePacket(packet.span, now: now) {
                transmit(packet, from: relayEndpoint, to: destination)
            }
            drain()
        }

        /// A datagram of somebody on the IPv4 side.
        mutating func transmit(_ bytes: [UInt8], from source: UDPEndpoint, to destination: UDPEndpoint) {
            inFlight.append((now + .milliseconds(20), source, destination, bytes))
        }

        private mutating func drain() {
            while true {
                var transmit: Transmit?
                let bytes = [UInt8](capacity: 66_000) { transmit = relay.pollTransmit(into: &$0) }
                guard let destination = transmit?.destination else { break }
                let proving = proofs.returningProof(with: bytes.span, to: destination, now: now)
                self.transmit(proving ?? bytes, from: relayEndpoint, to: destination)
            }
        }

        private mutating func receive(_ bytes: [UInt8], from source: UDPEndpoint, at place: UDPEndpoint) {
            if place == relayEndpoint {
                if proofs.handle(bytes.span, from: source, now: now) { return }
                _ = relay.handleDatagram(bytes.span, from: source, now: now)
                drain()
            } else if place.address == ServerHarness.primary {
                serve(bytes, from: source)
            } else if let datagram = try? TeredoDatagram(validating: bytes) {
                // Whoever is at 9.0.0.0/8 is not there.
                guard place.address.rawValue >> 24 != 9 else { return }
                if datagram.header.isBubble, let origin = datagram.origin {
                    let answer = Packets.bubble(from: datagram.header.destination, to: datagram.header.source)
                    transmit(answer, from: place, to: origin.endpoint)
                } else if !datagram.header.isBubble {
                    reached.insert(place)
                }
            }
        }

        private mutating func serve(_ bytes: [UInt8], from source: UDPEndpoint) {
            var verdict = ServerVerdict.drop(.malformed)
            let answer = [UInt8](capacity: 66_000) { output in
                verdict =
                    source == relayEndpoint && isGateway
                    ? server.handleRelayDatagram(bytes.span, from: source, now: now, into: &output)
                    : server.handleDatagram(bytes.span, from: source, on: .primary, now: now, into: &output)
            }
            if case .drop = verdict { dropsOfServer += 1 }
            guard case .reply(_, let target, _) = verdict else { return }
            transmit(answer, from: UDPEndpoint(ServerHarness.primary, 3544), to: target)
        }
    }

    enum Flood: CaseIterable {
        /// One host, or many in its /64.
        case subnet
        /// A /64 of its own for each packet, all in one /48.
        case site
        /// To addresses with servers that are different each time.
        case manyServers
    }

    static func stranger(_ generator: inout SplitMix64, server: IPv4Address = ServerHarness.primary) -> TeredoAddress {
        Packets.peer(
            IPv4Address(rawValue: 0x0900_0000 | UInt32(generator.next() >> 40)),
            port: UInt16(truncatingIfNeeded: generator.next() | 1024),
            server: server
        )
    }

    /// Sixty hosts in subnets of their own that each want to reach another client every second, for 20 s; how many of the clients
    /// are reached within 8 s, and how many datagrams the server dropped.
    static func success(isGateway: Bool, flood: Flood, rate: Int) throws -> (share: Double, drops: Int) {
        var world = try World(isGateway: isGateway)
        var wanted: [UDPEndpoint] = []
        var debt = 0
        for step in 0..<3000 {
            debt += rate
            while debt >= 100 {
                debt -= 100
                let random = world.generator.next()
                let server = flood == .manyServers ? IPv4Address(rawValue: 0x0800_0000 | UInt32(random >> 40)) : nil
                let subnet = 0x2400_0666_0000_0000 | (flood == .site ? random & 0xFFFF : 1)
                let client = stranger(&world.generator, server: server ?? ServerHarness.primary)
                world.send(Packets.udp(from: IPv6Address(high: subnet, low: random), to: client.ipv6, length: 8))
            }
            if (200..<2200).contains(step) {
                for host in 0..<60 where step % 100 == host {
                    let client = Packets.peer(
                        IPv4Address(rawValue: 0x0800_0000 + UInt32(wanted.count)),
                        port: 20_000,
                        server: ServerHarness.primary
                    )
                    wanted.append(client.mappedEndpoint)
                    let source = IPv6Address(high: 0x2400_0002_0000_0000 | UInt64(host) << 16 | 1, low: 9)
                    world.send(Packets.udp(from: source, to: client.ipv6, length: 20))
                }
            }
            world.step()
        }
        return (Double(wanted.count { world.reached.contains($0) }) / Double(wanted.count), world.dropsOfServer)
    }

    @Test(
        "SEC-31, SEC-40: 40 to 3,000 packets a second of one source to random clients leave every other 90 % of its success",
        arguments: [40, 300, 3000],
        Flood.allCases
    )
    func flood(rate: Int, flood: Flood) throws {
        for isGateway in [false, true] {
            let result = try Self.success(isGateway: isGateway, flood: flood, rate: rate)
            #expect(result.share >= 0.9, "\(isGateway ? "gateway" : "relay and server"): \(result)")
        }
    }

    @Test("SEC-40: a sender that wants one client without end leaves others a way to it through the server")
    func oneTarget() throws {
        var harness = try ServerAbuseTests.limited()
        let flooder = endpoint("203.0.113.66:3545")
        let proofs = [
            flooder: try ServerShareTests.proof(&harness, for: flooder),
            ServerHarness.relay: try ServerShareTests.proof(&harness),
        ]
        harness.now = harness.now + .seconds(60)
        func pass(_ source: UDPEndpoint) -> Bool {
            harness.receive(ServerShareTests.bubble(to: 5, proof: proofs[source]), from: source).target
                == ServerShareTests.client(5).mappedEndpoint
        }
        var passed = 0
        for step in 0..<10_000 {
            _ = pass(flooder)
            // The four bubbles of an exchange, 2 s apart.
            if step % 2000 == 1999, pass(ServerHarness.relay) { passed += 1 }
            harness.now = harness.now + .milliseconds(1)
        }
        #expect(passed == 5)
    }

    /// A client of a /24 that `count` hosts flood from in turn.
    static func flooder(_ step: Int, of count: Int) -> TeredoAddress {
        let host = IPv4Address(
            rawValue: ServerHarness.alice.mappedEndpoint.address.rawValue & ~0xFF | UInt32(1 + step % count)
        )
        return Packets.peer(host, port: 4096, server: ServerHarness.primary)
    }

    @Test(
        "SEC-40: clients of one host or /24 that ask the server itself without end leave others its answers",
        arguments: [1, 250]
    )
    func echo(hosts: Int) throws {
        var harness = try ServerAbuseTests.limited()
        func ask(_ client: TeredoAddress) -> Bool {
            let request = ServerHarness.icmpv6(from: client.ipv6, to: ServerHarness.linkLocal)
            return harness.receive(request, from: client.mappedEndpoint).target != nil
        }
        var answered = 0
        for step in 0..<10_000 {
            _ = ask(Self.flooder(step, of: hosts))
            if step % 1000 == 999, ask(ServerHarness.bob) { answered += 1 }
            harness.now = harness.now + .milliseconds(1)
        }
        #expect(answered == 10)
    }

    @Test(
        "SEC-40: clients of one host or /24 that send to native hosts without end leave others their packets",
        arguments: [1, 250]
    )
    func native(hosts: Int) throws {
        var harness = try ServerHarness { $0.limits.native = RateLimit(rate: 100, burst: 100) }
        func send(_ client: TeredoAddress) -> Bool {
            let request = ServerHarness.icmpv6(from: client.ipv6, to: ServerHarness.native)
            return harness.receive(request, from: client.mappedEndpoint).isNative
        }
        var carried = 0
        for step in 0..<10_000 {
            _ = send(Self.flooder(step, of: hosts))
            if step % 1000 == 999, send(ServerHarness.bob) { carried += 1 }
            harness.now = harness.now + .milliseconds(1)
        }
        #expect(carried == 10)
    }

    @Test("Y6, SEC-31: data of unknown clients from one IPv4 address leave others 90 % of their success")
    func senders() {
        var harness = RelayHarness()
        func receive(_ client: TeredoAddress) -> Bool {
            let packet = Packets.udp(from: client.ipv6, to: RelayHarness.host, length: 20)
            if case .deliver = harness.receive(packet, from: client.mappedEndpoint) { return true }
            return false
        }
        var taken = 0
        for step in 0..<10_000 {
            _ = receive(Packets.peer(ipv4("203.0.113.66"), port: UInt16(1024 + step)))
            if step % 20 == 0, receive(Packets.peer(IPv4Address(rawValue: 0x0800_0000 + UInt32(step)), port: 4000)) {
                taken += 1
            }
            harness.now = harness.now + .milliseconds(1)
            harness.forget()
        }
        #expect(taken >= 450, "\(taken) of 500")
    }

    @Test("SEC-32: long queues for clients that do not answer leave room for a packet to each other")
    func queues() {
        var harness = RelayHarness()
        var generator = SplitMix64(seed: 5)
        for _ in 0..<200 {
            let client = RelayAbuseTests.stranger(&generator).ipv6
            for _ in 0..<64 { harness.transmit(RelayHarness.packet(to: client, length: 1200)) }
        }
        let verdict = harness.transmit(RelayHarness.packet(from: ipv6("2400:1:9:9::9"), length: 1200))
        #expect(verdict == .consumed)
    }
}
