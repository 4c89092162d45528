import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

extension SystemTests {
    /// The command `teredo lab`.
    @Suite struct LabCommandTests {
        @Test("the simulated lab ends with status 0 and prints the seed that repeats it")
        func simulated() throws {
            let first = try CommandOutput.run([SystemTest.binary, "lab"], limit: .seconds(60))
            #expect(first.isSuccess, "\(first.output)\(first.error)")
            let seed = try #require(
                first.output.split(separator: " ").last.map { String($0.prefix(while: \.isNumber)) }
            )
            let again = try CommandOutput.run([SystemTest.binary, "lab", "--seed", seed], limit: .seconds(60))
            #expect(again.output == first.output)
        }

        @Test("the kernel lab ends with status 0, its JSON says that everything connects, and nothing is left")
        func kernel() throws {
            try SystemTest.requirePrivileges()
            let output = try CommandOutput.run([SystemTest.binary, "lab", "--kernel", "--json"], limit: .seconds(90))
            #expect(output.isSuccess, "\(output.error)")
            let report = try JSONDecoder().decode(LabReport.self, from: Data(output.output.utf8))
            #expect(report.isSuccess && report.checks.count == 8)
            // ping may end before the last reply to it comes on a busy machine.
            #expect(report.checks.allSatisfy { $0.received >= $0.sent - 1 }, "\(report.checks)")
        }

        @Test("interrupted or killed in the middle, the kernel lab takes everything with it", arguments: [2, 15, 9])
        func interrupted(signal: Int32) throws {
            try SystemTest.requirePrivileges()
            let directory = TestDirectory.make()
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let logPath = "\(directory)/log"
            let child = try ChildProcess(
                ["env", "TMPDIR=\(directory)", SystemTest.binary, "lab", "--kernel", "--hold"],
                output: .file(logPath)
            )
            let deadline = ContinuousClock.now + .seconds(60)
            var log = ""
            while !log.contains("client-b is qualified"), ContinuousClock.now < deadline {
                Pause.sleep(.milliseconds(50))
                log = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
            }
            #expect(log.contains("client-b is qualified"), "\(log)")
            let processes = try Self.processes(mentioning: directory)
            #expect(processes.count >= 4, "the daemons run: \(processes)")
            child.signal(signal)
            let ending = child.wait(limit: .seconds(30))
            #expect(ending == (signal == 9 ? .signalled(9) : .exited(130)), "\(log)")
            for _ in 0..<100 where try !Self.processes(mentioning: directory).isEmpty { Pause.sleep(.milliseconds(50)) }
            #expect(try Self.processes(mentioning: directory).isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["log"])
        }

        /// The command lines of our roles whose control socket is in `directory`.
        private static func processes(mentioning directory: String) throws -> [String] {
            let output = try CommandOutput.run(["ps", "-eo", "args"], limit: .seconds(5)).output
            return output.split(separator: "\n").map(String.init).filter {
                $0.contains("--control-socket \(directory)")
            }
        }
    }
}

/// Names for directories of tests.
private enum TestDirectory {
    static func make() -> String {
        let base = ChildProcess.environmentVariable("TMPDIR") ?? "/tmp"
        return "\(base)/teredo-lab-test-\(UInt64.random(in: 0...UInt64.max))"
    }
}
