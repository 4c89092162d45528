import TeredoLab
import TeredoProtocol
import TeredoSimulator
import TeredoTestSupport
import Testing

/// The simulated lab.
struct SimulatedDemonstrationTests {
    private static func run(
        _ nat1: NATKind,
        _ nat2: NATKind,
        seed: UInt64,
        lossPerMille: Int = 0,
        hasTransit: Bool = true
    ) throws -> (report: LabReport, lines: [String]) {
        var demonstration = SimulatedDemonstration(seed: seed)
        demonstration.nat1 = nat1
        demonstration.nat2 = nat2
        demonstration.hasTransit = hasTransit
        demonstration.fault = LinkFault(lossPerMille: lossPerMille)
        var lines: [String] = []
        let report = try demonstration.run { lines.append($0) }
        return (report, lines)
    }

    @Test("what should connect does, and what the NATs forbid does not", arguments: NATKind.allCases, NATKind.allCases)
    func everyPair(nat1: NATKind, nat2: NATKind) throws {
        let (complete, _) = try Self.run(nat1, nat2, seed: 4380)
        #expect(complete.isSuccess && complete.checks.allSatisfy { $0.expectation == .connects && $0.isReachable })
        let (report, _) = try Self.run(nat1, nat2, seed: 4380, hasTransit: false)
        #expect(report.isSuccess, "reproduce: teredo lab --nat1 \(nat1.rawValue) --nat2 \(nat2.rawValue) --seed 4380")
        #expect(report.checks.count == 4)
        for check in report.checks where check.expectation == .cannotConnect {
            #expect(!check.isReachable, "\(check.from) -> \(check.to), \(nat1.rawValue) and \(nat2.rawValue)")
        }
    }

    @Test("the same seed gives the same run, another seed another one")
    func determinism() throws {
        let first = try Self.run(.portRestricted, .portRestricted, seed: 7)
        #expect(try Self.run(.portRestricted, .portRestricted, seed: 7) == first)
        #expect(try Self.run(.portRestricted, .portRestricted, seed: 8) != first)
    }

    @Test(
        "an Internet that loses every twentieth datagram does not stop the clients",
        arguments: 1...10 as ClosedRange<UInt64>
    )
    func loss(seed: UInt64) throws {
        let (report, _) = try Self.run(.portRestricted, .addressRestricted, seed: seed, lossPerMille: 50)
        #expect(report.isSuccess, "reproduce: teredo lab --nat2 address-restricted --loss 5 --seed \(seed)")
    }

    @Test("lines fit a terminal of 120 columns")
    func width() throws {
        for line in try Self.run(.portRestricted, .symmetric, seed: 7).lines.flatMap({ $0.split(separator: "\n") }) {
            #expect(line.count <= 120, "\(line)")
        }
    }

    @Test("every scenario of the overview runs to the end of its figure", arguments: Scenario.allCases)
    func scenarios(scenario: Scenario) throws {
        let report = try ScenarioReport(scenario, seed: 1, fault: LinkFault())
        #expect(report.success, "\(report.summary)")
        #expect(!report.packets.isEmpty && !report.chart.isEmpty)
        #expect(ScenarioReport.list.contains("\(report.scenario)"))
        let json = try ScenarioReport.json([report])
        #expect(json.contains(#""figure" : \#(scenario.figure)"#))
        let schema = try JSONSchema("lab-scenarios")
        #expect(try schema.validate(json) == schema.keys)
        let kinds = Set(ScenarioPacketKind.allCases.map(\.rawValue))
        #expect(schema.words("kind", of: "packet") == kinds)
    }
}
