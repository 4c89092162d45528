import TeredoProtocol
import TeredoSimulator
import TeredoWire
import Testing

/// NATs that forget mappings before they are refreshed.
@Suite struct ShortLifetimeTests {
    private static let kinds: [NATKind] = [
        .fullCone, .addressRestricted, .portRestricted, .symmetric, .portPreservingSymmetric, .sequentialSymmetric,
        .addressSymmetric,
    ]

    /// A client behind a NAT that forgets after some time.
    private func forgetful(
        _ kind: NATKind,
        seconds: Int,
        seed: UInt64 = 1,
        refreshesOnInbound: Bool = true,
        _ change: (inout InternetOptions) -> Void = { _ in }
    ) throws -> SimulatedInternet {
        try internet(kind, seed: seed) { options in
            options.adjustNAT = { behavior in
                behavior.lifetime = .seconds(seconds)
                behavior.refreshesOnInbound = refreshesOnInbound
            }
            options.recordsTrace = false
            change(&options)
        }
    }

    private func addresses(of internet: SimulatedInternet) -> Int {
        internet.events(of: .clientA).count { if case .addressAssigned = $0.event { true } else { false } }
    }

    private func losses(of internet: SimulatedInternet) -> Int {
        internet.events(of: .clientA).count { if case .mappingLost = $0.event { true } else { false } }
    }

    private func interval(of internet: SimulatedInternet) -> Duration? { internet.client(.clientA)?.refreshInterval }

    @Test(
        "Section 5.2.5: the refresh interval follows a NAT that forgets after 5 to 20 s, and the client stays reachable",
        arguments: kinds,
        [5, 8, 10, 20]
    )
    func adapts(kind: NATKind, seconds: Int) throws {
        for refreshesOnInbound in [true, false] {
            let internet = try forgetful(kind, seconds: seconds, refreshesOnInbound: refreshesOnInbound)
            #expect(internet.qualify())
            internet.run(for: .seconds(150))
            #expect(addresses(of: internet) <= 5, "\(addresses(of: internet)) addresses")
            #expect(losses(of: internet) >= 1)
            let refresh = try #require(interval(of: internet))
            #expect(refresh <= .seconds(seconds) && refresh >= .seconds(4), "\(refresh)")
            let before = internet.address(of: .clientA)
            // Long after anything opened a hole, at any point of an interval.
            for round in 0..<8 {
                internet.run(for: .milliseconds(40_000 + round * 700))
                #expect(internet.ping(from: .native, to: .clientA).isReply, "round \(round)")
            }
            #expect(internet.address(of: .clientA) == before, "the address stays")
        }
    }

    @Test("A NAT that forgets after 10 s costs three addresses in 150 s at most", arguments: 0..<20 as Range<UInt64>)
    func fewAddresses(seed: UInt64) throws {
        let internet = try forgetful(.symmetric, seconds: 10, seed: seed)
        #expect(internet.qualify())
        internet.run(for: .seconds(150))
        #expect(addresses(of: internet) <= 3)
    }

    @Test("SEC-39: however short the lifetime is, solicitations are 4 s apart", arguments: [1, 3, 5, 8])
    func bounded(seconds: Int) throws {
        let internet = try forgetful(.portRestricted, seconds: seconds)
        #expect(internet.qualify())
        let row = internet.solicitationTimes(of: .clientA).count
        internet.run(for: .seconds(600))
        let times = internet.solicitationTimes(of: .clientA).dropFirst(row)
        #expect(zip(times.dropFirst(), times).allSatisfy { $0 - $1 >= .seconds(4) })
    }

    @Test("A NAT that forgets faster than may be refreshed is told of, and refreshed as it is set", arguments: [1, 3])
    func unkeepable(seconds: Int) throws {
        let internet = try forgetful(.symmetric, seconds: seconds)
        #expect(internet.qualify())
        internet.run(for: .seconds(300))
        let isTold = internet.events(of: .clientA).contains {
            if case .mappingNotKept(let time) = $0.event { time <= .seconds(5) } else { false }
        }
        #expect(isTold, "\(internet.events(of: .clientA).map(\.event))")
        #expect(interval(of: internet) == .seconds(30))
    }

