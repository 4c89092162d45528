import Foundation
import TeredoLab
import TeredoLinux
import TeredoTestSupport
import Testing

extension SystemTests {
    /// `teredo lab --fleet`: what happens to members of a fleet is hardly noticed by those who use it.
    @Suite(.serialized) struct FleetLabTests {
        private static func require() throws {
            try SystemTest.requirePrivileges()
            if !Bird.isInstalled { try Test.cancel("\(Bird.missing)") }
        }

        @Test("nobody is without connectivity for longer than promised, whatever happens to one member")
        func everything() throws {
            try Self.require()
            let output = try CommandOutput.run([SystemTest.binary, "lab", "--fleet", "--json"], limit: .seconds(170))
            let report = try JSONDecoder().decode(FleetReport.self, from: Data(output.output.utf8))
            #expect(try JSONSchema("lab-fleet").validate(output.output).contains { $0.hasSuffix(": schemaVersion") })
            print("    fleet:\n\(report.text)")
            #expect(output.isSuccess == report.isSuccess && output.isSuccess, "\(output.error)")
            #expect(report.events.map(\.event) == FleetEvent.allCases)
            for event in report.events {
                let what = "\(event.event.rawValue) of \(event.member)"
                // Of ours: seven flows of echo requests and four by TCP.
                #expect(event.gaps.count { !$0.isForeign } == 11, "\(what)")
                #expect(event.gaps.allSatisfy { $0.isEstablished }, "\(what): \(event.gaps)")
                #expect(event.contacts.count == 3 && event.contacts.allSatisfy { $0.milliseconds != nil }, "\(what)")
                #expect(event.seen.isComplete, "\(what): \(event.seen)")
                let isLed = event.event == .relayUpgraded || event.event == .relayFlooded
                #expect((event.withdrawnMilliseconds == nil) == isLed, "\(what)")
            }
            for event in report.events where [.relayDrained, .relayUpgraded, .relayFlooded].contains(event.event) {
                let lost = event.gaps.filter { !$0.isForeign }.reduce(0) { $0 + $1.lost }
                #expect(lost <= 11, "\(event.event): at most one packet of each flow, not \(lost)")
            }
            let load = try #require(report.load)
            #expect(load.wrong == 0 && load.answered > 1000 && load.lost * 20 < load.answered, "\(load)")
        }

        @Test(
            "interrupted or killed it leaves nothing",
            arguments: [(2 as Int32, "are under way"), (9, "namespaces; starting")]
        )
        func interrupted(signal: Int32, when: String) throws {
            try Self.require()
            let base = ChildProcess.environmentVariable("TMPDIR") ?? "/tmp"
            let directory = "\(base)/teredo-fleet-test-\(UInt64.random(in: 0...UInt64.max))"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let logPath = "\(directory)/log"
            let child = try ChildProcess(
                ["env", "TMPDIR=\(directory)", SystemTest.binary, "lab", "--fleet"],
                output: .file(logPath)
            )
            var log = ""
            let deadline = ContinuousClock.now + .seconds(90)
            while !log.contains(when), child.poll() == nil, ContinuousClock.now < deadline {
                Pause.sleep(.milliseconds(50))
                log = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
            }
            #expect(log.contains(when), "\(log)")
            child.signal(signal)
            let ending = child.wait(limit: .seconds(30))
            #expect(ending == (signal == 9 ? .signalled(9) : .exited(130)), "\(log)")
            func left() throws -> [Substring] {
                let output = try CommandOutput.run(["ps", "-eo", "args"], limit: .seconds(5)).output
                return output.split(separator: "\n").filter { $0.contains(directory) || $0.contains("fleet-traffic") }
            }
            for _ in 0..<100 where try !left().isEmpty { Pause.sleep(.milliseconds(50)) }
            #expect(try left().isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["log"])
        }
    }
}
