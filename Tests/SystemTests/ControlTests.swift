import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// What the commands that ask a running role show.
    @Suite struct ControlTests {
        @Test("teredo peers shows the path to a client and to a native host, on both the client and the relay")
        func peers() throws {
            try SystemTest.requirePrivileges()
            let (lab, addressA, addressB) = try SystemTest.runningLab()
            defer { lab.close() }
            #expect(try lab.ping("\(addressB)", from: .clientA).isReachable)
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)

            let client = try peers(of: .clientA, .client, lab)
            let direct = try #require(client.first { $0.hasPrefix("\(addressB) ") }, "\(client)")
            #expect(direct.contains("  direct  ") && direct.contains("\(addressB.mappedEndpoint)"))
            let native = try #require(client.first { $0.hasPrefix("\(KernelAddresses.native) ") }, "\(client)")
            #expect(native.contains("  relay  ") && native.contains(" ms  "))
            let running = try #require(lab.roles.first { $0.host == .clientA && $0.role == .client })
            let status = try #require(try lab.statusText(of: running))
            #expect(status.contains(": reached: 1 of 1 hosts tried recently answer through a relay\n"), "\(status)")

            let relay = try #require(lab.roles.first { $0.role == .relay })
            let clients = try peers(of: relay.host, .relay, lab)
            #expect(clients.contains { $0.hasPrefix("\(addressA) ") && $0.contains("  direct  ") }, "\(clients)")
        }

        @Test("teredo status tells how a client came to where it is")
        func history() throws {
            try SystemTest.requirePrivileges()
            let (lab, _, _) = try SystemTest.runningLab()
            defer { lab.close() }
            let running = try #require(lab.roles.first { $0.host == .clientA && $0.role == .client })
            let text = try #require(try lab.statusText(of: running))
            let all = text.split(separator: "\n").map(String.init)
            let lines = Array(all[(all.firstIndex { $0.hasPrefix("Last Changes ") } ?? 0)...])
            #expect(lines[0].contains(" ago qualified: "), "\(text)")
            #expect(lines.prefix(4).contains { $0.contains(" ago qualifying, restricted phase: ") }, "\(text)")
        }

        @Test("without a descriptor left a role turns askers away, does not spin, and answers again when it has some")
        func withoutDescriptors() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let server = try lab.start(.server)
            try lab.waitUntilServing(server)
            let socket = try #require(server.controlSocket)
            let process = "\(server.process.processIdentifier)"
            let used = try CommandOutput.run(["ls", "/proc/\(process)/fd"], limit: .seconds(5)).output
            let open = Set(used.split(separator: "\n").compactMap { Int($0) })
            let free = try #require((0..<1024).first { !open.contains($0) })
            func limit(_ descriptors: Int) throws {
                let command = ["prlimit", "--pid", process, "--nofile=\(descriptors):"]
                #expect(try CommandOutput.run(command, limit: .seconds(5)).ending == .exited(0))
            }
            try limit(free + 3)
            do {
                var held: [ControlAsker] = []
                for _ in 0..<8 { held.append(try ControlAsker(socket)) }
                let before = try processorTicks(of: process)
                Pause.sleep(.seconds(1))
                // In hundredths of a second: a spinning loop takes most of them.
                #expect(try processorTicks(of: process) - before < 20)
                #expect(held.count == 8)
            }
            try limit(1024)
            #expect(try #require(try lab.statusText(of: server)).contains("teredo server"))
        }

        /// The processor time of a process, in ticks.
        private func processorTicks(of process: String) throws -> Int {
            let text = try CommandOutput.run(["cat", "/proc/\(process)/stat"], limit: .seconds(5)).output
            let fields = text.split(separator: " ")
            return try #require(Int(fields[13])) + #require(Int(fields[14]))
        }

        /// Holds a connection to a control socket, without a word.
        private final class ControlAsker {
            private let stream: UnixStream
            init(_ path: String) throws { stream = try UnixStream(connectingTo: path) }
        }

        @Test("teredo status --watch repeats the report, plainly where there is no terminal, and ends with the role")
        func watch() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let server = try lab.start(.server)
            try lab.waitUntilServing(server)
            let socket = try #require(server.controlSocket)
            let command = [SystemTest.binary, "status", "--watch", "--control-socket", socket]
            let output = try CommandOutput.run(["timeout", "2.5"] + command, limit: .seconds(10))
            #expect(output.ending == .exited(124), "it goes on until it is ended: \(output)")
            let reports = output.output.split(separator: "\n").count { $0.contains("  running for ") }
            #expect((2...3).contains(reports), "\(output.output)")
            #expect(!output.output.contains("\u{1B}"))
            lab.kill(server)
            let dead = try CommandOutput.run(command, limit: .seconds(5))
            #expect(dead.ending == .exited(1) && dead.error.contains("no role is running there"), "\(dead)")
        }

        @Test(
            "a subscriber hears which way packets for a peer go; teredo reload without a settings file says that there is none"
        )
        func subscribe() throws {
            try SystemTest.requirePrivileges()
            let (lab, _, addressB) = try SystemTest.runningLab()
            defer { lab.close() }
            let running = try #require(lab.roles.first { $0.host == .clientA && $0.role == .client })
            let socket = try #require(running.controlSocket)
            let stream = try UnixStream(connectingTo: socket)
            let answer = try stream.request(#"{"version":2,"method":"subscribe"}"#, within: .seconds(5))
            #expect(answer.contains(#""events":["state","path"]"#))
            #expect(try lab.ping("\(addressB)", from: .clientA).isReachable)
            var heard: [UInt8] = []
            let isTold = try lab.wait(upTo: .seconds(10)) {
                if case .octets(let octets) = stream.read() { heard += octets }
                let lines = String(decoding: heard, as: UTF8.self).split(separator: "\n")
                return lines.contains { $0.contains("\(addressB)") && $0.contains(#""path":"direct""#) }
            }
            #expect(isTold, "\(String(decoding: heard, as: UTF8.self))")
            let command = [SystemTest.binary, "reload", "--control-socket", socket]
            let reload = try CommandOutput.run(command, limit: .seconds(5))
            #expect(reload.ending == .exited(1) && reload.error.contains("without a settings file"), "\(reload)")
        }

        @Test("teredo peers of a server fails and says why")
        func server() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let server = try lab.start(.server)
            try lab.waitUntilServing(server)
            let socket = try #require(server.controlSocket)
            let output = try CommandOutput.run(
                [SystemTest.binary, "peers", "--control-socket", socket],
                limit: .seconds(5)
            )
            #expect(output.ending == .exited(1))
            #expect(output.error.contains("this role has no peers"), "\(output)")
        }

        private func peers(of host: KernelHost, _ role: LabRole, _ lab: KernelLab) throws -> [String] {
            let running = try #require(lab.roles.first { $0.host == host && $0.role == role })
            let socket = try #require(running.controlSocket)
            let output = try CommandOutput.run(
                [SystemTest.binary, "peers", "--control-socket", socket],
                limit: .seconds(5)
            )
            #expect(output.isSuccess, "\(output)")
            return output.output.split(separator: "\n").map(String.init)
        }
    }
}
