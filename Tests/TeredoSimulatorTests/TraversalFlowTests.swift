import TeredoCrypto
import TeredoProtocol
import TeredoSimulator
import TeredoWire
import Testing

/// What flows once clients behind symmetric NATs have met: both directions, first packets, loss, rebinding, refreshes.
@Suite struct TraversalFlowTests {
    static let symmetricPairs = TraversalMatrixTests.pairs.filter {
        NATMatrix.reachesDirectly($0.source, $0.destination) && ($0.source.isSymmetric || $0.destination.isSymmetric)
    }

    /// Two qualified clients with RFC 6081 alone.
    static func clients(
        _ pair: TraversalMatrixTests.Pair,
        seed: UInt64 = 1,
        _ change: (inout InternetOptions) -> Void = { _ in }
    ) throws -> SimulatedInternet {
        let internet = try internet(pair.source, pair.destination, seed: seed) { options in
            options.adjustClient = { TraversalMeans.rfc6081.configure(&$0) }
            change(&options)
        }
        #expect(internet.qualify(within: .seconds(30)))
        internet.run(for: .milliseconds(500))
        return internet
    }

    @Test("20 packets to a fresh peer arrive in order and none is lost, in all cells; then 20 in the other direction")
    func firstPackets() throws {
        let payloads = (0..<20).map { [UInt8](repeating: UInt8($0), count: 100) }
        let pairs = TraversalMatrixTests.pairs.filter { NATMatrix.reachesDirectly($0.source, $0.destination) }
        for pair in pairs {
            let internet = try Self.clients(pair) { $0.recordsTrace = false }
            for payload in payloads { internet.send(payload, from: .clientA, to: .clientB) }
            internet.run(for: .seconds(4))
            #expect(internet.stack(of: .clientB).arrivals.map(\.payload) == payloads, "\(pair)")
            for payload in payloads { internet.send(payload, from: .clientB, to: .clientA) }
            internet.run(for: .seconds(4))
            #expect(internet.stack(of: .clientA).arrivals.map(\.payload) == payloads, "\(pair), back")
            #expect(internet.stack(of: .clientA).errors.isEmpty && internet.stack(of: .clientB).errors.isEmpty)
        }
    }

    @Test("Flows both ways for three minutes lose nothing and need no random port beyond one on each side")
    func bothWays() throws {
        for pair in Self.symmetricPairs {
            let internet = try Self.clients(pair) { $0.recordsTrace = false }
            #expect(internet.ping(from: .clientA, to: .clientB).isReply)
            for number in 0..<90 {
                internet.send([UInt8(number), 1], from: .clientA, to: .clientB)
                internet.run(for: .seconds(1))
                internet.send([UInt8(number), 2], from: .clientB, to: .clientA)
                internet.run(for: .seconds(1))
            }
            #expect(internet.stack(of: .clientB).arrivals.map { Int($0.payload[0]) } == Array(0..<90), "\(pair)")
            #expect(internet.stack(of: .clientA).arrivals.map { Int($0.payload[0]) } == Array(0..<90), "\(pair)")
        }
    }

    @Test("A client sends again after silences of any length, until it is heard at once")
    func silences() throws {
        for pair in Self.symmetricPairs {
            let internet = try Self.clients(pair) { $0.recordsTrace = false }
            for pause in [5, 28, 31, 45, 70, 130, 320] {
                let outcome = internet.ping(from: .clientA, to: .clientB)
                #expect(outcome.isReply, "\(pair) before a silence of \(pause) s")
                internet.run(for: .seconds(pause))
            }
        }
    }

    @Test("Rebound NATs are noticed at the next refresh, for symmetric ones too; then clients meet again")
    func rebinding() throws {
        for pair in Self.symmetricPairs {
            let internet = try Self.clients(pair) { $0.recordsTrace = false }
            #expect(internet.ping(from: .clientA, to: .clientB).isReply)
            internet.run(for: .seconds(3))
            internet.rebindNATs()
            internet.run(for: .seconds(45))
            #expect(internet.address(of: .clientA) != nil && internet.address(of: .clientB) != nil)
            var outcome = internet.ping(from: .clientA, to: .clientB)
            if !outcome.isReply {
                // Four bubbles may have been spent on the mapping of before.
                internet.run(for: .seconds(310))
                outcome = internet.ping(from: .clientA, to: .clientB)
            }
            #expect(outcome.isReply, "\(pair)")
        }
    }

