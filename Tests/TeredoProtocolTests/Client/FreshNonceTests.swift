import TeredoCrypto
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// SEC-03 for each question of a client that an answer has to return something of.
@Suite struct FreshNonceTests {
    private static let other = IPv4Address(192, 0, 2, 65)
    private static let seeds: ClosedRange<UInt64> = 1...4

    /// Whether no two questions, of whichever client, carry the same; there are more than one for each seed.
    private static func areFresh(_ nonces: (UInt64) throws -> [UInt64]) rethrows -> Bool {
        let all = try seeds.map(nonces)
        return all.allSatisfy { $0.count > 1 } && Set(all.joined()).count == all.joined().count
    }

    @Test("SEC-03: no two solicitations to servers in and out of use share a nonce")
    func standby() {
        let areFresh = Self.areFresh { seed in
            var harness = ClientHarness(seed: seed)
            harness.answersServerRequests = false
            harness.start()
            harness.client.setServers(
                [ClientHarness.primary, Self.other].map { ServerAddresses(primary: $0, secondary: nil) },
                now: harness.now
            )
            harness.drain()
            harness.advance(.seconds(12))
            #expect(Set(harness.solicitations.map(\.to.address)).count == 2)
            return harness.solicitations.compactMap(\.nonce)
        }
        #expect(areFresh)
    }

    @Test("SEC-03: no two solicitations from the secondary port share a nonce")
    func secondaryPort() {
        let areFresh = Self.areFresh { seed in
            var harness = ClientHarness.qualified(seed: seed) { $0.determinesRefreshInterval = true }
            harness.client.secondaryPortOpened(now: harness.now)
            harness.drain()
            harness.advance(.seconds(9))
            return harness.solicitations.filter { $0.port == .secondary }.compactMap(\.nonce)
        }
        #expect(areFresh)
    }

    @Test("SEC-03: no two solicitations of echo tests share a nonce, whatever peer they are for")
    func echoTests() {
        let areFresh = Self.areFresh { seed in
            var harness = ClientHarness.behind(.sequential, seed: seed)
            for port in 5000..<5003 as Range<UInt16> { harness.transmit(to: Packets.peer(port: port)) }
            harness.live(.seconds(2), .sequential)
            return harness.solicitations.filter { $0.port != .service }.compactMap(\.nonce)
        }
        #expect(areFresh)
    }

    @Test("SEC-03: questions for a transit relay and for the ways through it share no nonce")
    func transit() {
        let areFresh = Self.areFresh { seed in
            var harness = ClientHarness(seed: seed) { $0.transit = ClientTransitConfiguration() }
            harness.start()
            harness.answer()
            harness.answer()
            return harness.sent.compactMap { $0.trailers.transit?.nonce }
                + Self.ways(seed: seed + 100)
        }
        #expect(areFresh)
    }

    /// The nonces of requests for the ways to two peers.
    private static func ways(seed: UInt64) -> [UInt64] {
        var harness = ClientHarness.qualified(seed: seed) {
            $0.transit = ClientTransitConfiguration()
            $0.transit.relay = endpoint("192.0.2.10:3545")
        }
        for port in 5000..<5002 as Range<UInt16> { harness.transmit(to: Packets.peer(port: port)) }
        harness.advance(.milliseconds(300))
        return harness.sent.compactMap { $0.trailers.transit }.filter { $0.kind == .open }.map(\.nonce)
    }

    @Test("SEC-03: no two bubbles of the tests of the mapping come from the same address, before and after a refresh")
    func mappingTest() {
        let areFresh = Self.areFresh { seed in
            var harness = ClientHarness.qualified(seed: seed)
            harness.opensSecondaryPort = true
            harness.advance(.seconds(19))
            while harness.bubbles.isEmpty { harness.advance(.milliseconds(100)) }
            harness.advance(.seconds(3))
            harness.answer()
            let sources = harness.bubbles.compactMap { $0.datagram?.header.source.low }
            return Array(Set(sources)).sorted()
        }
        #expect(areFresh)
    }

    @Test("SEC-03: questions for the siblings of relays share no nonce")
    func siblings() throws {
        let areFresh = try Self.areFresh { seed in
            var harness = ClientHarness.qualified(seed: seed)
            var nonces: [UInt64] = []
            for number in 1...2 as ClosedRange<UInt64> {
                let host = IPv6Address(high: ClientHarness.native.high, low: number)
                let relay = UDPEndpoint(ClientHarness.relay.address, 4000 + UInt16(number))
                harness.transmit(Packets.udp(from: harness.own, to: host))
                harness.receive(Packets.echo(try #require(harness.echoes.last?.echo).reply), from: relay)
                harness.receive(Packets.udp(from: host, to: harness.own), from: endpoint("203.0.113.10:3545"))
                let question = try #require(harness.bubbles.last { $0.to == relay })
                nonces.append(try #require(question.trailers.relaySiblings).nonce)
            }
            return nonces
        }
        #expect(areFresh)
    }
}
