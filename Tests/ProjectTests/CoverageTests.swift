import Foundation
import Testing

@Suite struct CoverageTests {
    /// Runs a copy of scripts/coverage --check in `root`; cancels the test where there is no Python.
    static func check(in root: URL) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", root.appendingPathComponent("scripts/coverage").path, "--check"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationStatus == 127 { try Test.cancel("python3 is not installed") }
        return (process.terminationStatus, text)
    }

    /// The rows of docs/rules.txt: id and status.
    static func rules() throws -> [(id: String, status: String)] {
        try Project.text("docs/rules.txt").split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.components(separatedBy: " | ")
            return (parts[0], parts[1])
        }
    }

    @Test("docs/coverage.md is current, and every required rule has a source and a test")
    func current() throws {
        let (status, output) = try Self.check(in: Project.root)
        #expect(status == 0, "\(output)")
    }

    @Test("The list of rules is complete: V, AP12, T, R, S, D, I, X, Y, SEC and the extensions of RFC 6081")
    func complete() throws {
        var expected = (1...14).map { "V\($0)" } + ["AP12"]
        expected += "abcdefgh".map { "T-\($0)" } + (1...5).map { "T\($0)" }
        expected += (0...9).map { "R\($0)" } + ["R9a", "R9b", "R10"]
        expected += (1...6).map { "S\($0)" } + ["S7a", "S7b", "S7b-t", "S7c", "S7d"]
        expected += (1...8).map { "D\($0)" } + (1...10).map { "I\($0)" } + (1...3).map { "X\($0)" }
        expected += (1...13).map { "Y\($0)" }
        for range in [1...26, 30...47, 50...56, 60...64] {
            expected += range.map { $0 < 10 ? "SEC-0\($0)" : "SEC-\($0)" }
        }
        for (name, count) in [("SNS", 6), ("TR", 2), ("UPNP", 5), ("PP", 8), ("SS", 5), ("HP", 3), ("SLR", 4)] {
            expected += (1...count).map { "\(name)-\($0)" }
        }
        // SEC-27 to SEC-29, 48, 49 and 57 to 59 do not exist.
        #expect(try Self.rules().map(\.id) == expected)
    }

    @Test("Only what cannot be tested now is excused, with the reason")
    func excuses() throws {
        let excused = try Self.rules().filter { $0.status != "required" }.map(\.id)
        let expected = [15, 16, 18, 19, 26, 36].map { "SEC-\($0)" }
        #expect(excused == expected)
    }

    @Test("A rule without source, one without test, one in no document and a test of no rule are reported")
    func gaps() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: root) }
        let files = [
            "scripts/coverage": try Project.text("scripts/coverage"),
            "docs/rules.txt": "## Rules\nV1 | required | one\nV2 | required | two\nV3 | required | three\n"
                + "V4 | document: why | four\nV5 | document: why | five\n",
            "docs/guide.md": "It is so (V4).\n",
            "docs/coverage.md": "old\n",
            "Sources/A/A.swift": "/// Implements V1 and\n/// V3.\nlet text = \"V2\"\n",
            "Tests/ATests/ATests.swift":
                "@Test(\"V1, V2: both\") func a() {}\n@Test(\n    \"R99: none\"\n) func b() {}\n",
        ]
        for (path, text) in files {
            let file = root.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }
        let (status, output) = try Self.check(in: root)
        #expect(status == 1)
        let lines = output.split(separator: "\n")
        #expect(lines.count == 5, "\(output)")
        #expect(lines.contains { $0.contains("V5 is in no document") })
        #expect(lines.contains { $0.contains("V2 has no source") })
        #expect(lines.contains { $0.contains("V3 has no test") })
        #expect(lines.contains { $0.contains("R99 is named by a test but not in docs/rules.txt") })
        #expect(lines.contains { $0.contains("docs/coverage.md is not current") })
    }
}
