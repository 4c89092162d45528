import TeredoLab
import TeredoLinux
import TeredoProtocol
import TeredoWire
import Testing

extension SystemTests {
    /// Server and relay in one process.
    @Suite struct GatewayTests {
        /// A lab in which 2001::/32 leads to the server's host, and a gateway there.
        private static func lab(
            nat1: NATKind = .portRestricted,
            nat2: NATKind = .portRestricted,
            arguments: [String] = []
        ) throws -> (lab: KernelLab, gateway: RunningRole) {
            let lab = try SystemTest.lab(nat1: nat1, nat2: nat2)
            try lab[.internet].configure("ip route replace 2001::/32 via \(KernelAddresses.serverIPv6)")
            try lab[.server].configure("echo 1 > /proc/sys/net/ipv6/conf/all/forwarding")
            let gateway = try lab.start(.gateway, arguments: arguments)
            try lab.waitUntilServing(gateway)
            return (lab, gateway)
        }

        private static let secondary = ["--secondary-address", KernelAddresses.secondaryServer]

        @Test("RFC 4380 section 5.4.3: clients of one process reach native hosts, are reached by them, and meet")
        func bothRoles() throws {
            try SystemTest.requirePrivileges()
            let (lab, gateway) = try Self.lab(arguments: Self.secondary)
            defer { lab.close() }
            try lab.start(.client, on: .clientA)
            try lab.start(.client, on: .clientB)
            let addressA = try lab.qualifiedAddress(of: .clientA)
            let addressB = try lab.qualifiedAddress(of: .clientB)
            for (name, ping) in try [
                ("A -> native", lab.ping(KernelAddresses.native, from: .clientA)),
                ("native -> B", lab.ping("\(addressB)", from: .native)),
                ("native -> A", lab.ping("\(addressA)", from: .native)),
                ("A -> B", lab.ping("\(addressB)", from: .clientA)),
                ("A -> gateway", lab.ping(KernelAddresses.serverIPv6, from: .clientA)),
            ] {
                #expect(ping.isReachable, "\(name): \(ping) \(gateway.log)")
            }
            let text = try #require(try lab.statusText(of: gateway))
            #expect(text.contains("\nAddresses         : two\n"), "\(text)")
            #expect(text.contains("\nIPv6 Forwarding   : on\n"), "\(text)")
            #expect(text.contains("\nPeers             : 2, 2 trusted"), "\(text)")
            #expect(!gateway.log.contains("warning"), "\(gateway.log)")
        }

        @Test("one switch makes the gateway a transit relay and tells its clients")
        func transit() throws {
            try SystemTest.requirePrivileges()
            let (lab, gateway) = try Self.lab(nat1: .symmetric, arguments: Self.secondary)
            defer { lab.close() }
            try lab.start(.client, on: .clientA)
            try lab.start(.client, on: .clientB)
            _ = try lab.qualifiedAddress(of: .clientA)
            let addressB = try lab.qualifiedAddress(of: .clientB)
            #expect(try lab.ping("\(addressB)", from: .clientA).isReachable, "\(gateway.log)")
            let text = try #require(try lab.statusText(of: gateway))
            #expect(text.contains("\nTransit           : on, 2 clients, "), "\(text)")
        }

        @Test("transit 4.1: clients of two gateways, each of which carries for its own clients, reach each other")
        func twoGateways() throws {
            try SystemTest.requirePrivileges()
            let (lab, first) = try Self.lab(nat1: .symmetric)
            defer { lab.close() }
            lab.roleAddresses.server = KernelAddresses.dualStack
            let second = try lab.start(.gateway, on: .dualStack)
            try lab.waitUntilServing(second)
            try lab.start(.client, on: .clientA)
            lab.roleAddresses.serverOfClients = KernelAddresses.dualStack
            try lab.start(.client, on: .clientB)
            let addressA = try lab.qualifiedAddress(of: .clientA)
            let addressB = try lab.qualifiedAddress(of: .clientB)
            #expect(addressA.server != addressB.server)
            #expect(try lab.ping("\(addressB)", from: .clientA).isReachable, "\(first.log)\(second.log)")
            #expect(try lab.ping("\(addressA)", from: .clientB).isReachable)
        }

        @Test("a gateway names another transit relay than its own when it is told to")
        func otherRelay() throws {
            try SystemTest.requirePrivileges()
            let other = "\(KernelAddresses.relay):\(KernelLab.relayPort)"
            let (lab, _) = try Self.lab(arguments: Self.secondary + ["--announce-transit", other])
            defer { lab.close() }
            let client = try lab.start(.client, on: .clientA)
            _ = try lab.qualifiedAddress(of: .clientA)
            #expect(
                try lab.wait(upTo: .seconds(5)) { client.log.contains("announces the transit relay \(other)") },
                "\(client.log)"
            )
        }

        @Test("with one address it says what clients cannot find out; ours and Miredo qualify and reach native hosts")
        func oneAddress() throws {
            try SystemTest.requirePrivileges(miredo: true)
            let (lab, gateway) = try Self.lab()
            defer { lab.close() }
            #expect(gateway.log.contains("with one address clients cannot find out whether their NAT is symmetric"))
            #expect(gateway.log.contains("this host also has \(KernelAddresses.secondaryServer)"), "\(gateway.log)")
            try lab.start(.client, on: .clientA)
            try lab.start(.client, on: .clientB, by: .miredo)
            let addressA = try lab.qualifiedAddress(of: .clientA)
            let addressB = try lab.qualifiedAddress(of: .clientB)
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            #expect(try lab.ping(KernelAddresses.native, from: .clientB).isReachable)
            #expect(try lab.ping("\(addressB)", from: .clientA).isReachable)
            #expect(try lab.ping("\(addressA)", from: .native).isReachable)
        }

        @Test(
            "with one address a client behind a symmetric NAT that did not notice it reaches native hosts all the same"
        )
        func unnoticedSymmetricNAT() throws {
            try SystemTest.requirePrivileges()
            let (lab, _) = try Self.lab(nat1: .symmetric)
            defer { lab.close() }
            try lab.start(.client, on: .clientA)
            let address = try lab.qualifiedAddress(of: .clientA)
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            #expect(try lab.ping("\(address)", from: .native).isReachable)
        }
    }
}
