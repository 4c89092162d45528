import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// Who has which share of a server's limits, with the limits that it has in service.
@Suite struct ServerShareTests {
    typealias Harness = ServerHarness

    static let relaySource = ipv6("fe80::1234:5678:9abc:def0")

    static func client(_ number: Int, at address: IPv4Address? = nil) -> TeredoAddress {
        Packets.peer(
            address ?? IPv4Address(rawValue: 0x0800_0000 + UInt32(number)),
            port: UInt16(20_000 + number),
            server: Harness.primary
        )
    }

    static func bubble(to number: Int, proof: UInt64? = nil, at address: IPv4Address? = nil) -> [UInt8] {
        Packets.bubble(from: relaySource, to: client(number, at: address).ipv6)
            + encoded { output in proof.map { Trailer.sourceProof($0).encode(into: &output) } }
    }

    /// Sends bubbles from `relay` until the server says how to get a share; returns what it gave.
    static func proof(_ harness: inout Harness, for relay: UDPEndpoint = Harness.relay) throws -> UInt64 {
        for number in 0..<40 {
            let outcome = harness.receive(bubble(to: number), from: relay)
            guard outcome.target == relay, let datagram = outcome.datagram else { continue }
            #expect(datagram.header.isBubble && datagram.header.source == Harness.linkLocal)
            #expect(datagram.header.destination == relaySource)
            return try #require(TrailerList(parsing: outcome.bytes[datagram.trailers].span).sourceProof)
        }
        return try #require(nil as UInt64?, "no offer came")
    }

    @Test("SEC-40: an unproven source that goes over its share is told so once a second, in 50 octets for its 40")
    func offer() throws {
        var harness = try ServerAbuseTests.limited()
        var forwarded = 0
        var offers = 0
        for number in 0..<3000 {
            let outcome = harness.receive(Self.bubble(to: number), from: Harness.relay)
            if outcome.target == Harness.relay {
                offers += 1
                #expect(outcome.bytes.count == 50)
            } else if outcome.target != nil {
                forwarded += 1
            }
            harness.now = harness.now + .milliseconds(1)
        }
        #expect((49...51).contains(forwarded), "spoofed sources profit nothing")
        #expect((3...5).contains(offers))
        #expect(harness.server.counters.drops[.rateLimited] == UInt64(3000 - forwarded))
    }

    @Test(
        "SEC-40: a relay that returns what the server gave it has its bubbles for 1,000 clients passed on in a second"
    )
    func provenRelay() throws {
        var harness = try ServerAbuseTests.limited()
        let proof = try Self.proof(&harness)
        var reached = 0
        for number in 100..<1100 {
            let outcome = harness.receive(Self.bubble(to: number, proof: proof), from: Harness.relay)
            if outcome.target == Self.client(number).mappedEndpoint { reached += 1 }
            // The proof is between relay and server: no client can take it for its own.
            #expect(outcome.bytes.count == 48)
            harness.now = harness.now + .milliseconds(1)
        }
        #expect(reached == 1000)
    }

    @Test("SEC-40: a proof holds for the endpoint that it was given to, for 20 minutes at most, and over a reload")
    func binding() throws {
        var harness = try ServerAbuseTests.limited()
        let proof = try Self.proof(&harness)
        func passes(_ harness: inout Harness, from source: UDPEndpoint, proof: UInt64) -> Int {
            (200..<260).filter {
                let target = Self.client($0).mappedEndpoint
                return harness.receive(Self.bubble(to: $0, proof: proof), from: source).target == target
            }.count
        }
        #expect(passes(&harness, from: Harness.relay, proof: proof) == 60)
        #expect(passes(&harness, from: endpoint("203.0.113.8:3545"), proof: proof) == 20, "another address")
        harness.now = harness.now + .seconds(10)
        #expect(passes(&harness, from: endpoint("203.0.113.9:3546"), proof: proof) == 20, "another port")
        harness.now = harness.now + .seconds(10)
        #expect(passes(&harness, from: Harness.relay, proof: proof ^ 1) == 20, "another proof")
        var successor = try ServerAbuseTests.limited()
        successor.now = harness.now
        #expect(passes(&successor, from: Harness.relay, proof: proof) == 60, "the same seed has the same key")
        var stranger = try Harness(seed: 2) { $0.limits = ServerLimits() }
        stranger.now = harness.now
        #expect(passes(&stranger, from: Harness.relay, proof: proof) == 20, "another server")
        stranger.now = stranger.now + .seconds(10)
        stranger.server.succeed(harness.server)
        #expect(passes(&stranger, from: Harness.relay, proof: proof) == 60, "after a reload")
        harness.now = harness.now + .seconds(1300)
        #expect(passes(&harness, from: Harness.relay, proof: proof) == 20, "it is too old")
    }

