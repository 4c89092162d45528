import Foundation
import Testing

/// `scripts/layers` holds the code to `scripts/layers.txt`; these tests hold the script to what it promises.
@Suite struct LayeringTests {
    /// What `scripts/layers` prints, and its exit status; cancels the test where there is no Python.
    private static func layers(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", Project.root.appendingPathComponent("scripts/layers").path] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationStatus == 127 { try Test.cancel("python3 is not installed") }
        return (process.terminationStatus, text)
    }

    /// What `scripts/layers --check` says of a tree with these files.
    private static func check(table: String, files: [String: String]) throws -> (status: Int32, output: String) {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, text) in files.merging(["scripts/layers.txt": table], uniquingKeysWith: { $1 }) {
            let file = root.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try text.write(to: file, atomically: false, encoding: .utf8)
        }
        return try layers(["--check", "--root", root.path])
    }

    private static let table = """
        # Reasons are comments.
        TeredoLow pure: DequeModule
        TeredoHigh: TeredoLow Glibc
            folders: Ground Roof .
        """

    private static let sound = [
        "Sources/TeredoLow/Low.swift": "public import DequeModule\n\npublic struct Low {}\n",
        "Sources/TeredoHigh/Ground/Ground.swift": "import Glibc\nimport struct TeredoLow.Low\n\nstruct Ground {}\n",
        "Sources/TeredoHigh/Roof/Roof.swift": "struct Roof {\n    let ground: Ground // not Top\n}\n",
        "Sources/TeredoHigh/Top.swift": "struct Top { let roof: Roof }\n",
    ]

    @Test("Imports, references between folders and determinism are as scripts/layers.txt has them")
    func current() throws {
        let (status, output) = try Self.layers(["--check"])
        #expect(status == 0, "\(output)")
        #expect(output.isEmpty)
    }

    @Test("A tree that keeps to its table is fine")
    func sound() throws {
        let (status, output) = try Self.check(table: Self.table, files: Self.sound)
        #expect(status == 0, "\(output)")
    }

    @Test(
        "What does not keep to the table is named with its file",
        arguments: [
            ("Sources/TeredoLow/Low.swift", "@preconcurrency internal import Foundation", "must not import Foundation"),
            ("Sources/TeredoLow/Low.swift", "import struct Glibc.timespec", "must not import Glibc"),
            ("Sources/TeredoHigh/Top.swift", "package import Logging", "TeredoHigh must not import Logging"),
            ("Sources/TeredoLow/Low.swift", "let now = Date()", "a clock or a task in a pure target"),
            ("Sources/TeredoLow/Low.swift", "let a = ContinuousClock.now", "a clock or a task in a pure target"),
            ("Sources/TeredoLow/Low.swift", "func wait() async {}", "a clock or a task in a pure target"),
            ("Sources/TeredoLow/Low.swift", "var g = SystemRandomNumberGenerator()", "the system's generator"),
            ("Sources/TeredoLow/Low.swift", "let n = Int.random(in: 1...2)", "an implicit generator"),
            ("Sources/TeredoLow/Low.swift", "let n = [1, 2].shuffled()", "an implicit generator"),
            (
                "Sources/TeredoHigh/Ground/Ground.swift", "let roof: Roof?",
                "Ground must not refer to Roof, which is above it: Roof"
            ),
            ("Sources/TeredoHigh/Roof/Roof.swift", "let top: Top?", "Roof must not refer to ., which is above it: Top"),
            ("Sources/TeredoHigh/Cellar/Cellar.swift", "struct Cellar {}", "the folder Cellar is not in layers.txt"),
            ("Sources/TeredoOther/Other.swift", "struct Other {}", "TeredoOther is not in scripts/layers.txt"),
        ]
    )
    func faults(path: String, line: String, message: String) throws {
        var files = Self.sound
        files[path, default: ""] += line + "\n"
        let (status, output) = try Self.check(table: Self.table, files: files)
        #expect(status == 1)
        #expect(output.split(separator: "\n").count == 1, "\(output)")
        #expect(output.contains(message), "\(output)")
    }

    @Test(
        "A table that is not sound itself is refused",
        arguments: [
            ("TeredoLow pure:\nTeredoHigh: TeredoLow Glibc\n", "TeredoLow must not import DequeModule"),
            ("TeredoHigh: TeredoLow Glibc\nTeredoLow pure: DequeModule\n", "TeredoHigh is above TeredoLow"),
            ("TeredoLow pure: DequeModule Glibc\nTeredoHigh: TeredoLow Glibc\n", "TeredoLow is pure and reaches Glibc"),
            (Self.table + "\nTeredoGone:\n", "TeredoGone is in scripts/layers.txt only"),
            (Self.table + "\nTeredoHigh: TeredoLow Glibc\n", "'TeredoHigh' is not expected here"),
            ("TeredoLow pure: DequeModule\nTeredoHigh: TeredoLow Glibc\n folders: Ground . Attic Roof", "Attic"),
            (Self.table + "\nTeredoLow\n", "expected 'Target: modules'"),
        ]
    )
    func tables(table: String, message: String) throws {
        let (status, output) = try Self.check(table: table, files: Self.sound)
        #expect(status == 1)
        #expect(output.contains(message), "\(output)")
    }

    @Test("The matrix shows who refers to whom")
    func matrix() throws {
        let (status, output) = try Self.layers(["TeredoControl"])
        #expect(status == 0)
        let rows = output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(rows.first == ["TeredoControl"])
        #expect(rows.dropFirst().first == ["Reports", "Metrics", "Protocol", "Server", "Client"])
        let server = try #require(rows.first { $0.first == "Server" })
        #expect(server.count == 5 && server.dropFirst().prefix(3).allSatisfy { Int($0) ?? 0 > 0 }, "\(server)")
        #expect(try Self.layers(["TeredoNowhere"]).status != 0)
    }
}
