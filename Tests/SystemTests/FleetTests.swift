import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// docs/fleet.md: two relays behind a router with equal-cost routes and Linux' default hash.
    @Suite struct FleetTests {
        /// A lab whose router leads 2001::/32 to a second relay as well, on the dual-stack host.
        private static func lab(namesSiblings: Bool = true, relayBy: LabImplementation = .teredo) throws -> KernelLab {
            let lab = try SystemTest.lab()
            lab.hasTransit = false
            let endpoints = [KernelAddresses.relay, KernelAddresses.dualStack].map { "\($0):\(KernelLab.relayPort)" }
            let siblings = namesSiblings ? endpoints.flatMap { ["--sibling", $0] } : []
            try lab[.dualStack].configure("ip address change \(KernelAddresses.dualStackIPv6)/64 dev eth0")
            _ = try lab[.dualStack].run(["sysctl", "-q", "-w", "net.ipv6.conf.all.forwarding=1"])
            let relay = try lab.start(.relay, by: relayBy, arguments: siblings)
            lab.roleAddresses.relay = KernelAddresses.dualStack
            let second = try lab.start(.relay, on: .dualStack, arguments: siblings)
            let server = try lab.start(.server)
            for role in [relay, second, server] { try lab.waitUntilServing(role) }
            let route = [
                "ip", "-6", "route", "replace", "2001::/32", "nexthop", "via", KernelAddresses.relayIPv6, "nexthop",
                "via", KernelAddresses.dualStackIPv6,
            ]
            #expect(try lab[.internet].run(route).isSuccess)
            try lab.start(.client, on: .clientA, arguments: ["--allow", "all"])
            _ = try lab.qualifiedAddress(of: .clientA)
            return lab
        }

        /// Makes 20 TCP connections one after the other, each with a flow label of its own, and prints how many took less than 0.9 s.
        private static let connect = """
            import socket, sys, time
            quick = 0
            for _ in range(20):
                start = time.monotonic()
                connection = socket.socket(socket.AF_INET6)
                connection.settimeout(5)
                try:
                    connection.connect((sys.argv[1], 8080))
                    connection.sendall(b"x")
                    if connection.recv(1) == b"x" and time.monotonic() - start < 0.9: quick += 1
                except OSError:
                    pass
                connection.close()
            print(quick, "quick")
            """

        private static let serve = """
            import socket, threading
            listener = socket.create_server(("::", 8080), family=socket.AF_INET6)
            def answer(connection):
                try: connection.sendall(connection.recv(1))
                except OSError: pass
            print("ready", flush=True)
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=answer, args=(connection,), daemon=True).start()
            """

        private static func quickConnections(
            _ lab: KernelLab,
            from: KernelHost,
            to: KernelHost,
            at address: String
        ) throws
            -> String
        {
            let server = try Python.start(serve, on: to, of: lab, name: "listener")
            defer { server.stop() }
            Pause.sleep(.seconds(1))
            return try Python.run(connect, [address], on: from, of: lab, limit: .seconds(120)).joined()
        }

        /// How many of 40 pings are answered, each of them a flow of its own.
        ///
        /// Without a label of their own, which -F 0 asks the kernel for, all of them take the same relay: Linux derives that of an echo request
        /// from the two addresses alone.
        private static func answeredPings(_ lab: KernelLab, to address: String) throws -> Int {
            try (0..<40).count { _ in
                try lab[.native].run(["ping", "-6", "-n", "-c", "1", "-W", "1", "-F", "0", address]).isSuccess
            }
        }

        @Test("any hash works: pings from native hosts are answered, and TCP connections begin at once both ways")
        func anyHash() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try Self.lab()
            defer { lab.close() }
            let address = "\(try #require(try lab.teredoAddress(of: .clientA)))"
            // The client meets the relays with the first packets.
            _ = try lab.ping(address, from: .native)
            let pings = try Self.answeredPings(lab, to: address)
            #expect(pings >= 39, "\(pings) of 40")
            let out = try Self.quickConnections(lab, from: .clientA, to: .native, at: KernelAddresses.native)
            #expect(out.hasPrefix("20 ") || out.hasPrefix("19 "), "from the client: \(out)")
            let into = try Self.quickConnections(lab, from: .native, to: .clientA, at: address)
            #expect(into.hasPrefix("20 ") || into.hasPrefix("19 "), "to the client: \(into)")
        }

        @Test("without siblings packets get lost, until the router's hash looks at the two addresses alone")
        func addressHash() throws {
            try SystemTest.requirePrivileges()
            let lab = try Self.lab(namesSiblings: false)
            defer { lab.close() }
            let address = "\(try #require(try lab.teredoAddress(of: .clientA)))"
            _ = try lab.ping(address, from: .native)
            let before = try Self.answeredPings(lab, to: address)
            #expect(before < 36, "\(before) of 40")
            for setting in ["net.ipv6.fib_multipath_hash_policy=3", "net.ipv6.fib_multipath_hash_fields=3"] {
                #expect(try lab[.internet].run(["sysctl", "-q", "-w", setting]).isSuccess)
            }
            _ = try lab.ping(address, from: .native)
            let after = try Self.answeredPings(lab, to: address)
            #expect(after >= 39, "\(after) of 40")
        }
    }
}
