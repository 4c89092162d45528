import TeredoCrypto
import TeredoProtocol
import TeredoSimulator
import TeredoWire
import Testing

/// Boxes that remember stray packets (docs/nat-matrix.md, +M), and clients that do not run into them.
@Suite struct StrayMemoryTests {
    static let kinds: [NATKind] = [
        .addressRestricted, .portRestricted, .symmetric, .addressRestrictedAccepting, .portRestrictedAccepting,
        .symmetricAccepting,
    ]

    private static let inside = UDPEndpoint(IPv4Address(192, 168, 1, 2), 5000)
    private static let server = UDPEndpoint(IPv4Address(192, 0, 2, 1), 3544)
    private static let peer = UDPEndpoint(IPv4Address(203, 0, 113, 9), 7000)
    private static let start = ProtocolInstant(nanoseconds: 0)

    private func nat(_ kind: NATKind) throws -> SimulatedNAT {
        let behavior = try #require(kind.behavior)
        return SimulatedNAT(
            behavior: behavior,
            address: IPv4Address(198, 51, 100, 1),
            generator: SeededGenerator(seed: 3)
        )
    }

    @Test(
        "stray memory: a stray datagram takes the inside's port towards its sender for 30 s, where the box accepts it",
        arguments: [NATKind.portRestricted, .addressRestricted]
    )
    func stray(kind: NATKind) throws {
        for (kind, remembers) in [(kind, false), (kind.accepting, true)] {
            var nat = try nat(kind)
            let outside = nat.outbound(from: Self.inside, to: Self.server, now: Self.start)
            #expect(nat.inbound(from: Self.peer, to: outside, now: Self.start) == nil)
            let later = Self.start + .seconds(29)
            let towards = nat.outbound(from: Self.inside, to: Self.peer, now: later)
            #expect((towards == outside) != remembers, "\(kind.rawValue)")
            // What the peer goes on sending is for the box, and keeps its memory fresh.
            #expect((nat.inbound(from: Self.peer, to: outside, now: later) == nil) == remembers, "\(kind.rawValue)")
            #expect(nat.inbound(from: Self.peer, to: towards, now: later) == Self.inside, "\(kind.rawValue)")
            #expect(
                nat.outbound(from: Self.inside, to: Self.server, now: later) == outside,
                "other flows are as before"
            )
        }
    }

    @Test("stray memory: what a box remembers is gone after 30 s without another stray datagram, and only then")
    func memory() throws {
        var nat = try nat(.portRestrictedAccepting)
        let outside = nat.outbound(from: Self.inside, to: Self.server, now: Self.start)
        _ = nat.inbound(from: Self.peer, to: outside, now: Self.start)
        _ = nat.inbound(from: Self.peer, to: outside, now: Self.start + .seconds(20))
        var other = nat
        #expect(other.outbound(from: Self.inside, to: Self.peer, now: Self.start + .seconds(49)) != outside)
        #expect(nat.outbound(from: Self.inside, to: Self.peer, now: Self.start + .seconds(51)) == outside)
        #expect(nat.inbound(from: Self.peer, to: outside, now: Self.start + .seconds(51)) == Self.inside)
    }

    @Test("stray memory: such a box forgets a short exchange after 30 s, and one of more than 2 s after 120 s")
    func flows() throws {
        for (length, idle, isOpen) in [(1, 29, true), (1, 31, false), (3, 119, true), (3, 121, false)] {
            var nat = try nat(.portRestrictedAccepting)
            var now = Self.start
            let outside = nat.outbound(from: Self.inside, to: Self.peer, now: now)
            for _ in 0..<length {
                now = now + .seconds(1)
                #expect(nat.inbound(from: Self.peer, to: outside, now: now) == Self.inside)
            }
            now = now + .seconds(idle)
            #expect((nat.inbound(from: Self.peer, to: outside, now: now) != nil) == isOpen, "\(length) \(idle)")
        }
    }

    /// Both ways six times, as the field trial did.
    private func pings(_ internet: SimulatedInternet) -> [PingOutcome] {
        (0..<6).map { $0 % 2 == 0 }.map { isForth in
            let outcome = internet.ping(from: isForth ? .clientA : .clientB, to: isForth ? .clientB : .clientA)
            internet.run(for: .milliseconds(200))
            return outcome
        }
    }

    @Test("stray memory: two port-restricted clients on boxes with memory connect both ways, at once, as without")
    func portRestricted() throws {
        let internet = try internet(.portRestrictedAccepting, .portRestrictedAccepting)
        #expect(internet.qualify())
        let outcomes = pings(internet)
        #expect(outcomes.allSatisfy { $0.isReply }, "\(outcomes)")
        guard case .reply(let first) = outcomes[0] else { return }
        #expect(first <= .milliseconds(140), "\(first)")
    }

    @Test(
        "stray memory: openers of full length leave both sides deaf: what is cured, or cannot be where hops are not told"
    )
    func deaf() throws {
        for isTold in [false, true] {
            let internet = try internet(.portRestrictedAccepting, .portRestrictedAccepting) { options in
                options.tellsNearHops = isTold
                if isTold { options.adjustClient = { $0.limitsOpeners = false } }
            }
            #expect(internet.qualify())
            #expect(pings(internet).allSatisfy { !$0.isReply })
        }
    }

    @Test(
        "stray memory: every pair of which a box has a memory connects as without, in the same time",
        arguments: NATKind.allCases
    )
    func pairs(source: NATKind) throws {
        for destination in NATKind.allCases where source.forgetful != source || destination.forgetful != destination {
            for means in [TraversalMeans.direct, .transit] {
                let matrix = NATMatrix(means)
                let cell = try matrix.cell(source, destination, authenticator: HMACSHA1Authenticator())
                let usual = try matrix.cell(
                    source.forgetful,
                    destination.forgetful,
                    authenticator: HMACSHA1Authenticator()
                )
                #expect(cell == usual, "\(source.rawValue) to \(destination.rawValue) by \(means.rawValue)")
            }
        }
    }

    @Test(
        "stray memory: boxes with no router between them: transit carries what is remembered, and nobody is lost",
        arguments: kinds
    )
    func neighbours(source: NATKind) throws {
        var matrix = NATMatrix(.transit)
        matrix.routers = 0
        for destination in Self.kinds {
            let cell = try matrix.cell(source, destination, authenticator: HMACSHA1Authenticator())
            #expect(cell.isConnected, "\(source.rawValue) to \(destination.rawValue): \(cell)")
        }
    }

    @Test(
        "stray memory: relays need no cure: native hosts reach clients behind such boxes and are reached, whoever begins",
        arguments: [NATKind.addressRestrictedAccepting, .portRestrictedAccepting, .symmetricAccepting]
    )
    func native(kind: NATKind) throws {
        for direction in [
            Direction(from: .clientA, to: .native), Direction(from: .native, to: .clientA),
            Direction(from: .clientA, to: .hostRelay), Direction(from: .hostRelay, to: .clientA),
        ] {
            let internet = try internet(kind, .portRestricted)
            #expect(internet.qualify())
            #expect(internet.ping(from: direction.from, to: direction.to).isReply, "\(direction)")
        }
    }

    @Test(
        "SLR-1: peers that were idle for long are found again, though their boxes forgot the flow",
        arguments: [35, 60, 115, 130, 400]
    )
    func idle(seconds: Int) throws {
        for talk in [1, 6] {
            let internet = try internet(.portRestrictedAccepting, .portRestrictedAccepting)
            #expect(internet.qualify())
            for _ in 0..<talk {
                #expect(internet.ping(from: .clientA, to: .clientB).isReply)
                internet.run(for: .seconds(1))
            }
            internet.run(for: .seconds(seconds))
            #expect(internet.ping(from: .clientB, to: .clientA).isReply, "\(talk) pings, idle for \(seconds) s")
            #expect(internet.ping(from: .clientA, to: .clientB).isReply, "\(talk) pings, idle for \(seconds) s")
        }
    }

    @Test("stray memory: what a box remembers is waited out: the pair connects when its 30 s are over")
    func waitedOut() throws {
        // Both know nothing of their hops at first, as a client does that has just changed networks.
        let internet = try internet(.portRestrictedAccepting, .portRestrictedAccepting) { $0.tellsNearHops = false }
        #expect(internet.qualify())
        #expect(!internet.ping(from: .clientA, to: .clientB).isReply)
        internet.tellNearHops()
        internet.run(for: .seconds(305))
        #expect(internet.ping(from: .clientA, to: .clientB).isReply)
        #expect(internet.ping(from: .clientB, to: .clientA).isReply)
    }

    @Test(
        "Boxes with memory, and every tenth or third datagram lost: pairs connect within 10 and 30 s",
        arguments: [(100, 10), (300, 30)]
    )
    func loss(perMille: Int, seconds: Int) throws {
        let seeds = 1...60 as ClosedRange<UInt64>
        var failures = 0
        for seed in seeds {
            let internet = try internet(.portRestrictedAccepting, .portRestrictedAccepting, seed: seed) { options in
                options.recordsTrace = false
                options.fleet.hasTransit = true
            }
            #expect(internet.qualify())
            internet.setFault(LinkFault(lossPerMille: perMille))
            let end = internet.now + .seconds(seconds)
            var isReached = false
            while !isReached, internet.now < end {
                isReached = internet.ping(from: .clientA, to: .clientB, timeout: .seconds(1)).isReply
            }
            if !isReached { failures += 1 }
        }
        #expect(failures <= (perMille < 300 ? 0 : 1), "\(failures) of \(seeds.count)")
    }
}
