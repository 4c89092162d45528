import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// docs/transit.md section 7: what many claims, or many addresses of one endpoint, do not get.
@Suite struct TransitQuotaTests {
    typealias Basis = TransitAbuseTests

    static let carol = Packets.peer(ipv4("203.0.113.50"), port: 7000)
    static let carolSeen = endpoint("203.0.113.50:55555")

    /// An address of `endpoint` with other flags.
    static func variant(_ number: Int, of endpoint: UDPEndpoint) -> TeredoAddress {
        let flags = UInt16(number >> 8) << 10 | UInt16(number & 0xFF)
        return TeredoAddress(server: Basis.alice.server, flags: TeredoFlags(rawValue: flags), mappedEndpoint: endpoint)
    }

    @Test("transit 6: all addresses of one endpoint have one rate, and are four at most", arguments: [1, 4, 60])
    func oneEndpoint(addresses: Int) {
        var harness = Basis.relay {
            $0.octetsPerSecond = 10_000
            $0.burstOctets = 10_000
        }
        let (first, second) = (endpoint("198.51.100.1:4000"), endpoint("198.51.100.2:4000"))
        let pairs = (0..<addresses).map { (Self.variant($0, of: first), Self.variant($0, of: second)) }
        for (one, other) in pairs {
            Basis.request(&harness, one, other, from: first)
            Basis.request(&harness, other, one, from: second)
        }
        #expect(harness.relay.transitClientCount == 2 * min(addresses, 4))
        var carried = 0
        for _ in 0..<20 {
            for (one, other) in pairs
            where harness.receive(Basis.data(one, other, length: 960), from: first) == .consumed { carried += 1 }
        }
        #expect(carried == 10)
    }

    @Test("SEC-31, transit 6: all ports of one IPv4 address have the rate of four endpoints", arguments: [1, 4, 60])
    func portsOfOneHost(ports: Int) {
        var harness = Basis.relay {
            $0.octetsPerSecond = 10_000
            $0.burstOctets = 10_000
        }
        let pairs = (0..<ports).map { number in
            (
                Packets.peer(ipv4("198.51.100.1"), port: UInt16(4000 + number)),
                Packets.peer(ipv4("198.51.100.\(number + 2)"), port: 4000)
            )
        }
        for (one, other) in pairs {
            Basis.request(&harness, one, other, from: one.mappedEndpoint)
            Basis.request(&harness, other, one, from: other.mappedEndpoint)
            harness.advance(.milliseconds(100))
        }
        var carried = 0
        for _ in 0..<20 {
            for (one, other) in pairs
            where harness.receive(Basis.data(one, other, length: 960), from: one.mappedEndpoint) == .consumed {
                carried += 1
            }
        }
        #expect(carried == 10 * min(ports, 4))
        let (one, other) = pairs[0]
        #expect(harness.receive(Basis.data(other, one, length: 960), from: other.mappedEndpoint) == .consumed)
        harness.advance(.seconds(1))
        #expect(harness.receive(Basis.data(one, other, length: 960), from: one.mappedEndpoint) == .consumed)
    }

    @Test("SEC-31, transit 6: who takes another address at one port of a host gets nothing more for the others")
    func newAddressOfHost() {
        var harness = Basis.relay {
            $0.octetsPerSecond = 10_000
            $0.burstOctets = 10_000
        }
        let host = ipv4("198.51.100.1")
        let pairs = (0..<5).map { number in
            (
                Packets.peer(host, port: UInt16(4000 + number)),
                Packets.peer(ipv4("198.51.100.\(number + 2)"), port: 4000)
            )
        }
        for (one, other) in pairs {
            Basis.request(&harness, one, other, from: one.mappedEndpoint)
            Basis.request(&harness, other, one, from: other.mappedEndpoint)
        }
        for (one, other) in pairs.dropLast() {
            for _ in 0..<10 {
                let verdict = harness.receive(Basis.data(one, other, length: 960), from: one.mappedEndpoint)
                #expect(verdict == .consumed)
            }
        }
        // More addresses than one endpoint may have: the oldest go.
        for number in 1...6 {
            let place = UDPEndpoint(host, 4000)
            Basis.request(&harness, Self.variant(number, of: place), Basis.bob, from: place)
        }
        let (one, other) = pairs[4]
        #expect(harness.receive(Basis.data(one, other, length: 960), from: one.mappedEndpoint) == .drop(.rateLimited))
    }

