import TeredoCrypto
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// A relay, a server and many clients with the limits that they have in service, and 20 ms between any two of them.
@Suite struct RelayRestartTests {
    /// Clients answer bubbles of their server as RFC 4380 section 5.2.3 says; a native host sends to each once a second.
    private struct World {
        let clients: [TeredoAddress]
        let relayEndpoint = ServerHarness.relay
        var relay: TeredoRelay
        var proofs = ServerProofs()
        var server: TeredoServer
        var now: ProtocolInstant
        /// When the native host was first heard, by client.
        var reached: [UDPEndpoint: ProtocolInstant] = [:]
        private var inFlight: [(at: ProtocolInstant, from: UDPEndpoint, to: UDPEndpoint, bytes: [UInt8])] = []

        init(clients: [TeredoAddress]) throws {
            self.clients = clients
            now = ProtocolInstant(nanoseconds: 1_000_000_000_000)
            var settings = RelayConfiguration(
                kind: .router(servedPrefixes: []),
                ownIPv6Addresses: [ipv6("2400:1::1")],
                ownIPv4Addresses: [ServerHarness.relay.address]
            )
            settings.peerLimit = 65_536
            relay = TeredoRelay(
                configuration: settings,
                authenticator: HMACSHA1Authenticator(),
                generator: SplitMixGenerator(seed: 9),
                now: now
            )
            server = try TeredoServer(
                configuration: ServerConfiguration(
                    primary: ServerHarness.primary,
                    secondary: ServerHarness.secondary
                ),
                authenticator: HMACSHA1Authenticator(),
                generator: SplitMixGenerator(seed: 1),
                now: now
            )
        }

        mutating func run(for duration: Duration) {
            let start = now
            var step = 0
            while now - start < duration {
                if step.isMultiple(of: 100) { for client in clients { send(to: client) } }
                deliver()
                relay.handleTimeout(now: now)
                drain()
                now = now + .milliseconds(10)
                step += 1
            }
        }

        private mutating func send(to client: TeredoAddress) {
            let packet = Packets.udp(from: ipv6("2400:2::9"), to: client.ipv6, length: 20)
            if case .forward(let destination, _) = relay.handlePacket(packet.span, now: now) {
                transmit(packet, from: relayEndpoint, to: destination)
            }
            drain()
        }

        private mutating func transmit(_ bytes: [UInt8], from source: UDPEndpoint, to destination: UDPEndpoint) {
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

        private mutating func deliver() {
            let due = inFlight.prefix { $0.at <= now }
            inFlight.removeFirst(due.count)
            for item in due {
                if item.to.address == ServerHarness.primary {
                    var verdict = ServerVerdict.drop(.malformed)
                    let answer = [UInt8](capacity: 66_000) { output in
                        verdict = server.handleDatagram(
                            item.bytes.span,
                            from: item.from,
                            on: .primary,
                            now: now,
                            into: &output
                        )
                    }
                    guard case .reply(_, let target, _) = verdict else { continue }
                    transmit(answer, from: UDPEndpoint(ServerHarness.primary, 3544), to: target)
                } else if item.to == relayEndpoint {
                    if proofs.handle(item.bytes.span, from: item.from, now: now) { continue }
                    _ = relay.handleDatagram(item.bytes.span, from: item.from, now: now)
                    drain()
                } else {
                    receive(item.bytes, from: item.from, at: item.to)
                }
            }
        }

        private mutating func receive(_ bytes: [UInt8], from source: UDPEndpoint, at client: UDPEndpoint) {
            guard let datagram = try? TeredoDatagram(validating: bytes) else { return }
            if datagram.header.isBubble, let origin = datagram.origin {
                let answer = Packets.bubble(from: datagram.header.destination, to: datagram.header.source)
                transmit(answer, from: client, to: origin.endpoint)
            } else if !datagram.header.isBubble, reached[client] == nil {
                reached[client] = now
            }
        }
    }

    @Test(
        "SEC-31, SEC-40: a relay that restarts has 1,000 clients of one server back within 10 s with default settings",
        arguments: [1, 2, 1000]
    )
    func restart(addresses: Int) throws {
        let clients = (0..<1000).map { number in
            Packets.peer(
                IPv4Address(rawValue: 0x0800_0000 + UInt32(number % addresses)),
                port: UInt16(20_000 + number),
                server: ServerHarness.primary
            )
        }
        var world = try World(clients: clients)
        let start = world.now
        world.run(for: .seconds(10))
        #expect(world.reached.count == 1000)
        let last = world.reached.values.map { $0 - start }.max() ?? .zero
        #expect(last <= .seconds(8), "the last one after \(last)")
    }
}
