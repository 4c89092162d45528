import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// What docs/getting-started.md tells two friends to type, as it is written there.
    @Suite struct GettingStartedTests {
        private static let document = "docs/getting-started.md"
        /// The address of the host at home that the document shows.
        private static let shown = "2001:0:c000:201:1803:1603:39cc:9bf8"

        /// Greets on the port of ssh and on another one.
        private static let services = """
            import select, socket
            listeners = [socket.create_server(("::", port), family=socket.AF_INET6) for port in (22, 8080)]
            print("ready")
            while True:
                for listener in select.select(listeners, [], [])[0]:
                    connection = listener.accept()[0]
                    connection.send(b"SSH-2.0-home\\r\\n")
                    connection.close()
            """

        /// Whether something answers at a port, asked for 2 s.
        private static let knock = """
            import socket, sys
            try: print(socket.create_connection((sys.argv[1], int(sys.argv[2])), 2).recv(100).decode().strip())
            except OSError: print("silent")
            """

        @Test(
            "the commands of docs/getting-started.md bring the friend to ssh at home, with root and without, and nowhere else"
        )
        func friend() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let steps = try DocumentedSteps(Self.document, in: lab)
            let gateway = try steps.start(
                ["run: gateway"],
                on: .server,
                until: "teredo status",
                then: "echo serving; wait"
            )
            defer { gateway.stop() }
            try #require(try lab.wait(upTo: .seconds(20)) { gateway.lines.contains("serving") }, "\(gateway.lines)")
            let services = try Python.start(Self.services, on: .clientA, of: lab, name: "services")
            defer { services.stop() }
            let home = try steps.start(
                ["run: home", "run: home, second terminal"],
                on: .clientA,
                until: "teredo status",
                then: "echo waiting; wait"
            )
            defer { home.stop() }
            try #require(try lab.wait(upTo: .seconds(40)) { home.lines.contains("waiting") }, "\(home.lines)")
            #expect(home.lines.contains { $0.contains(" filtered: answers, ping, tcp/22, udp/27015") })
            let address = try #require(home.lines.compactMap { TeredoAddress($0) }.first, "\(home.lines)")
            let replacement = (text: Self.shown, with: "\(address)")
            let friend = try steps.start(
                ["run: friend", "run: friend, second terminal", "run: friend, in doubt"],
                on: .clientB,
                until: "teredo status | grep -q '  qualified for '",
                replacing: [replacement]
            )
            defer { friend.stop() }
            _ = friend.process.wait(limit: .seconds(60))
            #expect(friend.lines.contains("SSH-2.0-home") && friend.lines.contains("done"), "\(friend.lines)")
            #expect(friend.lines.contains { $0.hasPrefix("Verdict: the two connect ") }, "\(friend.lines)")
            let alone = try steps.start(["run: friend without root"], on: .clientB, replacing: [replacement])
            defer { alone.stop() }
            _ = alone.process.wait(limit: .seconds(60))
            #expect(alone.lines.contains("SSH-2.0-home") && alone.lines.contains("done"), "\(alone.lines)")
        }

        @Test("what the guide allows and denies while the client runs is open, and shut again")
        func later() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let (lab, _, _) = try SystemTest.runningLab()
            defer { lab.close() }
            let steps = try DocumentedSteps(Self.document, in: lab)
            let services = try Python.start(Self.services, on: .clientA, of: lab, name: "services")
            defer { services.stop() }
            let client = try #require(lab.roles.first { $0.host == .clientA })
            let address = try lab.qualifiedAddress(of: .clientA)
            func answer() throws -> [String] {
                try Python.run(Self.knock, ["\(address)", "8080"], on: .clientB, of: lab)
            }
            let socket = try #require(client.controlSocket)
            let commands = try steps.commands("run: home, later")
            var answers = [try answer()]
            for command in commands {
                let words = "\(command) --control-socket \(socket)".replacing("sudo teredo", with: SystemTest.binary)
                let output = try lab[.clientA].run(["sh", "-c", words])
                #expect(output.isSuccess, "\(command): \(output.error)")
                answers.append(try answer())
            }
            #expect(answers == [["silent"], ["SSH-2.0-home"], ["silent"], ["silent"]], "\(commands)")
        }

        @Test("the settings of the guide are accepted", arguments: ["gateway", "client"])
        func settings(role: String) throws {
            let text = try DocumentedSteps.block("settings: \(role).yaml", of: Self.document)
            let path = "\(FileManager.default.temporaryDirectory.path())/\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: path) }
            let file = "\(path)/\(role).yaml"
            try Data(text.utf8).write(to: URL(filePath: file))
            let output = try CommandOutput.run([SystemTest.binary, "config", "check", file], limit: .seconds(20))
            #expect(output.isSuccess, "\(output.output) \(output.error)")
        }
    }
}
