import TeredoProtocol
import TeredoSimulator
import TeredoWire
import Testing

/// What a NAT diagnosis finds out behind simulated NATs of every kind.
@Suite struct DiagnosisTests {
    private static let fast = Duration.milliseconds(1500)

    private static func expectedMapping(_ kind: NATKind) -> NATReport.Mapping {
        guard let behavior = kind.behavior else { return .none }
        return behavior.mapping == .endpointIndependent ? .endpointIndependent : .dependent
    }

    private static func expectedFiltering(_ kind: NATKind) -> NATReport.Filtering {
        (kind.behavior?.filtering ?? .endpointIndependent) == .endpointIndependent ? .endpointIndependent : .dependent
    }

    private static func check(_ report: NATReport, of kind: NATKind) {
        #expect(report.mapping == expectedMapping(kind))
        #expect(report.filtering == expectedFiltering(kind))
        switch (kind.behavior?.portAssignment, report.portAssignment) {
        case (nil, nil), (.preserving, .preserved), (.random, .other): break
        case (.sequential, .sequential(let step)): #expect((1...2).contains(step))
        default: Issue.record("port assignment is \(String(describing: report.portAssignment))")
        }
        let tellsStrays = report.mapping == .endpointIndependent && report.filtering == .dependent
        #expect(report.remembersStrays == (tellsStrays ? kind.behavior?.strayMemory != nil : nil))
        #expect(report.usesSeveralAddresses == kind.behavior.map { $0.addressCount > 1 })
    }

    @Test(
        "Mapping, filtering, ports and addresses of every kind of NAT, in a second and a half",
        arguments: NATKind.allCases
    )
    func kinds(_ kind: NATKind) throws {
        var bench = try DiagnosisBench(kind.behavior)
        let report = bench.run()
        Self.check(report, of: kind)
        #expect(bench.diagnosis.isFinished)
        #expect(bench.elapsed <= Self.fast)
        #expect(report.primary == .answered(.milliseconds(20)))
        #expect(report.secondary == .answered(.milliseconds(20)))
        #expect(report.ignoredCount == 0)
        #expect(report.allowsClient)
    }

    @Test("Hairpinning behind endpoint-independent NATs", arguments: NATBehavior.Hairpinning.allCases)
    func hairpinning(_ mode: NATBehavior.Hairpinning) throws {
        for filtering in NATBehavior.Dependence.allCases {
            var bench = try DiagnosisBench(
                NATBehavior(mapping: .endpointIndependent, filtering: filtering, hairpinning: mode)
            )
            let expected: NATReport.Hairpinning =
                switch mode {
                case .none: .none
                case .internalSource: .internalSource
                case .externalSource: .externalSource
                }
            #expect(bench.run().hairpinning == expected)
        }
    }

    @Test("Silence between ports behind a symmetric NAT leaves hairpinning unknown")
    func hairpinningOfSymmetric() throws {
        for mode in NATBehavior.Hairpinning.allCases {
            var bench = try DiagnosisBench(
                NATBehavior(
                    mapping: .addressAndPortDependent,
                    filtering: .addressAndPortDependent,
                    portAssignment: .random,
                    hairpinning: mode
                )
            )
            #expect(bench.run().hairpinning == nil)
        }
    }

    @Test("The loss of any one datagram changes nothing", arguments: NATKind.allCases)
    func anyLoss(_ kind: NATKind) throws {
        var undisturbed = try DiagnosisBench(kind.behavior)
        let hairpinning = undisturbed.run().hairpinning
        for lost in 0..<undisturbed.datagramCount {
            var bench = try DiagnosisBench(kind.behavior)
            bench.lost = lost
            let report = bench.run()
            Self.check(report, of: kind)
            #expect(report.hairpinning == hairpinning, "datagram \(lost)")
            #expect(bench.elapsed <= .milliseconds(2600), "datagram \(lost)")
        }
    }

    @Test("SEC-01: answers with another nonce, from another address or port, are counted and change nothing")
    func forgeries() throws {
        var bench = try DiagnosisBench(NATKind.fullCone.behavior)
        bench.forgeries = { answer, source in
            var otherNonce = answer
            otherNonce[5] ^= 1
            var otherOrigin = answer
            // The obfuscated mapped port.
            otherOrigin[15] ^= 1
            let foreign = UDPEndpoint(IPv4Address(203, 0, 113, 9), source.port)
            return [
                (otherNonce, source), (otherOrigin, foreign), (otherOrigin, UDPEndpoint(source.address, 3545)),
                ([1, 2, 3], source),
            ]
        }
        let report = bench.run()
        Self.check(report, of: .fullCone)
        #expect(report.mappedEndpoint == report.secondaryMappedEndpoint)
        #expect(report.ignoredCount >= 4 * 6)
    }

