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

        @Test("SIGHUP and teredo reload take over what can change, say what cannot, and keep address and peers")
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
                ("log-level: debug\nstrict: true\n", "cannot change while it runs: strict"),
                ("log-level: loud\n", "the settings stay as they are"), ("strict: false\n", "nothing else changed"),
            ] {
                try Data(text.utf8).write(to: URL(filePath: file))
                client.process.signal(1)
                #expect(try lab.wait(upTo: .seconds(20)) { client.log.contains(answer) }, "\(client.log)")
            }
            for (text, said, status) in [
                ("strict: true\n", "warning: restart the role to apply settings", 0),
                ("log-level: loud\n", "error: the settings stay as they are", 1),
            ] as [(String, String, CInt)] {
                try Data(text.utf8).write(to: URL(filePath: file))
                let socket = try #require(client.controlSocket)
                let command = [SystemTest.binary, "reload", "--control-socket", socket]
                let output = try CommandOutput.run(command, limit: .seconds(5))
                #expect(output.ending == .exited(status) && output.output.contains(said), "\(output)")
            }
            #expect(client.log.contains("log-level is now debug"))
            #expect(try lab.qualifiedAddress(of: .clientA) == address)
            #expect(!client.log.contains("withdrawn"))
            #expect(lab.stop(client) == .exited(0))
        }

        @Test("SIGHUP under a TCP flow changes servers, intervals and traversal, and the flow does not notice")
        func reloadUnderFlow() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let file = "\(lab.directory)/client.yaml"
            try Data("port-mapping: off\n".utf8).write(to: URL(filePath: file))
            let client = try lab.start(.client, arguments: ["--config", file])
            try lab.start(.client, on: .clientB, arguments: ["--allow", "tcp/5001"])
            let addresses = try (lab.qualifiedAddress(of: .clientA), lab.qualifiedAddress(of: .clientB))
            let text = """
                server-check-interval: 1
                refresh-interval: 10
                port-mapping: auto
                transit: false
                hairpinning: everyone
                disable-extension: [sequential]

                """
            let keys = "server-check-interval, refresh-interval, transit, hairpinning, port-mapping, disable-extension"
            try NumberedFlow.run(from: .clientA, to: .clientB, addresses.1.ipv6.description, in: lab) {
                try Data(text.utf8).write(to: URL(filePath: file))
                client.process.signal(1)
                let isAdopted = try lab.wait(upTo: .seconds(20)) { client.log.contains("settings read again") }
                #expect(isAdopted, "\(client.log)")
                Pause.sleep(.seconds(3))
            }
            for key in keys.split(separator: ", ") { #expect(client.log.contains(key), "\(key): \(client.log)") }
            #expect(!client.log.contains("restart it"), "\(client.log)")
            #expect(try lab.qualifiedAddress(of: .clientA) == addresses.0)
            #expect(!client.log.contains("withdrawn"))
            let status = try #require(try lab.statusText(of: client))
            #expect(status.contains("Client Refresh Interval : 10 seconds"), "\(status)")
        }

        @Test("SIGHUP gives a running server other secrets and limits, on all its threads")
        func reloadServer() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let (file, secrets) = ("\(lab.directory)/server.yaml", "\(lab.directory)/secrets")
            try Data("alice key\n".utf8).write(to: URL(filePath: secrets))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secrets)
            try Data("workers: 2\n".utf8).write(to: URL(filePath: file))
            let server = try lab.start(.server, arguments: ["--config", file])
            try lab.waitUntilServing(server)
            let first = try lab.start(.client)
            _ = try lab.qualifiedAddress(of: .clientA)
            _ = lab.stop(first)
            try Data("workers: 2\nrequire-authentication: true\nsecrets-file: \(secrets)\n".utf8)
                .write(to: URL(filePath: file))
            server.process.signal(1)
            let isAdopted = try lab.wait(upTo: .seconds(20)) {
                server.log.contains("settings read again: secrets-file, require-authentication changed")
            }
            #expect(isAdopted, "\(server.log)")
            // Whoever has the secret is answered, whoever has not is not.
            try lab.start(.client, arguments: ["--secret-file", secrets])
            _ = try lab.qualifiedAddress(of: .clientA)
            try lab.start(.client, on: .clientB)
            #expect(try !lab.wait(upTo: .seconds(3)) { try lab.teredoAddress(of: .clientB) != nil })
            let status = try #require(try lab.statusText(of: server))
            #expect(status.contains("required, 1 client secret"), "\(status)")
        }
    }
}
