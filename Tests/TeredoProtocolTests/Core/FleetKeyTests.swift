import TeredoCrypto
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// What one member of a fleet handed out and another one accepts.
@Suite struct FleetKeyTests {
    static let old = Array("the old key of this fleet".utf8)
    static let new = Array("the new key of this fleet".utf8)

    static func fleet(_ keys: [[UInt8]], clockOffset: Duration = .zero) throws -> FleetKey {
        try #require(FleetKey(keys: keys, clockOffset: clockOffset))
    }

    /// A client behind a symmetric NAT, which is elsewhere than its address says.
    static let elsewhere = endpoint("203.0.113.20:61000")

    static func relay(_ fleet: FleetKey?, seed: UInt64) -> RelayHarness {
        RelayHarness(seed: seed) { $0.fleet = fleet }
    }

    /// The answer of the client to the bubble that a relay sends it for a packet.
    static func answer(to harness: inout RelayHarness) throws -> [UInt8] {
        harness.transmit(RelayHarness.packet())
        let bubble = try #require(harness.bubbles.last?.datagram)
        #expect(bubble.header.source.isLinkLocal)
        return Packets.bubble(from: RelayHarness.client.ipv6, to: bubble.header.source)
    }

    @Test("Y5, SEC-11: a client's answer to the bubble of one relay opens the way through another one of the fleet")
    func relays() throws {
        let key = try Self.fleet([Self.new])
        var (first, second) = (Self.relay(key, seed: 1), Self.relay(key, seed: 2))
        let answer = try Self.answer(to: &first)
        #expect(second.receive(answer, from: Self.elsewhere) == .consumed)
        #expect(second.transmit(RelayHarness.packet()) == .forward(to: Self.elsewhere))
        let data = Packets.udp(from: RelayHarness.client.ipv6, to: RelayHarness.host, length: 20)
        #expect(second.receive(data, from: Self.elsewhere) == .deliver(0..<data.count))
        #expect(second.bubbles.isEmpty, "nothing was asked")
    }

    @Test("SEC-11: without the key, with another one, or in the name of another client the answer opens nothing")
    func foreign() throws {
        let key = try Self.fleet([Self.new])
        for other in [nil, try Self.fleet([Self.old])] {
            var (first, second) = (Self.relay(key, seed: 1), Self.relay(other, seed: 2))
            let answer = try Self.answer(to: &first)
            guard case .drop = second.receive(answer, from: Self.elsewhere) else {
                _ = Issue.record("a foreign answer was accepted")
                return
            }
            #expect(second.relay.peerCount == 0)
        }
        var (first, second) = (Self.relay(key, seed: 1), Self.relay(key, seed: 2))
        var answer = try Self.answer(to: &first)
        answer.replaceSubrange(8..<24, with: encoded(capacity: 16) { $0.append(Packets.peer(port: 4999).ipv6) })
        guard case .drop = second.receive(answer, from: Self.elsewhere) else {
            _ = Issue.record("the answer of another client was accepted")
            return
        }
    }

    @Test("SEC-31: answers to others' bubbles are taken at the rate of new clients")
    func limited() throws {
        let key = try Self.fleet([Self.new])
        var (first, second) = (
            Self.relay(key, seed: 1), RelayHarness(seed: 2) { ($0.fleet, $0.newPeersPerSecond) = (key, 10) }
        )
        for number in 0..<100 {
            let client = Packets.peer(ipv4("203.0.113.21"), port: UInt16(1000 + number))
            first.transmit(RelayHarness.packet(to: client.ipv6))
            let source = try #require(first.bubbles.last?.datagram?.header.source)
            second.receive(Packets.bubble(from: client.ipv6, to: source), from: client.mappedEndpoint)
        }
        #expect(second.relay.peerCount == 10)
    }

