import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

extension SystemTests {
    /// scripts/probe-servers, in a network in which one server answers and the others do not.
    @Suite struct ProbeServersTests {
        private static let script =
            #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
            .joined(separator: "/") + "/scripts/probe-servers"

        private static func row(_ name: String, _ state: String) -> String {
            "\(name)\t\(state)\t-\tsaid\tsomebody\t2026-11-29"
        }

        /// What the script prints about a list, and its exit status as `isSuccess`.
        private static func probe(_ rows: [String], _ words: [String] = [], in lab: KernelLab) throws -> CommandOutput {
            let list = "\(lab.directory)/servers.tsv"
            try Data((["# a list"] + rows).joined(separator: "\n").utf8).write(to: URL(filePath: list))
            let command = ["env", "TEREDO=\(SystemTest.binary)", Self.script, "--list", list] + words
            return try lab[.clientA].run(command, limit: .seconds(60))
        }

        @Test("a list that is right passes; what it gets wrong, and what cannot be told from here, is marked")
        func probe() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let right = try Self.probe(
                [Self.row(KernelAddresses.server, "reported"), Self.row(KernelAddresses.dualStack, "gone")],
                in: lab
            )
            #expect(right.isSuccess, "\(right)")
            let lines = right.output.split(separator: "\n")
            try #require(lines.count == 2, "\(right)")
            #expect(lines[0].hasPrefix("\(KernelAddresses.server)  ") && lines[0].contains("works: primary after "))
            #expect(lines[1].contains("no-server") || lines[1].contains("server-silent"), "\(lines[1])")
            let wrong = try Self.probe(
                [Self.row(KernelAddresses.server, "gone"), Self.row(KernelAddresses.dualStack, "unknown")],
                in: lab
            )
            #expect(!wrong.isSuccess && wrong.output.components(separatedBy: "otherwise").count == 2, "\(wrong)")
            try lab[.clientA].configure("ip route del default")
            let lost = try Self.probe([Self.row(KernelAddresses.server, "gone")], in: lab)
            #expect(!lost.isSuccess && lost.output.contains("no-route  <- not judged"), "\(lost)")
        }

        @Test("a list of another form, and a server that it has not, are refused before anybody is asked")
        func refusals() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let form = try Self.probe(["192.0.2.1 gone"], in: lab)
            #expect(!form.isSuccess && form.error.contains("servers.tsv:2: expected 6 columns"), "\(form)")
            let name = try Self.probe([Self.row("192.0.2.1", "gone")], ["192.0.2.9"], in: lab)
            #expect(!name.isSuccess && name.error.contains("192.0.2.9 is not in "), "\(name)")
        }
    }
}
