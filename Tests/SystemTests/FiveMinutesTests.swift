import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

extension SystemTests {
    /// The path from two bare hosts to a ping that README.md describes, as it is written there.
    @Suite struct FiveMinutesTests {
        /// Where the ping of README.md goes, on the Internet and in the lab.
        private static let target = "2606:4700:4700::1111"

        @Test("the commands of README.md for a gateway and for a client behind a NAT end in an answered ping -6")
        func path() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            // As on the Internet: nobody routes 2001::/32.
            try lab[.internet].configure(
                """
                ip route del 2001::/32
                ip route add \(Self.target)/128 via \(KernelAddresses.native)
                """
            )
            try lab[.native].configure("ip address add \(Self.target)/128 dev lo")
            try makePrograms(in: lab)
            let gateway = try start(
                "A",
                until: "teredo status",
                then: "echo serving; wait",
                on: .server,
                of: lab
            )
            defer { gateway.stop() }
            let isServing = try lab.wait(upTo: .seconds(20)) { gateway.lines.contains("serving") }
            try #require(isServing, "\(gateway.lines)")
            let client = try start(
                "B",
                until: "teredo status | grep -q '^State .*: qualified'",
                then: "echo answered",
                on: .clientA,
                of: lab
            )
            defer { client.stop() }
            _ = client.process.wait(limit: .seconds(60))
            #expect(client.lines.contains { $0.contains(" 0% packet loss") }, "\(client.lines)")
            #expect(client.lines.contains("answered"), "\(client.lines) \(gateway.lines)")
        }

        /// The directory with `teredo`, and with a `sudo` for whoever is root already.
        private func makePrograms(in lab: KernelLab) throws {
            try FileManager.default.createDirectory(atPath: "\(lab.directory)/bin", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: "\(lab.directory)/bin/teredo",
                withDestinationPath: SystemTest.binary
            )
            let sudo = "\(lab.directory)/bin/sudo"
            try Data("#!/bin/sh\nexec \"$@\"\n".utf8).write(to: URL(filePath: sudo))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: sudo)
        }

        /// Runs the commands for a host one after the other, roles beside the others, in a `/run` of their own.
        private func start(
            _ name: String,
            until ready: String,
            then end: String,
            on host: KernelHost,
            of lab: KernelLab
        ) throws -> RunningProgram {
            var script = """
                set -eu
                mount -t tmpfs tmpfs /run
                PATH='\(lab.directory)/bin':$PATH
                role=
                trap 'test -z "$role" || kill $role; wait' EXIT
                trap 'exit 0' TERM

                """
            let commands = try commands(forHost: name)
            for command in commands {
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
            let path = "\(lab.directory)/host-\(name)"
            try Data((script + end + "\n").utf8).write(to: URL(filePath: path))
            let logPath = "\(path).log"
            let process = try ChildProcess(
                lab[host].inside(["unshare", "--mount", "sh", path]),
                output: .file(logPath)
            )
            return RunningProgram(process: process, logPath: logPath)
        }

        /// The commands in the code block behind the mark for a host.
        private func commands(forHost name: String) throws -> [String] {
            let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
            let readme = try String(contentsOfFile: root.joined(separator: "/") + "/README.md", encoding: .utf8)
            let lines = readme.split(separator: "\n", omittingEmptySubsequences: false)
            let mark = try #require(lines.firstIndex(of: "<!-- five minutes: host \(name) -->"))
            let commands = lines[(mark + 1)...].drop { $0.isEmpty }.prefix { $0.hasPrefix("    ") }
                .filter { $0.hasPrefix("    $ ") }.map { String($0.dropFirst(6)) }
            try #require(!commands.isEmpty)
            return commands
        }
    }
}