    @Test("SEC-31, transit 6: one IPv4 address has no more clients than the operator says, and others find room")
    func oneAddress() {
        var harness = Basis.relay { $0.clientsPerAddress = 3 }
        for number in 0..<10 as Range<UInt16> {
            let client = Packets.peer(ipv4("198.51.100.1"), port: 4000 + number)
            Basis.request(&harness, client, Basis.bob, from: client.mappedEndpoint)
        }
        #expect(harness.relay.transitClientCount == 3)
        Basis.request(&harness, Basis.alice, Basis.bob, from: Basis.alice.mappedEndpoint)
        #expect(harness.relay.transitClientCount == 4)
    }

    @Test("transit 7: a thousand addresses of one endpoint, and of the ports of a host, leave others their new places")
    func fairness() {
        var harness = Basis.relay()
        let mallory = ipv4("198.51.100.1")
        for round in 0..<10 {
            for number in 0..<300 {
                let place = UDPEndpoint(mallory, 4000 + UInt16(number % 20))
                Basis.request(&harness, Self.variant(number, of: place), Basis.bob, from: place)
                let claimed = Packets.peer(ipv4("9.\(round).1.1"), port: UInt16(1000 + number))
                Basis.request(&harness, claimed, Basis.bob, from: UDPEndpoint(mallory, UInt16(9000 + number)))
            }
            let count = harness.relay.transitClientCount
            let newcomer = Packets.peer(ipv4("77.1.\(round).1"), port: 4000)
            Basis.request(&harness, newcomer, Basis.bob, from: newcomer.mappedEndpoint)
            let claimed = Packets.peer(ipv4("78.1.\(round).1"), port: 4000)
            Basis.request(&harness, claimed, Basis.bob, from: endpoint("79.1.\(round).1:5000"))
            #expect(harness.relay.transitClientCount == count + 2, "round \(round)")
            harness.advance(.seconds(1))
        }
    }

    @Test("transit 6: an endpoint whose client has a new address goes on with that one")
    func newAddress() {
        var harness = Basis.relay()
        let place = endpoint("198.51.100.1:4000")
        for number in 0..<10 {
            let client = Self.variant(number, of: place)
            Basis.request(&harness, client, Basis.bob, from: place)
            Basis.request(&harness, Basis.bob, client, from: Basis.bobSeen)
            Basis.prove(&harness, Basis.bob, from: Basis.bobSeen)
            #expect(harness.receive(Basis.data(client, Basis.bob), from: place) == .consumed, "\(number)")
            harness.advance(.seconds(3))
        }
    }

    @Test(
        "transit 7: claims that nobody proves, from 68 addresses at once, keep neither an embedded endpoint nor a symmetric NAT out"
    )
    func manyClaims() {
        var harness = Basis.relay()
        var claims = 0
        for round in 0..<64 {
            for host in 2..<70 {
                let source = UDPEndpoint(ipv4("198.51.100.\(host)"), 5000)
                let claimed = Packets.peer(ipv4("77.\(host).\(round).9"), port: UInt16(1000 + round))
                Basis.request(&harness, claimed, Basis.alice, from: source)
                claims += 1
            }
            harness.advance(.milliseconds(700))
        }
        #expect(claims == 4352)
        #expect(harness.relay.transitClientCount <= 1024)
        Basis.request(&harness, Basis.alice, Basis.bob, from: Basis.alice.mappedEndpoint)
        Basis.request(&harness, Basis.bob, Basis.alice, from: Basis.bobSeen)
        Basis.prove(&harness, Basis.bob, from: Basis.bobSeen)
        #expect(harness.receive(Basis.data(Basis.alice, Basis.bob), from: Basis.alice.mappedEndpoint) == .consumed)
    }

