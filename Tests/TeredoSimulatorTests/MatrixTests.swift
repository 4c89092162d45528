import TeredoProtocol
import TeredoSimulator
import Testing

/// docs/nat-matrix.md: RFC 4380 alone, and everything direct.
@Suite struct MatrixTests {
    static let conic: [NATKind] = [.none, .fullCone, .addressRestricted, .portRestricted]
    static let symmetric: [NATKind] = [.symmetric, .portPreservingSymmetric, .sequentialSymmetric, .addressSymmetric]

    /// RFC 4380 to the letter: no keyed bubbles, off-line behind a symmetric NAT.
    private func strict(_ natA: NATKind, _ natB: NATKind) throws -> SimulatedInternet {
        try internet(natA, natB) { options in
            options.adjustClient = { configuration in
                configuration.usesKeyedBubbles = false
                configuration.qualification.rejectsSymmetricNAT = true
                configuration.localDiscovery.isOn = false
            }
            options.fleet.adjustRelay = { $0.usesKeyedBubbles = false }
        }
    }

    @Test(
        "Every pair of NATs that keep their mapping connects, from either side",
        arguments: conic,
        conic
    )
    func connects(natA: NATKind, natB: NATKind) throws {
        for (from, to) in [(HostName.clientA, HostName.clientB), (.clientB, .clientA)] {
            let internet = try strict(natA, natB)
            #expect(internet.qualify())
            let outcome = internet.ping(from: from, to: to)
            guard case .reply(let time) = outcome else {
                Issue.record("\(natA.rawValue) and \(natB.rawValue), \(from.rawValue) first: \(outcome)")
                continue
            }
            // One way is at most 22 ms; two round trips for the exchange and one for the ping itself.
            #expect(time <= .milliseconds(140), "two round trips for the exchange")
        }
    }

    @Test(
        "By RFC 4380 a client behind a symmetric NAT is off-line, whatever the other is",
        arguments: symmetric
    )
    func symmetricIsOffline(kind: NATKind) throws {
        for other in Self.symmetric {
            let internet = try strict(kind, other)
            #expect(!internet.qualify(within: .seconds(20)))
            #expect(internet.address(of: .clientA) == nil && internet.address(of: .clientB) == nil)
        }
        for other in Self.conic {
            let internet = try strict(kind, other)
            #expect(!internet.qualify(within: .seconds(20)))
            #expect(internet.client(.clientA)?.status.word == "offline")
            #expect(internet.address(of: .clientB) != nil)
        }
    }

    @Test(
        "What cannot connect ends with an ICMPv6 error within 10 s and at most four bubbles",
        arguments: conic
    )
    func unreachable(kind: NATKind) throws {
        let internet = try strict(kind, .portRestricted)
        #expect(internet.qualify())
        internet.run(for: .seconds(1))
        // Client B goes away: its NAT forgets, its server too, and nobody answers.
        internet.setServer(isUp: false)
        internet.rebindNATs()
        let row = internet.trace.count
        let outcome = internet.ping(from: .clientA, to: .clientB)
        guard case .unreachable(let time) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(time <= .seconds(10))
        let bubbles = internet.trace.dropFirst(row).filter {
            $0.sender == HostName.clientA.rawValue && $0.meaning == "direct bubble"
        }
        #expect(bubbles.count == 4)
    }

    @Test(
        "Clients behind NATs that keep their mapping reach native hosts and are reached",
        arguments: conic
    )
    func native(kind: NATKind) throws {
        for direction in [
            Direction(from: .clientA, to: .native), Direction(from: .native, to: .clientA),
            Direction(from: .clientA, to: .hostRelay), Direction(from: .hostRelay, to: .clientA),
        ] {
            let internet = try strict(kind, .none)
            #expect(internet.qualify())
            let outcome = internet.ping(from: direction.from, to: direction.to)
            #expect(outcome.isReply, "\(kind.rawValue), \(direction): \(outcome)")
        }
    }

