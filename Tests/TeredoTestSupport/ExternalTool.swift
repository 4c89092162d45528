import Foundation

/// A program of the system that tests use as an independent judge.
package struct ExternalTool: Sendable {
    /// What a run left behind.
    package struct Outcome: Sendable {
        /// The exit status.
        package let status: Int32
        /// Standard output.
        package let output: String
        /// Standard error.
        package let error: String
    }

    private let executable: URL

    /// Finds `name` in the search path; `nil` when it is not installed.
    package init?(_ name: String) {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin:/usr/sbin:/sbin"
        let candidate = path.split(separator: ":").map { URL(fileURLWithPath: "\($0)/\(name)") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
        guard let candidate else { return nil }
        executable = candidate
    }

    /// Runs the program to its end; input and output go through files, so that nothing can block.
    package func run(_ arguments: [String], input: [UInt8] = []) throws -> Outcome {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let files = ["in", "out", "err"].map(directory.appendingPathComponent)
        for file in files { try Data(file == files[0] ? input : []).write(to: file) }
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try process.run()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus,
            output: try String(contentsOf: files[1], encoding: .utf8),
            error: try String(contentsOf: files[2], encoding: .utf8)
        )
    }
}
