import Foundation
import TeredoControl
import Testing

/// The system test that brings each verdict of `teredo check` about, with the program on real kernels.
@Suite("The proofs of the verdicts")
struct VerdictProofTests {
    /// A test of the suite `SystemTests`, by file and function.
    private struct Proof: CustomStringConvertible {
        let file: String
        let function: String

        init(_ file: String, _ function: String) {
            self.file = file
            self.function = function
        }

        var description: String { "\(function) in Tests/SystemTests/\(file).swift" }
    }

    /// No verdict without proof: this compiles only while each has a line.
    private static func proof(_ name: CheckProblem.Name) -> Proof {
        switch name {
        case .ipv6Missing: Proof("VerdictTests+Host", "noIPv6")
        case .ipv6Disabled: Proof("VerdictTests+Host", "ipv6SwitchedOff")
        case .interfaceChanged: Proof("HostStateTests", "contest")
        case .tunMissing: Proof("VerdictTests", "noDevice")
        case .resolverSilent: Proof("VerdictTests", "names")
        case .serverUnresolved: Proof("VerdictTests", "names")
        case .noRoute: Proof("CheckTests", "noServer")
        case .outboundBlocked: Proof("VerdictTests", "firewalls")
        case .inboundDropped: Proof("VerdictTests", "firewalls")
        case .portBlocked: Proof("VerdictTests", "silence")
        case .noServer: Proof("VerdictTests", "silence")
        case .serverSilent: Proof("VerdictTests", "silence")
        case .primarySilent: Proof("VerdictTests+Server", "silentPrimary")
        case .answerRejected: Proof("VerdictTests+Server", "forwardedServer")
        case .notQualified: Proof("RunningClientCheckTests", "notQualified")
        case .secondarySilent: Proof("CheckTests", "deadSecondary")
        case .noRelay: Proof("RunningClientCheckTests", "client")
        case .smallMTU: Proof("VerdictTests", "narrow")
        case .symmetricNAT: Proof("VerdictTests", "translators")
        case .strayMemory: Proof("BoxTests", "verdict")
        case .severalAddresses: Proof("VerdictTests+Server", "severalAddresses")
        case .carrierNAT: Proof("VerdictTests", "translators")
        case .doubleNAT: Proof("VerdictTests", "doubleTranslation")
        case .shortLifetime: Proof("CheckTests", "lifetime")
        case .aaaaSuppressed: Proof("VerdictTests", "names")
        case .clockWrong: Proof("VerdictTests+Host", "clock")
        case .noPermission: Proof("VerdictTests", "works")
        case .statefulFirewall: Proof("VerdictTests", "translators")
        case .portMappingRefused: Proof("VerdictTests", "refusedPort")
        case .noPortMapping: Proof("VerdictTests", "works")
        case .inboundOpen: Proof("InboundTests", "open")
        case .noHairpinning: Proof("VerdictTests", "works")
        case .serverAddressUnusable: Proof("VerdictTests", "names")
        }
    }

    @Test("a test on real kernels brings it about and expects its name", arguments: CheckProblem.Name.allCases)
    func isProvoked(_ name: CheckProblem.Name) throws {
        let proof = Self.proof(name)
        let body = try #require(try Self.body(of: proof), "there is no test \(proof)")
        #expect(body.contains("\"\(name.rawValue)\""), "the test \(proof) does not expect '\(name.rawValue)'")
    }

    @Test("a test that is missing, a helper that is no test and a verdict that is not expected are noticed")
    func gaps() throws {
        #expect(try Self.body(of: Proof("VerdictTests", "nowhere")) == nil)
        #expect(try Self.body(of: Proof("VerdictTests", "unblock")) == nil)
        let works = try #require(try Self.body(of: Proof("VerdictTests", "works")))
        #expect(!works.contains("\"port-blocked\""))
    }

    /// The lines of a test function; `nil` when there is no such test.
    private static func body(of proof: Proof) throws -> String? {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appendingPathComponent("Tests/SystemTests/\(proof.file).swift")
        let lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
        guard let start = lines.firstIndex(where: { $0.contains(" func \(proof.function)(") }) else { return nil }
        // The attribute stands above its function, at the same depth, with nothing between them that ends a function.
        let indentation = String(lines[start].prefix { $0 == " " })
        let above = lines[..<start].lastIndex { $0.hasPrefix("\(indentation)@Test(") }
        let lastEnd = lines[..<start].lastIndex { $0 == "\(indentation)}" } ?? 0
        guard let above, above > lastEnd,
            let end = lines[start...].firstIndex(of: "\(indentation)}")
        else { return nil }
        return lines[start...end].joined(separator: "\n")
    }
}
