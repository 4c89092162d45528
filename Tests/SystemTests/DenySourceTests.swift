import Foundation
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// `deny-source` while roles run, whatever moves their packets.
    @Suite struct DenySourceTests {
        private static func set(_ assignment: String, _ role: RunningRole) throws {
            let socket = try #require(role.controlSocket)
            let output = try CommandOutput.run(
                [SystemTest.binary, "set", assignment, "--control-socket", socket],
                limit: .seconds(10)
            )
            #expect(output.isSuccess, "\(output)")
        }

        private static let echo = """
            import socket
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            s.bind(('::', 5001))
            while True:
                data, source = s.recvfrom(2000)
                s.sendto(data, source)
            """

        /// How many of 40 datagrams in two seconds come back.
        private static let ask = """
            import socket, sys, time
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            s.settimeout(0.05)
            answers = 0
            for number in range(40):
                s.sendto(b'%d' % number, (sys.argv[1], 5001))
                begin = time.time()
                try:
                    s.recv(2000)
                    answers += 1
                except socket.timeout: pass
                time.sleep(max(0, 0.05 - (time.time() - begin)))
            s.settimeout(1)
            try:
                while True:
                    s.recv(2000)
                    answers += 1
            except socket.timeout: pass
            print(answers)
            """

        /// Sends five solicitations, and waits for answers no longer than a second.
        private static let solicit = """
            import socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.settimeout(1)
            for number in range(5): s.sendto(bytes.fromhex(sys.argv[2]), (sys.argv[1], 3544))
            try:
                for number in range(5): s.recv(2000)
            except socket.timeout: pass
            """

        private static func counters(of role: RunningRole, in lab: KernelLab) throws -> [String: Any] {
            let text = try #require(try lab.status(of: role))
            let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            return try #require(json?["counters"] as? [String: Any])
        }

        @Test(
            "a server answers whoever is not denied any more, and nobody who is: alone, with threads, and with XDP",
            arguments: [[], ["--workers", "2"], ["--xdp", "generic"]]
        )
        func server(arguments: [String]) throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            if arguments.contains("--xdp"), KernelPrivileges.isInUserNamespace {
                try Test.cancel("programs in the kernel need root outside of a user namespace")
            }
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let server = try lab.start(
                .server,
                arguments: ["--rate", "1000", "--solicitation-rate", "1000", "--deny-source", "198.51.100.0/24"]
                    + arguments
            )
            try lab.waitUntilServing(server)
            let address = IPv6Address(high: 0xFE80 << 48, low: 0xFFFF_FFFF_FFFF)
            let solicitation = [UInt8](capacity: 64) { RouterSolicitation(source: address).encode(into: &$0) }
            func ask() throws -> (answered: Int, denied: Int) {
                let digits = solicitation.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                let arguments = [KernelAddresses.server, digits]
                _ = try Python.run(Self.solicit, arguments, on: .dualStack, of: lab)
                let counters = try Self.counters(of: server, in: lab)
                let drops = try #require(counters["drops"] as? [String: Int])
                return (try #require(counters["advertisements"] as? Int), drops["denied"] ?? 0)
            }
            let first = try ask()
            #expect(first.answered == 0 && first.denied > 0, "\(first)")
            try Self.set("deny-source=203.0.113.77,2001:db8:bad::/48", server)
            let second = try ask()
            #expect(second.answered > 0 && second.denied == first.denied, "\(second)")
            try Self.set("deny-source=198.51.100.0/25,198.51.100.128/25", server)
            let third = try ask()
            #expect(third.answered == second.answered && third.denied > second.denied, "\(third)")
        }

        @Test(
            "a native host that a relay denies under an established flow gets nothing through, until it is denied no more",
            arguments: [[], ["--workers", "2"], ["--datapath", "ebpf"]]
        )
        func relay(arguments: [String]) throws {
            try SystemTest.requirePrivileges()
            if arguments.contains("ebpf"), KernelPrivileges.isInUserNamespace {
                try Test.cancel("programs in the kernel need root outside of a user namespace")
            }
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let relay = try lab.start(.relay, arguments: arguments)
            try lab.waitUntilServing(relay)
            try lab.start(.client, arguments: ["--inbound", "open"])
            let address = try lab.qualifiedAddress(of: .clientA).ipv6.description
            let echo = try Python.start(Self.echo, on: .clientA, of: lab, name: "echo")
            defer { echo.stop() }
            Pause.sleep(.seconds(1))
            func answers() throws -> Int {
                let lines = try Python.run(Self.ask, [address], on: .native, of: lab, limit: .seconds(30))
                return try #require(Int(lines.joined()))
            }
            #expect(try answers() >= 35)
            try Self.set("deny-source=\(KernelAddresses.native)/64", relay)
            #expect(try answers() == 0)
            let drops = try #require(try Self.counters(of: relay, in: lab)["drops"] as? [String: Int])
            #expect(drops["denied"] ?? 0 > 0, "\(drops)")
            try Self.set("deny-source", relay)
            #expect(try answers() >= 35)
        }
    }
}
