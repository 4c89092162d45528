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
                ("log-level: debug\nstrict: true\n", "restart it for them: strict"),
                ("log-level: loud\n", "the settings stay as they are"), ("strict: false\n", "is as it was"),
            ] {
                try Data(text.utf8).write(to: URL(filePath: file))
                client.process.signal(1)
                #expect(try lab.wait(upTo: .seconds(20)) { client.log.contains(answer) }, "\(client.log)")
            }
            for (text, said, status) in [
                ("strict: true\n", "warning: settings that cannot change", 0),
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
            try lab.start(.client, on: .clientB)
            let addresses = try (lab.qualifiedAddress(of: .clientA), lab.qualifiedAddress(of: .clientB))
            let sink = try Python.start(Self.sink, on: .clientB, of: lab, name: "sink")
            defer { sink.stop() }
            #expect(try lab.wait(upTo: .seconds(10)) { sink.lines.contains("listening") })
            let source = try Python.start(
                Self.source,
                [addresses.1.ipv6.description],
                on: .clientA,
                of: lab,
                name: "source"
            )
            defer { source.stop() }
            #expect(try lab.wait(upTo: .seconds(10)) { source.lines.contains("flowing") })
            let text = """
                server-check-interval: 1
                refresh-interval: 10
                port-mapping: auto
                transit: false
                hairpinning: everyone
                disable-extension: [sequential]

                """
            try Data(text.utf8).write(to: URL(filePath: file))
            client.process.signal(1)
            let keys = "server-check-interval, refresh-interval, transit, hairpinning, port-mapping, disable-extension"
            let isAdopted = try lab.wait(upTo: .seconds(20)) { client.log.contains("settings read again") }
            #expect(isAdopted, "\(client.log)")
            for key in keys.split(separator: ", ") { #expect(client.log.contains(key), "\(key): \(client.log)") }
            #expect(!client.log.contains("restart it"), "\(client.log)")
            #expect(try lab.wait(upTo: .seconds(20)) { sink.lines.contains("2000 in order") }, "\(source.lines)")
            // Retransmission timeouts in a row would say that the flow stood still.
            #expect(try lab.wait(upTo: .seconds(20)) { source.lines.contains("backoff 0") }, "\(source.lines)")
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

        /// Sends 2000 numbers in 4 s and tells how often the retransmission timer backed off in the end.
        private static let source = """
            import socket, struct, sys, time
            s = socket.create_connection((sys.argv[1], 5001), timeout=10)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for i in range(2000):
                s.sendall(struct.pack("!I", i))
                if i == 200: print("flowing")
                time.sleep(0.002)
            s.shutdown(socket.SHUT_WR)
            s.recv(1)
            print("backoff", s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[4])
            """

        private static let sink = """
            import socket, struct
            s = socket.socket(socket.AF_INET6)
            s.bind(("::", 5001)); s.listen(1); print("listening")
            c, _ = s.accept()
            data = b""
            while chunk := c.recv(65536): data += chunk
            numbers = struct.unpack(f"!{len(data) // 4}I", data)
            print(len(numbers), "in order" if list(numbers) == list(range(len(numbers))) else "out of order")
            c.sendall(b"x")
            """
    }
}
