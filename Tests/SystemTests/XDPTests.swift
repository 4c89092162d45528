import FoundationEssentials
import TeredoLab
import TeredoLinux
import Testing

extension SystemTests {
    /// The answers that the kernel gives for a server.
    @Suite struct XDPTests {
        /// Cancels the test where the kernel does not let this process load programs.
        private static func require() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            guard !KernelPrivileges.isInUserNamespace else {
                try Test.cancel("programs in the kernel need root outside of a user namespace")
            }
        }

        private struct Status: Decodable {
            struct Counters: Decodable, Equatable {
                let datagramsReceived: Int
                let octetsReceived: Int
                let datagramsSent: Int
                let octetsSent: Int
                let solicitations: Int
                let advertisements: Int
                let drops: [String: Int]
            }

            let xdp: String
            let xdpAnswered: Int
            let counters: Counters
        }

        private static func status(of server: RunningRole, in lab: KernelLab) throws -> Status {
            let text = try #require(try lab.status(of: server))
            return try JSONDecoder().decode(Status.self, from: Data(text.utf8))
        }

        /// What comes back for solicitations of every kind from a server with these arguments, and its status.
        private func answers(_ arguments: [String], in lab: KernelLab) throws -> (lines: [String], status: Status) {
            let server = try lab.start(
                .server,
                arguments: ["--rate", "1000", "--solicitation-rate", "1000"] + arguments
            )
            defer { lab.stop(server) }
            try lab.waitUntilServing(server)
            let lines = try Python.run(
                XDPPrograms.solicitations,
                [KernelAddresses.server, KernelAddresses.secondaryServer],
                on: .dualStack,
                of: lab,
                limit: .seconds(60)
            )
            return (lines, try Self.status(of: server, in: lab))
        }

        @Test("S1, S7a: XDP answers with the octets of userspace, and leaves to it what is not plain; counters agree")
        func equality() throws {
            try Self.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let userspace = try answers([], in: lab)
            #expect(userspace.lines.count == 96 && userspace.lines.count { $0 != "none" } == 44)
            let pass = try Python.start(
                XDPPrograms.holdPassingProgram,
                ["server"],
                on: .internet,
                of: lab,
                name: "xdp-pass"
            )
            defer { pass.stop() }
            try #require(try lab.wait(upTo: .seconds(20)) { pass.lines == ["attached"] })
            for mode in ["generic", "native"] {
                let kernel = try answers(["--xdp", mode], in: lab)
                #expect(kernel.lines == userspace.lines, "\(mode)")
                #expect(kernel.status.xdp == mode)
                #expect(kernel.status.xdpAnswered == 28, "\(mode)")
                #expect(kernel.status.counters == userspace.status.counters, "\(mode)")
            }
        }

        @Test("Inside a user namespace, where the kernel takes no programs, the error says so")
        func userNamespace() throws {
            try Self.require()
            let script = """
                ip link set lo up; ip address add 192.0.2.1/32 dev lo; ip address add 192.0.2.2/32 dev lo
                exec "$0" server --address 192.0.2.1 --xdp auto --control-socket "$1"
                """
            let socket = FileManager.default.temporaryDirectory.path + "/xdp-\(UInt32.random(in: 0 ... .max)).sock"
            let output = try CommandOutput.run(
                ["unshare", "--user", "--map-root-user", "--net", "sh", "-c", script, SystemTest.binary, socket],
                limit: .seconds(10)
            )
            if output.error.contains("unshare") { try Test.cancel("no user namespaces here: \(output.error)") }
            #expect(!output.isSuccess && output.error.contains("--xdp auto"), "\(output.error)")
            #expect(output.error.contains("user namespace") && output.error.contains("CAP_BPF"), "\(output.error)")
        }

        @Test("SEC-40: XDP answers one source at the rate that userspace would")
        func limits() throws {
            try Self.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let server = try lab.start(.server, arguments: ["--xdp", "auto"])
            try lab.waitUntilServing(server)
            let answers = try Python.run(XDPPrograms.burst, [KernelAddresses.server], on: .dualStack, of: lab)
            // A burst of 8, and at most one more each quarter of a second.
            #expect((8...10).contains(Int(answers.first ?? "") ?? 0), "\(answers)")
            let status = try Self.status(of: server, in: lab)
            #expect(status.xdp == "generic", "a pair of virtual interfaces cannot be trusted with native mode")
            #expect((90...92).contains(status.counters.drops["rateLimited"] ?? 0), "\(status.counters)")
        }
    }
}
