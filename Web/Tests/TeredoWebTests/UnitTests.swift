import Foundation
import Testing

@Suite("The unit")
struct UnitTests {
    private struct Outcome {
        let status: Int32
        let output: String
    }

    private func run(_ arguments: [String]) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: output)
    }

    @Test("systemd accepts it and finds it hardened")
    func hardened() throws {
        guard try run(["sh", "-c", "command -v systemd-analyze"]).status == 0 else {
            try Test.cancel("systemd-analyze is not installed")
        }
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let unit = try String(contentsOf: root.appending(path: "packaging/systemd/teredo-web.service"), encoding: .utf8)
        let folder = FileManager.default.temporaryDirectory.appending(path: "tw-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "teredo-web.service")
        // The check wants a program that exists.
        try unit.replacing("/usr/bin/teredo-web", with: "/bin/true").write(to: file, atomically: false, encoding: .utf8)
        let verified = try run(["systemd-analyze", "verify", "--man=no", file.path])
        #expect(verified.status == 0 && verified.output.isEmpty, "\(verified.output)")
        let secured = try run(["systemd-analyze", "security", "--offline=true", "--threshold=15", file.path])
        #expect(secured.status == 0, "\(secured.output)")
        // Of nobody else's group, and with nothing of its own.
        #expect(unit.contains("\nDynamicUser=yes\nSupplementaryGroups=teredo\n"))
        #expect(unit.contains("\nCapabilityBoundingSet=\n"))
    }
}
