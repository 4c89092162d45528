import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// docs/migration.md: from Miredo to this program with the settings that it had, and back.
    @Suite struct MigrationTests {
        @Test(
            "each role of Miredo is replaced with its imported settings, and Miredo can be started again in its place",
            arguments: [LabRole.client, .server, .relay]
        )
        func replacement(role: LabRole) throws {
            try SystemTest.requirePrivileges(miredo: true)
            let lab = try SystemTest.lab()
            defer { lab.close() }
            var miredo: RunningRole?
            for other in [LabRole.server, .relay, .client] {
                let running = try lab.start(other, by: other == role ? .miredo : .teredo)
                if other == role { miredo = running }
                if other != .client { try lab.waitUntilServing(running) }
            }
            try Self.expectNativeHost(in: lab, "with Miredo")
            let before = try lab.qualifiedAddress(of: .clientA)
            lab.stop(try #require(miredo))

            let host = lab.usualHost(of: role)
            let name = "\(lab.directory)/\(host.rawValue)-\(role.rawValue)"
            let imported = try CommandOutput.run(
                [SystemTest.binary, "config", "import-miredo", "\(name).conf"],
                limit: .seconds(20)
            )
            try #require(imported.isSuccess, "\(imported.error)")
            try Data(imported.output.utf8).write(to: URL(filePath: "\(name).yaml"))
            let command = [
                SystemTest.binary, role.rawValue, "--config", "\(name).yaml", "--control-socket", "\(name).sock",
            ]
            let process = try ChildProcess(lab[host].inside(command), output: .file("\(name)-imported.log"))
            let ours = RunningProgram(process: process, logPath: "\(name)-imported.log")
            try Self.expectNativeHost(in: lab, "imported: \(ours.lines)")
            let after = try lab.qualifiedAddress(of: .clientA)
            #expect(after.server == before.server)
            if role != .client { #expect(after == before, "the client noticed") }

            ours.process.terminate()
            try lab.start(role, by: .miredo)
            try Self.expectNativeHost(in: lab, "with Miredo again")
        }

        /// Client A reaches the native host, after some time for whatever was exchanged.
        private static func expectNativeHost(in lab: KernelLab, _ what: String) throws {
            let isReached = try lab.wait(upTo: .seconds(60)) {
                try lab.ping(KernelAddresses.native, from: .clientA).isReachable
            }
            #expect(isReached, "\(what)")
        }
    }
}
