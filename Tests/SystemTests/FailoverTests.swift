import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// Clients with several servers.
    @Suite struct FailoverTests {
        /// A second server, on the host that is otherwise for host-specific relays.
        private static let second = KernelAddresses.dualStack

        private func startServers(in lab: KernelLab) throws {
            try lab[.dualStack].configure("ip address add 198.51.100.130/25 dev eth0")
            let usual = lab.roleAddresses
            defer { lab.roleAddresses = usual }
            let first = try lab.start(.server)
            (lab.roleAddresses.server, lab.roleAddresses.secondaryServer) = (Self.second, "198.51.100.130")
            let second = try lab.start(.server, on: .dualStack)
            for server in [first, second] { try lab.waitUntilServing(server) }
        }

        @Test("A client changes to its other server within 5 s of an outage, and says so")
        func failsOver() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try startServers(in: lab)
            try lab.waitUntilServing(try lab.start(.relay))
            // A name that does not resolve must not stop a client that has other servers.
            let client = try lab.start(
                .client,
                arguments: [
                    "--server", "no-such-name.invalid", "--server", Self.second, "--server-check-interval", "1",
                ]
            )
            #expect(try lab.qualifiedAddress(of: .clientA).server.description == KernelAddresses.server)
            let isKnown = try lab.wait(upTo: .seconds(10)) {
                try lab.statusText(of: client)?.contains("\(Self.second): standby") ?? false
            }
            #expect(isKnown, "\(client.log)")
            // Right after qualification solicitations have to keep their distance (SEC-39), and a check takes longer.
            Pause.sleep(.seconds(4))
            try lab.setServerOutage(true)
            let hasChanged = try lab.wait(upTo: .seconds(5)) {
                try lab.teredoAddress(of: .clientA)?.server.description == Self.second
            }
            #expect(hasChanged, "\(client.log)")
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            let text = try #require(try lab.statusText(of: client))
            #expect(text.contains("\(Self.second): in use"), "\(text)")
            #expect(text.contains("\(KernelAddresses.server) no longer answers"), "\(text)")
            // The first one is back, and nothing changes: a change would end every connection.
            try lab.setServerOutage(false)
            Pause.sleep(.seconds(2))
            #expect(try lab.teredoAddress(of: .clientA)?.server.description == Self.second)
        }

        @Test("A client whose first server is dead begins with the second")
        func deadAtStart() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try startServers(in: lab)
            try lab.setServerOutage(true)
            try lab.start(.client, arguments: ["--server", Self.second])
            #expect(try lab.qualifiedAddress(of: .clientA, limit: .seconds(10)).server.description == Self.second)
        }
    }
}