    @Test(
        "A rotation from old to both to new, one member after the other, loses nothing that was handed out in between"
    )
    func rotation() throws {
        let steps: [([[UInt8]], [[UInt8]])] = [
            ([Self.old], [Self.old]), ([Self.old, Self.new], [Self.old]),
            ([Self.old, Self.new], [Self.old, Self.new]),
            ([Self.new, Self.old], [Self.old, Self.new]), ([Self.new, Self.old], [Self.new, Self.old]),
            ([Self.new], [Self.new, Self.old]), ([Self.new], [Self.new]),
        ]
        var members = [
            Self.relay(try Self.fleet([Self.old]), seed: 1), Self.relay(try Self.fleet([Self.old]), seed: 2),
        ]
        for (step, keys) in steps.enumerated() {
            for (member, keys) in [keys.0, keys.1].enumerated() {
                var settings = members[member].relay.configuration
                settings.fleet = try Self.fleet(keys)
                members[member].relay.adopt(settings, now: members[member].now)
            }
            for (maker, judge) in [(0, 1), (1, 0)] {
                let client = Packets.peer(ipv4("203.0.113.30"), port: UInt16(2000 + step * 2 + maker))
                members[maker].transmit(RelayHarness.packet(to: client.ipv6))
                let source = try #require(members[maker].bubbles.last?.datagram?.header.source)
                let answer = Packets.bubble(from: client.ipv6, to: source)
                #expect(members[judge].receive(answer, from: Self.elsewhere) == .consumed, "step \(step)")
                let cookie = members[maker].relay.transitCookie.value(
                    for: client.ipv6,
                    at: Self.elsewhere,
                    now: RelayHarness.start
                )
                #expect(
                    members[judge].relay.transitCookie.isGood(
                        cookie,
                        for: client.ipv6,
                        at: Self.elsewhere,
                        now: RelayHarness.start
                    )
                )
            }
        }
    }

    @Test(
        "SEC-40: what one server gave to a relay another one accepts, whatever the origin of its clock, and a reload keeps that"
    )
    func servers() throws {
        let key = try Self.fleet([Self.new])
        // The second member has been up for an hour longer.
        let later = try Self.fleet([Self.new], clockOffset: .seconds(-3600))
        func member(_ fleet: FleetKey?, seed: UInt64) throws -> ServerHarness {
            try ServerHarness(seed: seed) {
                $0.limits = ServerLimits()
                $0.fleet = fleet
            }
        }
        func passed(_ harness: inout ServerHarness, _ proof: UInt64) -> Int {
            (200..<300).count {
                let target = ServerShareTests.client($0).mappedEndpoint
                let bubble = ServerShareTests.bubble(to: $0, proof: proof)
                return harness.receive(bubble, from: ServerHarness.relay).target == target
            }
        }
        var first = try member(key, seed: 1)
        let proof = try ServerShareTests.proof(&first)
        var second = try member(later, seed: 2)
        second.now = second.now + .seconds(3600)
        #expect(passed(&second, proof) == 100)
        var reloaded = try member(later, seed: 3)
        reloaded.now = second.now
        reloaded.server.succeed(second.server)
        #expect(passed(&reloaded, proof) == 100)
        var stranger = try member(nil, seed: 2)
        #expect(passed(&stranger, proof) == 20, "the share of whoever proved nothing")
    }

    @Test("What is handed out for one purpose is worth nothing for another")
    func purposes() throws {
        let key = try Self.fleet([Self.new])
        var generator = SplitMix64(seed: 1)
        var cookies = [PurposeKeys.Purpose.transit, .proof].map {
            EndpointCookie(
                PurposeKeys($0, authenticator: HMACSHA1Authenticator(), using: &generator),
                lifetime: .seconds(60)
            )
        }
        for index in cookies.indices { cookies[index].adopt(key) }
        let now = RelayHarness.start
        let value = cookies[0].value(at: Self.elsewhere, now: now)
        #expect(cookies[0].isGood(value, at: Self.elsewhere, now: now))
        #expect(!cookies[1].isGood(value, at: Self.elsewhere, now: now))
        // A clock that is behind by less than a lifetime takes it, and two lifetimes end it.
        #expect(cookies[0].isGood(value, at: Self.elsewhere, now: now - .seconds(59)))
        #expect(!cookies[0].isGood(value, at: Self.elsewhere, now: now + .seconds(120)))
    }

    @Test("Keys of fewer than 16 octets, none, and more than eight are no secret")
    func lengths() {
        #expect(FleetKey(keys: []) == nil)
        #expect(FleetKey(keys: [Array(repeating: 1, count: 15)]) == nil)
        #expect(FleetKey(keys: (0..<9).map { Array(repeating: $0, count: 16) }) == nil)
        #expect(FleetKey(keys: (0..<8).map { Array(repeating: $0, count: 16) }) != nil)
    }
}