    @Test("SEC-40: only bubbles for own clients draw an offer, and only towards where datagrams may go")
    func noOffer() throws {
        var harness = try ServerAbuseTests.limited()
        let inputs: [([UInt8], UDPEndpoint)] = [
            (Packets.bubble(from: Harness.alice.ipv6, to: Harness.bob.ipv6), Harness.alice.mappedEndpoint),
            (Packets.bubble(from: Self.relaySource, to: Harness.stranger.ipv6), Harness.relay),
            (Harness.icmpv6(from: Harness.native, to: Harness.bob.ipv6), endpoint("203.0.113.10:3545")),
            (Harness.solicitation(), endpoint("203.0.113.11:3545")),
        ]
        for (bytes, source) in inputs {
            let drops = (0..<100).map { _ in harness.receive(bytes, from: source) }
            #expect(drops.contains { $0.dropped == .rateLimited })
            #expect(!drops.contains { $0.bytes.count == 50 }, "\(source)")
        }
        let outcomes = (0..<100).map {
            harness.receive(Self.bubble(to: $0), from: endpoint("203.0.113.12:9"), on: .secondary)
        }
        #expect(!outcomes.contains { $0.bytes.count == 50 }, "the secondary address sends advertisements only")
    }

    @Test("SEC-46: the copy of an offer that an echo service returns draws nothing")
    func echoedOffer() throws {
        var harness = try ServerAbuseTests.limited()
        let outcomes = (0..<25).map { harness.receive(Self.bubble(to: $0), from: Harness.relay) }
        let offer = try #require(outcomes.first { $0.target == Harness.relay })
        #expect(harness.receive(offer.bytes, from: Harness.relay).dropped != nil)
    }

    @Test("1,000 clients behind one IPv4 address are reached through a relay within 2 s; each has its own share")
    func carrierGradeNAT() throws {
        var harness = try ServerAbuseTests.limited()
        let address = ipv4("203.0.113.77")
        let proof = try Self.proof(&harness)
        var reached = 0
        for number in 0..<1000 {
            let bytes = Self.bubble(to: number, proof: proof, at: address)
            if harness.receive(bytes, from: Harness.relay).target?.address == address { reached += 1 }
            harness.now = harness.now + .milliseconds(2)
        }
        #expect(reached == 1000)
        let flood = (0..<100).filter { _ in
            harness.receive(Self.bubble(to: 5, proof: proof, at: address), from: Harness.relay).target?.address
                == address
        }
        #expect(flood.count < 45, "one of them has 20 a second, 40 at once")
    }

    @Test(
        "SEC-40: all clients behind one IPv4 address together are sent 1,000 datagrams at once, half of them by one relay, and 500 a second"
    )
    func targetAddress() throws {
        var harness = try ServerAbuseTests.limited()
        let address = ipv4("203.0.113.77")
        for (count, expected) in [(1, 980...1010), (4, 1300...1510)] {
            var reached = 0
            let relays = (1...count).map { endpoint("203.0.113.\($0):3545") }
            let proofs = try relays.map { try Self.proof(&harness, for: $0) }
            harness.now = harness.now + .seconds(60)
            for number in 0..<4000 {
                let bytes = Self.bubble(to: number, proof: proofs[number % count], at: address)
                if harness.receive(bytes, from: relays[number % count]).target?.address == address { reached += 1 }
                harness.now = harness.now + .microseconds(250)
            }
            #expect(expected.contains(reached), "\(reached) by \(count)")
        }
    }

    @Test("SEC-40: of the clients behind one address each may send 10 a second, and all together 50")
    func clientsBehindOneAddress() throws {
        var harness = try ServerAbuseTests.limited()
        let clients = (0..<40).map { Self.client($0, at: ipv4("203.0.113.78")) }
        var accepted = Array(repeating: 0, count: 40)
        for round in 0..<1000 {
            let number = round % 40
            let bytes = Packets.bubble(from: clients[number].ipv6, to: Self.client(100 + round).ipv6)
            if harness.receive(bytes, from: clients[number].mappedEndpoint).target != nil { accepted[number] += 1 }
            harness.now = harness.now + .milliseconds(5)
        }
        #expect((345...355).contains(accepted.reduce(0, +)), "5 s at 50 a second after 100 at once")
        let relay = harness.receive(Self.bubble(to: 1), from: UDPEndpoint(ipv4("203.0.113.78"), 3545))
        #expect(relay.target == Self.client(1).mappedEndpoint, "a relay behind the same address has a share of its own")
    }
}