    @Test("transit 7: the claims of one address are sixteen, and what nobody proved in 30 s is forgotten")
    func claimsOfOneAddress() {
        var harness = Basis.relay()
        func claim(_ number: Int) {
            let claimed = Packets.peer(IPv4Address(rawValue: 0x0900_0000 + UInt32(number)))
            Basis.request(
                &harness,
                claimed,
                Basis.alice,
                from: UDPEndpoint(ipv4("198.51.100.9"), UInt16(5000 + number))
            )
        }
        for number in 0..<100 { claim(number) }
        #expect(harness.relay.transitClientCount == 16)
        // A neighbour behind the same address finds a place when the others had time for their proof.
        harness.advance(.seconds(2))
        Basis.request(&harness, Self.carol, Basis.alice, from: endpoint("198.51.100.9:999"))
        #expect(harness.relay.transitClientCount == 16)
        #expect(harness.bubbles.contains { $0.datagram?.header.destination == Self.carol.ipv6 })
        harness.advance(.seconds(30))
        claim(200)
        #expect(harness.relay.transitClientCount == 1)
    }

    @Test("transit 7: claims of a client's address from twelve ports do not keep that client from its proof")
    func contestedProof() {
        var harness = Basis.relay()
        Basis.request(&harness, Basis.alice, Basis.bob, from: Basis.alice.mappedEndpoint)
        let sources = (0..<12).map { UDPEndpoint(Basis.attacker.address, UInt16(8000 + $0)) }
        var keyed: IPv6Address?
        func claim() {
            for source in sources {
                Basis.request(&harness, Basis.bob, Self.carol, from: source)
                let bubble = harness.bubbles.last { $0.to == UDPEndpoint(Basis.bob.server, 3544) }
                keyed = bubble?.datagram?.header.source ?? keyed
            }
        }
        claim()
        Basis.request(&harness, Basis.bob, Basis.alice, from: Basis.bobSeen)
        claim()
        // The answer to the keyed bubble that the claims drew.
        if let keyed { harness.receive(Packets.bubble(from: Basis.bob.ipv6, to: keyed), from: Basis.bobSeen) }
        claim()
        Basis.request(&harness, Basis.bob, Basis.alice, from: Basis.bobSeen)
        claim()
        #expect(harness.receive(Basis.data(Basis.bob, Basis.alice), from: Basis.bobSeen) == .consumed)
    }

    @Test("transit 7: nobody adds himself to the peers that an unproven client asks for")
    func foreignWishes() {
        var harness = Basis.relay()
        let mallory = Packets.peer(Basis.attacker.address, port: Basis.attacker.port)
        // Bob asks for Carol, somebody else in his name for Mallory, and Mallory for Bob.
        Basis.request(&harness, Basis.bob, Self.carol, from: Basis.bobSeen)
        let keyed = harness.bubbles.last { $0.datagram?.header.destination == Basis.bob.ipv6 }
        Basis.request(&harness, Basis.bob, mallory, from: Basis.attacker)
        Basis.request(&harness, mallory, Basis.bob, from: Basis.attacker)
        if let address = keyed?.datagram?.header.source {
            harness.receive(Packets.bubble(from: Basis.bob.ipv6, to: address), from: Basis.bobSeen)
        }
        #expect(harness.receive(Basis.data(mallory, Basis.bob), from: Basis.attacker) == .drop(.transitClosed))
        // Whom he asked for himself he gets.
        Basis.request(&harness, Self.carol, Basis.bob, from: Self.carol.mappedEndpoint)
        #expect(harness.receive(Basis.data(Self.carol, Basis.bob), from: Self.carol.mappedEndpoint) == .consumed)
    }
}