    @Test("A client behind a symmetric NAT that moves to another IPv4 address meets its peer again at once")
    func move() throws {
        for pair in Self.symmetricPairs where pair.source != .none {
            let internet = try Self.clients(pair) { $0.recordsTrace = false }
            #expect(internet.ping(from: .clientA, to: .clientB).isReply)
            internet.run(for: .seconds(5))
            internet.move(.clientA, to: IPv4Address(192, 168, 1, 77))
            internet.run(for: .seconds(2))
            #expect(internet.address(of: .clientA) != nil)
            // The port that is forwarded leads to the old address; without it the client is as behind any symmetric NAT.
            guard pair.source != .symmetricMapped, pair.source != .portRestrictedMapped else { continue }
            // The mapping of the old address holds the port, so that the NAT cannot keep it.
            guard
                !["SNS+PP", "SNS+SS"].contains(TraversalMatrixTests.printed(pair.source, pair.destination))
                    || pair.source != .portPreservingSymmetric
            else { continue }
            #expect(internet.ping(from: .clientA, to: .clientB).isReply, "\(pair)")
        }
    }

    @Test("RFC 6081 5.4.4.5: connections on random ports live through ten minutes of silence, then the refreshes end")
    func refreshes() throws {
        for pair in [
            TraversalMatrixTests.Pair(source: .portPreservingSymmetric, destination: .portPreservingSymmetric),
            .init(source: .portPreservingSymmetric, destination: .portRestricted),
            .init(source: .portPreservingSymmetric, destination: .sequentialSymmetric),
        ] {
            let internet = try Self.clients(pair)
            #expect(internet.ping(from: .clientA, to: .clientB).isReply)
            let row = internet.trace.count
            internet.run(for: .seconds(1200))
            let bubbles = internet.trace.dropFirst(row).filter { $0.meaning.hasPrefix("direct bubble") }
            let refreshes = bubbles.filter { $0.sender == HostName.clientA.rawValue }
            #expect(refreshes.count == 20, "\(pair): \(refreshes.count)")
            #expect(refreshes.allSatisfy { $0.receiver == HostName.clientB.rawValue }, "\(pair): the path stays open")
            #expect(bubbles.allSatisfy { $0.time - internet.trace[row - 1].time < .seconds(640) })
        }
    }
}

/// docs/nat-matrix.md: one site, with hairpinning support, without local discovery.
@Suite struct HairpinningSiteTests {
    static func site(
        _ kind: NATKind,
        _ layout: InternetOptions.Layout,
        _ hairpinning: NATBehavior.Hairpinning,
        _ support: ClientExtensions.Hairpinning = .sameMappedAddress
    ) throws -> SimulatedInternet {
        let internet = try internet(kind, kind) { options in
            options.layout = layout
            options.adjustNAT = { $0.hairpinning = hairpinning }
            options.adjustClient = {
                TraversalMeans.rfc6081.configure(&$0)
                $0.extensions.hairpinning = support
            }
        }
        #expect(internet.qualify())
        internet.run(for: .milliseconds(500))
        return internet
    }

    @Test(
        "On one LAN clients meet whatever the NAT does with hairpins, by their local endpoints",
        arguments: [NATKind.fullCone, .addressRestricted, .portRestricted, .portRestrictedMapped],
        NATBehavior.Hairpinning.allCases
    )
    func sameSite(kind: NATKind, hairpinning: NATBehavior.Hairpinning) throws {
        for direction in [Direction(from: .clientA, to: .clientB), Direction(from: .clientB, to: .clientA)] {
            let internet = try Self.site(kind, .sameSite, hairpinning)
            let outcome = internet.ping(from: direction.from, to: direction.to)
            #expect(outcome.isReply, "\(direction): \(outcome)")
            #expect(internet.ping(from: direction.to, to: direction.from).isReply)
        }
    }

    @Test(
        "On one LAN behind a symmetric NAT that does not hairpin clients meet too",
        arguments: [
            NATKind.symmetric, .portPreservingSymmetric, .sequentialSymmetric,
        ]
    )
    func symmetricSite(kind: NATKind) throws {
        let internet = try Self.site(kind, .sameSite, .none)
        #expect(internet.ping(from: .clientA, to: .clientB).isReply)
        #expect(internet.ping(from: .clientB, to: .clientA).isReply)
    }

    @Test("Without hairpinning support a LAN whose NAT does not hairpin separates its clients")
    func withoutSupport() throws {
        let internet = try Self.site(.portRestricted, .sameSite, .none, .off)
        #expect(!internet.ping(from: .clientA, to: .clientB).isReply)
    }

    @Test("RFC 6081 6.5: under a carrier's NAT that does not hairpin, clients with forwarded ports meet")
    func nested() throws {
        for (kind, connects) in [(NATKind.portRestrictedMapped, true), (.portRestricted, false)] {
            let internet = try Self.site(kind, .nested(.portRestricted), .none)
            #expect(internet.ping(from: .clientA, to: .clientB).isReply == connects, "\(kind.rawValue)")
            #expect(internet.ping(from: .clientB, to: .clientA).isReply == connects, "\(kind.rawValue), back")
        }
    }
}
