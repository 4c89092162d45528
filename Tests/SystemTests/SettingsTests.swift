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

        @Test("SIGHUP takes over what can change, says what cannot, and keeps address and peers")
        func reload() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let file = "\(lab.directory)/client.yaml"
            try Data("strict: false\n".utf8).write(to: URL(filePath: file))
            let client = try lab.start(.client, arguments: ["--config", file])
            let address = try lab.qualifiedAddress(of: .clientA)
            for (text, answer) in [
                ("log-level: debug\nstrict: true\n", "restart it for them: strict"),
                ("log-level: loud\n", "the settings stay as they are"), ("strict: false\n", "is as it was"),
            ] {
                try Data(text.utf8).write(to: URL(filePath: file))
                client.process.signal(1)
                #expect(try lab.wait(upTo: .seconds(5)) { client.log.contains(answer) }, "\(client.log)")
            }
            #expect(client.log.contains("log-level is now debug"))
            #expect(try lab.qualifiedAddress(of: .clientA) == address)
            #expect(!client.log.contains("withdrawn"))
            #expect(lab.stop(client) == .exited(0))
        }
    }
}