    @Test("A patient NAT is refreshed every 30 s, with loss too", arguments: kinds, [0, 100])
    func patient(kind: NATKind, loss: Int) throws {
        let internet = try forgetful(kind, seconds: 120) { $0.fault = LinkFault(lossPerMille: loss) }
        #expect(internet.qualify(within: .seconds(300)))
        internet.run(for: .seconds(600))
        #expect(losses(of: internet) == 0)
        #expect(interval(of: internet) == .seconds(30))
    }

    @Test("Another network forgets what the one before taught")
    func otherNetwork() throws {
        let internet = try forgetful(.symmetric, seconds: 8)
        #expect(internet.qualify())
        internet.run(for: .seconds(120))
        #expect(interval(of: internet) != .seconds(30))
        internet.setNAT(of: .clientA) { $0.lifetime = .seconds(120) }
        internet.move(.clientA, to: IPv4Address(192, 168, 1, 77))
        #expect(internet.qualify())
        #expect(interval(of: internet) == .seconds(30))
        internet.run(for: .seconds(300))
        #expect(interval(of: internet) == .seconds(30))
    }

    @Test("A router that became patient is noticed after ten minutes, while nothing uses the address", arguments: kinds)
    func recovers(kind: NATKind) throws {
        let internet = try forgetful(kind, seconds: 8)
        #expect(internet.qualify())
        internet.run(for: .seconds(150))
        #expect(interval(of: internet) != .seconds(30))
        internet.setNAT(of: .clientA) { $0.lifetime = .seconds(120) }
        internet.run(for: .seconds(900))
        #expect(interval(of: internet) == .seconds(30))
    }

    @Test("A longer interval that is wrong costs one address, and is tried ever more seldom")
    func failedTrials() throws {
        let internet = try forgetful(.symmetric, seconds: 8) { $0.recordsTrace = false }
        #expect(internet.qualify())
        internet.run(for: .seconds(150))
        let before = addresses(of: internet)
        internet.run(for: .seconds(2 * 3600))
        #expect((1...4).contains(addresses(of: internet) - before), "\(addresses(of: internet) - before)")
        #expect(interval(of: internet) ?? .zero <= .seconds(8))
    }

    @Test("An address in use is not risked for a longer interval")
    func keepsAddressInUse() throws {
        let internet = try forgetful(.symmetric, seconds: 8) { $0.recordsTrace = false }
        #expect(internet.qualify())
        internet.run(for: .seconds(150))
        let before = internet.address(of: .clientA)
        for _ in 0..<16 {
            internet.run(for: .seconds(60))
            #expect(internet.ping(from: .clientA, to: .native).isReply)
        }
        #expect(internet.address(of: .clientA) == before)
    }

    @Test("A NAT that only forgets flows without an answer quickly is refreshed as it is set in the end")
    func unansweredFlows() throws {
        let internet = try forgetful(.portRestricted, seconds: 120) { options in
            options.adjustNAT = { $0.unansweredLifetime = .seconds(10) }
        }
        #expect(internet.qualify())
        internet.run(for: .seconds(150))
        #expect(losses(of: internet) >= 1)
        internet.run(for: .seconds(1200))
        #expect(interval(of: internet) == .seconds(30))
        #expect(internet.ping(from: .native, to: .clientA).isReply)
    }

    @Test("A connection to the Internet that got another address is no forgetful NAT")
    func renumbered() throws {
        let internet = try forgetful(.addressSymmetric, seconds: 120) { $0.adjustNAT = { $0.addressCount = 5 } }
        #expect(internet.qualify())
        internet.run(for: .seconds(40))
        internet.rebindNATs()
        internet.run(for: .seconds(300))
        #expect(addresses(of: internet) == 2)
        #expect(interval(of: internet) == .seconds(30))
    }

    @Test("The interval that is set is the longest one, and a new setting is taken at its word")
    func setting() throws {
        let internet = try forgetful(.symmetric, seconds: 8) { $0.adjustClient = { $0.refreshInterval = .seconds(6) } }
        #expect(internet.qualify())
        internet.run(for: .seconds(300))
        #expect(losses(of: internet) == 0 && addresses(of: internet) == 1)
        #expect(interval(of: internet) == .seconds(6))
    }
}
