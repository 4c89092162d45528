import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

/// Commands of a document, run on the hosts of a lab as they are written there.
///
/// The document has a comment in front of each block, such as `<!-- run: home -->`, which is not seen when it is rendered. A host keeps
/// one `/run` for all of its blocks, so that a command finds the role of an earlier one.
struct DocumentedSteps {
    /// What is written in the place of the address that only the run knows.
    typealias Replacement = (text: String, with: String)

    let lab: KernelLab
    let document: String

    /// Makes the programs that the commands call by name: `teredo`, a `sudo` for whoever is root already, and in the place of ssh
    /// one that only reads the greeting of the port.
    init(_ document: String, in lab: KernelLab) throws {
        self.lab = lab
        self.document = document
        try FileManager.default.createDirectory(atPath: "\(lab.directory)/bin", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(lab.directory)/bin/teredo",
            withDestinationPath: SystemTest.binary
        )
        try makeProgram("sudo", "#!/bin/sh\nexec \"$@\"\n")
        try makeProgram(
            "ssh",
            """
            #!/usr/bin/env python3
            import socket, sys
            address = sys.argv[1].partition("@")[2]
            print(socket.create_connection((address, 22), 10).recv(100).decode().strip())

            """
        )
    }

    private func makeProgram(_ name: String, _ text: String) throws {
        let path = "\(lab.directory)/bin/\(name)"
        try Data(text.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    /// The code block behind a mark, without its indentation.
    static func block(_ mark: String, of document: String) throws -> String {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        let text = try String(contentsOfFile: "\(root)/\(document)", encoding: .utf8)
        let behind = try #require(text.split(separator: "<!-- \(mark) -->\n\n").dropFirst().first, "\(mark)")
        let lines = behind.split(separator: "\n", omittingEmptySubsequences: false)
            .prefix { $0.hasPrefix("    ") || $0.isEmpty }
        return lines.map { String($0.dropFirst(4)) }.joined(separator: "\n") + "\n"
    }

    /// The commands of the code block behind a mark: its lines with a prompt.
    func commands(_ mark: String) throws -> [String] {
        let commands = try Self.block(mark, of: document).split(separator: "\n").filter { $0.hasPrefix("$ ") }
            .map { String($0.dropFirst(2)) }
        try #require(!commands.isEmpty, "\(document): \(mark)")
        return commands
    }

    /// Runs the commands of blocks one after the other, a role beside those that follow it; every one of them must succeed.
    ///
    /// `ready` tells when a role has been started, `end` is what to do after the last command.
    func start(
        _ marks: [String],
        on host: KernelHost,
        until ready: String = "true",
        then end: String = "echo done",
        replacing replacements: [Replacement] = []
    ) throws -> RunningProgram {
        let run = "\(lab.directory)/run-\(host.rawValue)"
        try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
        var script = """
            set -eu
            mount --bind '\(run)' /run
            PATH='\(lab.directory)/bin':$PATH
            role=
            trap 'test -z "$role" || kill $role; wait' EXIT
            trap 'exit 0' TERM

            """
        for command in try marks.flatMap(commands) {
            let command = replacements.reduce(command) { $0.replacing($1.text, with: $1.with) }
            let isRole = ["teredo gateway ", "teredo client "].contains { command.contains($0) }
            guard isRole else {
                script += command + "\n"
                continue
            }
            script += """
                \(command) & role=$!
                tries=0
                until \(ready) >/dev/null 2>&1; do
                    tries=$((tries + 1)); test $tries -lt 150; kill -0 $role; sleep 0.1
                done

                """
        }
        let name = marks.joined(separator: "-").filter { $0.isLetter || $0 == "-" }
        let path = "\(lab.directory)/steps-\(name)"
        try Data((script + end + "\n").utf8).write(to: URL(filePath: path))
        let logPath = "\(path).log"
        let process = try ChildProcess(
            lab[host].inside(["unshare", "--mount", "sh", path]),
            output: .file(logPath)
        )
        return RunningProgram(process: process, logPath: logPath)
    }
}
