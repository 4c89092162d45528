import Foundation
import TeredoLinux
import TeredoTestSupport
import Testing

/// `teredo explain` and the pictures of `teredo lab`, as a user runs them.
@Suite("explain on the command line")
struct ExplainCommandTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let windows = root.appendingPathComponent(
        "Tests/TeredoProtocolTests/Captures/windows-xp-microsoft-server.pcap"
    ).path

    private func run(_ script: String, _ arguments: [String] = []) throws -> CommandOutput {
        let command = ["sh", "-c", script, CommandTests.program, Self.windows] + arguments
        return try CommandOutput.run(command, limit: .seconds(60))
    }

    @Test("a file and a pipe give the same, and the exit status is 0")
    func fileAndPipe() throws {
        let file = try run("exec \"$0\" explain \"$1\"")
        #expect(file.ending == .exited(0) && file.error.isEmpty, "\(file)")
        #expect(file.output.contains("client A -> relay"))
        let pipe = try run("cat \"$1\" | \"$0\" explain -")
        #expect(pipe.ending == .exited(0) && pipe.output == file.output)
        let redirected = try run("exec \"$0\" explain - < \"$1\"")
        #expect(redirected.output == file.output)
    }

    @Test("a pipe with a name is read like any other, and waiting for who writes to it can be ended")
    func namedPipe() throws {
        let pipe = FileManager.default.temporaryDirectory.path + "/teredo-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: pipe) }
        let read = try run("mkfifo \"$2\" && { cat \"$1\" > \"$2\" & exec \"$0\" explain \"$2\"; }", [pipe])
        #expect(read.ending == .exited(0) && read.output.contains("client A -> relay"), "\(read)")
        let waiting = try run("timeout --preserve-status -k 20 2 \"$0\" explain \"$2\"", [pipe])
        #expect(waiting.ending != .exited(137) && waiting.output.isEmpty, "\(waiting)")
    }

    @Test("the locale decides about the characters, COLUMNS about the width")
    func surroundings() throws {
        let ascii = try run("LC_ALL=C exec \"$0\" explain \"$1\"")
        #expect(ascii.output.utf8.allSatisfy { $0 < 0x80 })
        let unicode = try run("LC_ALL=C.UTF-8 exec \"$0\" explain \"$1\"")
        #expect(unicode.output.contains("─────>│") && unicode.output.contains("⇒ client A: qualified"))
        let narrow = try run("COLUMNS=40 exec \"$0\" explain --summary \"$1\"")
        let wide = try run("COLUMNS=120 exec \"$0\" explain --summary \"$1\"")
        #expect(narrow.output.contains("|------->|"), "\(narrow.output)")
        #expect(wide.output.split(separator: "\n").contains { $0.count > 90 && $0.contains("|------") })
        let tiny = try run("COLUMNS=20 exec \"$0\" explain --summary \"$1\"")
        #expect(tiny.output.replacing("\n", with: " ").contains("--svg FILE"))
    }

    @Test("a damaged file is explained up to there; the error says where, and the exit status is 1")
    func damaged() throws {
        let result = try run("head -c 20000 \"$1\" | \"$0\" explain -")
        #expect(result.ending == .exited(1))
        #expect(result.output.contains("router advertisement") && result.output.contains("Conversations"))
        #expect(result.error.contains("standard input: packet "), "\(result.error)")
        #expect(result.error.contains("at octet ") && result.error.contains("the file ends too early"))
        let nothing = try run("echo hello | \"$0\" explain -")
        #expect(nothing.ending == .exited(1) && nothing.output.isEmpty)
        #expect(nothing.error.contains("the file is not a capture (pcap or pcapng): it begins with 0x68656c6c"))
        let missing = try run("exec \"$0\" explain /nowhere.pcap")
        #expect(missing.ending == .exited(1) && missing.error.contains("/nowhere.pcap: No such file or directory"))
        let folder = try run("exec \"$0\" explain /")
        let words = "Error: /: Is a directory\n  give a capture file that you may read\n"
        #expect(folder.ending == .exited(1) && folder.error == words, "\(folder)")
    }

    @Test("a capture without Teredo is exit status 1, and says what was in it")
    func other() throws {
        // The first five packets of the capture are DNS and the like.
        let result = try run("exec \"$0\" explain --filter 192.0.2.1 \"$1\"; :")
        #expect(result.ending == .exited(0))
        #expect(!result.output.contains("router advertisement"))
        let head = try run("head -c 24 \"$1\" | \"$0\" explain -")
        #expect(head.ending == .exited(1) && head.error.contains("no Teredo in 0 packets"), "\(head)")
    }

    @Test(
        "bad usage is exit status 64 and says what is wrong",
        arguments: [
            ("--filter nonsense", "'nonsense' is not an IPv4 address"), ("--rows -1", "--rows"), ("--svg -", "--svg -"),
            ("--rows 0 --svg x.svg", "--rows 0 leaves out"), ("", "file"),
        ]
    )
    func usage(arguments: String, message: String) throws {
        let file = arguments.isEmpty ? "" : "\"$1\""
        let result = try run("exec \"$0\" explain \(arguments) \(file)")
        #expect(result.ending == .exited(64), "\(result)")
        #expect(result.error.contains(message), "\(result.error)")
    }

    @Test("--json prints an object a line, the last one is the summary")
    func json() throws {
        let result = try run("exec \"$0\" explain --json \"$1\"")
        let lines = result.output.split(separator: "\n").map(String.init)
        let objects = try lines.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
        #expect(objects.count == 30 && objects.allSatisfy { $0?["schemaVersion"] as? Int == 1 })
        #expect(objects.dropLast().allSatisfy { $0?["kind"] as? String == "packet" })
        #expect(objects.last??["kind"] as? String == "summary")
        let full = try run("exec \"$0\" explain --json \"$1\" > /dev/full")
        #expect(full.ending == .exited(1) && full.error.contains("standard output"))
    }

    @Test("--svg writes a picture, of a capture and of the lab; a folder that is not there is an error")
    func pictures() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, command) in [
            ("capture", "explain --summary \"$1\""), ("lab", "lab --seed 1"),
            ("scenarios", "lab --all-scenarios --seed 1"), ("scenario", "lab --scenario same-link --seed 1"),
        ] {
            let file = folder.appendingPathComponent("\(name).svg")
            let result = try run("exec \"$0\" \(command) --svg \"$2\"", [file.path])
            #expect(result.ending == .exited(0), "\(result.error)")
            let picture = try String(contentsOf: file, encoding: .utf8)
            #expect(picture.hasPrefix("<svg ") && picture.hasSuffix("</svg>\n"))
            #expect(picture.contains(">client A</text>"))
        }
        let wrong = try run("exec \"$0\" explain --svg /nowhere/x.svg \"$1\"")
        #expect(
            wrong.ending == .exited(1) && wrong.error.contains("/nowhere/x.svg cannot be written"),
            "\(wrong.error)"
        )
        let matrix = try run("exec \"$0\" lab --matrix --svg x.svg")
        #expect(matrix.ending == .exited(64))
    }
}