    @Test("A silent server is known after 7 to 8 seconds, and three attempts")
    func silentServer() throws {
        var bench = try DiagnosisBench(NATKind.portRestricted.behavior)
        bench.isPrimaryUp = false
        bench.isSecondaryUp = false
        let report = bench.run()
        #expect(report.primary == .silent)
        #expect(report.secondary == .silent)
        #expect(report.mapping == nil)
        #expect(report.filtering == nil)
        #expect(report.hairpinning == nil)
        #expect(!report.allowsClient)
        #expect(bench.elapsed >= .seconds(7))
        #expect(bench.elapsed <= .seconds(8))
    }

    @Test("A dead secondary address leaves mapping and filtering unknown, not wrong")
    func deadSecondary() throws {
        var bench = try DiagnosisBench(NATKind.portRestricted.behavior)
        bench.isSecondaryUp = false
        let report = bench.run()
        #expect(report.primary == .answered(.milliseconds(20)))
        #expect(report.secondary == .silent)
        #expect(report.mapping == nil)
        #expect(report.filtering == nil)
        #expect(report.portAssignment == .preserved)
        #expect(report.allowsClient)
        #expect(bench.elapsed <= .seconds(6))
        // Two ports ask it at 0.8 s, and after 1 s and 2 s more.
        let begin = bench.solicitationTimes.first ?? bench.now
        let last = bench.solicitationTimes.suffix(4).map { $0 - begin }
        #expect(last == [1800, 1800, 3800, 3800].map { .milliseconds($0) })
    }

    @Test("A server without a secondary address still tells whether there is a NAT, and how it assigns ports")
    func noSecondary() throws {
        var bench = try DiagnosisBench(NATKind.sequentialSymmetric.behavior) { $0.server.secondary = nil }
        let report = bench.run()
        #expect(report.secondary == .unknown)
        #expect(report.mapping == nil)
        #expect(report.portAssignment == .sequential(step: 1))
        #expect(bench.elapsed <= Self.fast)
    }

    @Test("SEC-39: beside a client solicitations keep their distance", arguments: [NATKind.portRestricted, .fullCone])
    func pacing(_ kind: NATKind) throws {
        var bench = try DiagnosisBench(kind.behavior) { $0.solicitationSpacing = .seconds(4) }
        let report = bench.run()
        Self.check(report, of: kind)
        let times = bench.solicitationTimes
        #expect(times.count >= 5)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= .seconds(4) })
        #expect(bench.diagnosis.nextTimeout == nil)
    }

    @Test("SEC-39: a diagnosis that is held sends nothing, and goes on afterwards")
    func hold() throws {
        var bench = try DiagnosisBench(NATKind.portRestricted.behavior)
        let start = bench.now
        bench.diagnosis.hold(until: start + .seconds(3))
        Self.check(bench.run(), of: .portRestricted)
        #expect(bench.solicitationTimes.first == start + .seconds(3))
    }

    @Test("The lifetime of idle mappings is found between two of the times tried", arguments: [true, false])
    func lifetime(_ refreshesOnInbound: Bool) throws {
        for (lifetime, atLeast, lessThan) in [(25, 20, 30), (70, 60, 90), (3, 0, 5)] {
            let behavior = NATBehavior(
                mapping: .endpointIndependent,
                filtering: .addressAndPortDependent,
                lifetime: .seconds(lifetime),
                refreshesOnInbound: refreshesOnInbound
            )
            var bench = try DiagnosisBench(behavior) { $0.lifetimeLimit = .seconds(180) }
            let report = bench.run()
            #expect(report.lifetime?.atLeast == .seconds(atLeast))
            #expect(report.lifetime?.lessThan == .seconds(lessThan))
            #expect(report.mapping == .endpointIndependent)
        }
    }

    @Test(
        "RFC 4787 4.3: an idle port that is silent is asked three times, a second apart, before its mapping counts as gone"
    )
    func lifetimeAttempts() throws {
        let behavior = NATBehavior(
            mapping: .endpointIndependent,
            filtering: .addressAndPortDependent,
            lifetime: .seconds(3)
        )
        var bench = try DiagnosisBench(behavior) { $0.lifetimeLimit = .seconds(5) }
        #expect(bench.run().lifetime?.lessThan == .seconds(5))
        // Its mapping is made after 2 s and left alone for 5 s.
        #expect(bench.elapsed == .seconds(2 + 5 + 3) + .milliseconds(20))
    }

    @Test("When the main port gets nothing through, nobody can be asked about idle mappings, and none is waited for")
    func lifetimeWithoutMainPort() throws {
        var bench = try DiagnosisBench(NATKind.portRestricted.behavior) { $0.lifetimeLimit = .seconds(180) }
        bench.blockedPort = .main
        let report = bench.run()
        #expect(report.lifetime == nil)
        #expect(bench.elapsed <= .seconds(14))
    }

    @Test("A mapping that outlives the limit has no upper bound")
    func longLifetime() throws {
        var bench = try DiagnosisBench(NATKind.portRestricted.behavior) { $0.lifetimeLimit = .seconds(60) }
        let report = bench.run()
        #expect(report.lifetime?.atLeast == .seconds(60))
        #expect(report.lifetime?.lessThan == nil)
    }
}
