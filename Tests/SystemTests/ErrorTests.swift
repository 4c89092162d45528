import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// ICMPv4 errors of real kernels about what roles send (RFC 792, RFC 5927).
    @Suite struct ErrorTests {
        private struct Status: Decodable {
            struct Counters: Decodable { let icmpv4Errors: Int }

            let counters: Counters
        }

        private func errors(of role: RunningRole, in lab: KernelLab) throws -> Int {
            let text = try #require(try lab.status(of: role))
            return try JSONDecoder().decode(Status.self, from: Data(text.utf8)).counters.icmpv4Errors
        }

        /// Sends to a peer until the host hears that it is not reached, and prints what it heard and whether within 1.5 s.
        private static let knock = """
            import errno, socket, sys, time
            limit, ends = float(sys.argv[2]), sys.argv[3] == "until-error"
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            s.setsockopt(41, 25, 1)
            s.connect((sys.argv[1], 9))
            s.settimeout(0.05)
            begin = time.monotonic()
            while time.monotonic() - begin < limit:
                try:
                    s.send(b"x" * 100)
                    s.recv(10)
                except socket.timeout: continue
                except OSError as e:
                    if not ends: continue
                    print(errno.errorcode[e.errno], time.monotonic() - begin < 1.5)
                    sys.exit()
            print("silence")
            """

        @Test("a client whose server's port is closed is off-line within a second, and says so")
        func closedServer() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let client = try lab.start(.client, on: .clientA)
            // The start of the process counts too.
            #expect(try lab.wait(upTo: .seconds(3)) { client.log.contains("the server's port is closed") })
            #expect(try errors(of: client, in: lab) > 0)
        }

        @Test(
            "the host hears within 1.5 s that a peer was killed, however its packets are moved",
            arguments: [[], ["--workers", "3"], ["--datapath", "ebpf"]]
        )
        func killedPeer(arguments: [String]) throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            if arguments.contains("ebpf"), KernelPrivileges.isInUserNamespace {
                try Test.cancel("programs in the kernel need root outside of a user namespace")
            }
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let clients = try [KernelHost.clientA, .clientB].map {
                try lab.start(.client, on: $0, arguments: arguments)
            }
            _ = try lab.qualifiedAddress(of: .clientA)
            let peer = "\(try lab.qualifiedAddress(of: .clientB).ipv6)"
            #expect(try lab.ping(peer, from: .clientA).isReachable)
            _ = try Python.run(Self.knock, [peer, "1", "go-on"], on: .clientA, of: lab)
            lab.kill(clients[1])
            let heard = try Python.run(Self.knock, [peer, "8", "until-error"], on: .clientA, of: lab)
            #expect(heard == ["EHOSTUNREACH True"])
            #expect(try errors(of: clients[0], in: lab) > 0)
        }
    }
}
