import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// Clients that take their settings from a file.
    @Suite struct SettingsTests {
        @Test("SEC-21: a restart keeps port, random flag bits and so the address, killed or not")
        func restartKeepsAddress() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let file = "\(lab.directory)/client.yaml"
            try Data("state-file: \(lab.directory)/state/client\nstrict: true\n".utf8).write(to: URL(filePath: file))
            var addresses: Set<TeredoAddress> = []
            for isKilled in [false, true, false] {
                let client = try lab.start(.client, arguments: ["--config", file])
                addresses.insert(try lab.qualifiedAddress(of: .clientA))
                if isKilled { lab.kill(client) } else { _ = lab.stop(client) }
            }
            #expect(addresses.count == 1, "\(addresses)")
        }
    }
}