    @Test(
        "Keyed bubbles carry clients behind symmetric NATs to native hosts and back",
        arguments: symmetric
    )
    func nativeBehindSymmetric(kind: NATKind) throws {
        for direction in [
            Direction(from: .clientA, to: .native), Direction(from: .native, to: .clientA),
            Direction(from: .clientA, to: .hostRelay), Direction(from: .hostRelay, to: .clientA),
        ] {
            let internet = try internet(kind, .none)
            #expect(internet.qualify())
            #expect(internet.client(.clientA)?.natClass == .symmetric)
            let outcome = internet.ping(from: direction.from, to: direction.to)
            #expect(outcome.isReply, "\(kind.rawValue), \(direction): \(outcome)")
        }
    }

    @Test(
        "With keyed bubbles cone and address-restricted sides can open towards symmetric ones",
        arguments: [
            NATKind.none, .fullCone, .addressRestricted,
        ]
    )
    func keyedTowardsSymmetric(kind: NATKind) throws {
        for symmetric in [NATKind.symmetric, .portPreservingSymmetric, .sequentialSymmetric] {
            let internet = try internet(kind, symmetric)
            #expect(internet.qualify())
            let outcome = internet.ping(from: .clientA, to: .clientB)
            #expect(outcome.isReply, "\(kind.rawValue) to \(symmetric.rawValue): \(outcome)")
        }
    }

    @Test("Port-restricted and symmetric cannot meet directly; both sides get an error within 10 s")
    func portRestrictedAndSymmetric() throws {
        for (from, to) in [(HostName.clientA, HostName.clientB), (.clientB, .clientA)] {
            let internet = try internet(.portRestricted, .symmetric)
            #expect(internet.qualify())
            guard case .unreachable(let time) = internet.ping(from: from, to: to) else {
                Issue.record("\(from.rawValue)")
                continue
            }
            #expect(time <= .seconds(10))
        }
    }
}

/// docs/nat-matrix.md: one site, nested NATs.
@Suite struct SameSiteTests {
    @Test(
        "On one link clients meet by local discovery, whatever the NAT does with hairpins",
        arguments: NATBehavior.Hairpinning.allCases
    )
    func discovery(hairpinning: NATBehavior.Hairpinning) throws {
        let internet = try internet { options in
            options.layout = .sameSite
            options.adjustNAT = { $0.hairpinning = hairpinning }
        }
        #expect(internet.qualify())
        for direction in [Direction(from: .clientA, to: .clientB), Direction(from: .clientB, to: .clientA)] {
            #expect(internet.ping(from: direction.from, to: direction.to).isReply, "\(direction)")
        }
    }

    @Test(
        "Without discovery and extensions one link works through a NAT that hairpins with the external source only"
    )
    func hairpin() throws {
        for (hairpinning, connects) in [
            (NATBehavior.Hairpinning.externalSource, true), (.internalSource, false), (.none, false),
        ] {
            let internet = try internet { options in
                options.layout = .sameSite
                options.adjustNAT = { $0.hairpinning = hairpinning }
                options.adjustClient = {
                    $0.localDiscovery.isOn = false
                    $0.extensions.hairpinning = .off
                    $0.extensions.symmetricNAT = false
                }
            }
            #expect(internet.qualify())
            #expect(internet.ping(from: .clientA, to: .clientB).isReply == connects, "\(hairpinning)")
        }
    }

    @Test("Nested NATs under a carrier's NAT that hairpins connect, and reach native hosts")
    func nested() throws {
        let internet = try internet { $0.layout = .nested(.portRestricted) }
        #expect(internet.qualify())
        #expect(internet.ping(from: .clientA, to: .clientB).isReply)
        #expect(internet.ping(from: .clientB, to: .native).isReply)
        #expect(internet.ping(from: .native, to: .clientA).isReply)
    }

    @Test(
        "Under a carrier's NAT that does not hairpin, clients cannot meet; natives are reached all the same"
    )
    func nestedWithoutHairpinning() throws {
        let internet = try internet { options in
            options.layout = .nested(.portRestricted)
            options.adjustNAT = { $0.hairpinning = .none }
        }
        #expect(internet.qualify())
        guard case .unreachable(let time) = internet.ping(from: .clientA, to: .clientB) else {
            Issue.record("connected")
            return
        }
        #expect(time <= .seconds(10))
        #expect(internet.ping(from: .clientB, to: .native).isReply)
    }
}
