import TeredoLab
import TeredoLinux
import TeredoProtocol
import TeredoWire
import Testing

extension SystemTests {
    /// The lab itself, with Miredo in every role: what fails here is the lab, not our roles.
    @Suite struct TopologyTests {
        @Test("Miredo in every role connects in the lab: client to native, native to client, client to client")
        func miredoEverywhere() throws {
            try SystemTest.requirePrivileges(miredo: true)
            let lab = try SystemTest.lab()
            defer { lab.close() }
            for (role, host) in [(LabRole.server, KernelHost.server), (.relay, .relay), (.client, .clientA)] {
                try lab.start(role, on: host, by: .miredo)
            }
            try lab.start(.client, on: .clientB, by: .miredo)
            let addressA = try lab.qualifiedAddress(of: .clientA)
            let addressB = try lab.qualifiedAddress(of: .clientB)
            #expect(addressA.server.description == KernelAddresses.server)
            #expect(addressA.mappedEndpoint.address.description == KernelAddresses.box1)
            #expect(addressB.mappedEndpoint.address.description == KernelAddresses.box2)
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            #expect(try lab.ping("\(addressA)", from: .native).isReachable)
            #expect(try lab.ping("\(addressB)", from: .clientA).isReachable)
            #expect(try lab.ping("\(addressA)", from: .clientB).isReachable)
        }

        @Test("a NAT box maps and filters as its kind says", arguments: NATKind.kernelKinds)
        func boxBehaviour(kind: NATKind) throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab(nat1: kind)
            defer { lab.close() }
            // One socket behind the box talks to the server's two addresses and, never, to the dual-stack host.
            // Each answers what it saw; then all of them send unasked from other addresses and ports.
            let echo = """
                import socket, sys
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.bind((sys.argv[1], int(sys.argv[2])))
                s.settimeout(20)
                data, source = s.recvfrom(100)
                s.sendto(f"{source[0]}:{source[1]}".encode(), source)
                """
            let first = try echoServer(lab, echo, KernelAddresses.server, 3544)
            let second = try echoServer(lab, echo, KernelAddresses.secondaryServer, 3544)
            defer {
                for process in [first, second] { process.terminate(grace: .zero) }
            }
            let probe = """
                import socket, sys, subprocess
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.bind(("", 5000))
                s.settimeout(5)
                for server in sys.argv[1:]:
                    for attempt in range(20):
                        s.sendto(b"?", (server, 3544))
                        s.settimeout(0.25)
                        try:
                            print(s.recvfrom(100)[0].decode(), flush=True)
                            break
                        except socket.timeout:
                            pass
                s.settimeout(4)
                try:
                    while True:
                        data, source = s.recvfrom(100)
                        print("unasked", data.decode(), flush=True)
                        if data == b"end": break
                except socket.timeout:
                    pass
                """
            let logPath = "\(lab.directory)/probe.log"
            let client = try ChildProcess(
                lab[.clientA].inside([
                    "python3", "-u", "-c", probe, KernelAddresses.server, KernelAddresses.secondaryServer,
                ]),
                output: .file(logPath)
            )
            defer { client.terminate(grace: .zero) }
            var seen: [String] = []
            let answered = try lab.wait(upTo: .seconds(10)) {
                seen = try lines(logPath)
                return seen.count >= 2
            }
            try #require(answered, "no answer through the box: \(seen)")
            let mapped = try #require(UDPEndpoint(seen[0]))
            let expected = kind == .none ? "203.0.113.129" : KernelAddresses.box1
            #expect(mapped.address.description == expected)
            #expect((seen[0] == seen[1]) == (kind.expectationClass != .symmetric))
            try send("stranger", from: .dualStack, address: KernelAddresses.dualStack, to: mapped, lab)
            try send("other-port", from: .server, address: KernelAddresses.server, port: 4000, to: mapped, lab)
            try send("end", from: .server, address: KernelAddresses.server, port: 3544, to: mapped, lab)
            _ = client.wait(limit: .seconds(8))
            let unasked = Set(try lines(logPath).filter { $0.hasPrefix("unasked") }.map { String($0.dropFirst(8)) })
            let delivered: Set<String> =
                switch kind.forgetful {
                case .none, .fullCone: ["stranger", "other-port", "end"]
                // A box that accepts took what came from a stranger's port for its own, as it will go on to do.
                case .addressRestricted: ["other-port", "end"]
                default: ["end"]
                }
            #expect(unasked == delivered)
        }

        private func echoServer(
            _ lab: KernelLab,
            _ script: String,
            _ address: String,
            _ port: Int
        ) throws -> ChildProcess {
            try ChildProcess(lab[.server].inside(["python3", "-c", script, address, "\(port)"]))
        }

        private func send(
            _ text: String,
            from host: KernelHost,
            address: String,
            port: Int = 0,
            to endpoint: UDPEndpoint,
            _ lab: KernelLab
        ) throws {
            let script = """
                import socket, sys
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind((sys.argv[1], int(sys.argv[2])))
                s.sendto(sys.argv[3].encode(), (sys.argv[4], int(sys.argv[5])))
                """
            let arguments = [address, "\(port)", text, "\(endpoint.address)", "\(endpoint.port)"]
            try lab[host].run(["python3", "-c", script] + arguments)
        }

        private func lines(_ path: String) throws -> [String] {
            let output = try CommandOutput.run(["cat", path], limit: .seconds(2)).output
            return output.split(separator: "\n").map(String.init)
        }
    }
}
