import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// Who reaches whom through which NATs, with our own roles (NAT matrix sections 2, 5 and 6).
    @Suite struct ConnectivityTests {
        private static let kinds: [KernelNATKind] = [.none, .fullCone, .addressRestricted, .portRestricted]

        @Test(
            "clients behind every pair of cone and restricted NATs reach each other and a native host, both ways",
            arguments: kinds
        )
        func pairs(nat1: KernelNATKind) throws {
            try SystemTest.requirePrivileges()
            let (lab, addressA, _) = try SystemTest.runningLab(nat1: nat1)
            defer { lab.close() }
            #expect(try lab.ping("\(addressA)", from: .native).isReachable, "native -> client behind \(nat1)")
            for nat2 in Self.kinds {
                if let old = lab.roles.last(where: { $0.host == .clientB }) { lab.stop(old) }
                try lab.setNAT(of: .box2, to: nat2)
                try lab.start(.client, on: .clientB)
                let addressB = try lab.qualifiedAddress(of: .clientB)
                let outside = nat2 == .none ? "203.0.113.145" : KernelAddresses.box2
                #expect(addressB.mappedEndpoint.address.description == outside)
                let pings = try [
                    ("A -> B", lab.ping("\(addressB)", from: .clientA)),
                    ("B -> A", lab.ping("\(addressA)", from: .clientB)),
                    ("B -> native", lab.ping(KernelAddresses.native, from: .clientB)),
                    ("native -> B", lab.ping("\(addressB)", from: .native)),
                    ("A -> native", lab.ping(KernelAddresses.native, from: .clientA)),
                ]
                for (name, ping) in pings {
                    #expect(ping.received == ping.sent && ping.sent > 0, "\(name), \(nat1) and \(nat2): \(ping)")
                }
            }
        }

        @Test("clients on one LAN behind a NAT without hairpinning find each other by local discovery")
        func sameLAN() throws {
            try SystemTest.requirePrivileges()
            let (lab, addressA, addressB) = try SystemTest.runningLab(.sameLAN)
            defer { lab.close() }
            #expect(try lab.ping("\(addressB)", from: .clientA).isReachable)
            #expect(try lab.ping("\(addressA)", from: .clientB).isReachable)
        }

        @Test("a client behind two NATs connects like one behind the stricter of them")
        func nested() throws {
            try SystemTest.requirePrivileges()
            let (lab, addressA, addressB) = try SystemTest.runningLab(.nested, nat1: .fullCone)
            defer { lab.close() }
            #expect(addressA.mappedEndpoint.address.description == KernelAddresses.carrier)
            #expect(try lab.ping("\(addressA)", from: .clientB).isReachable)
            #expect(try lab.ping("\(addressB)", from: .clientA).isReachable)
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
        }

        @Test(
            "a dual-stack host with a host-specific relay and a client behind a NAT reach each other without the relay"
        )
        func hostRelay() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            for role in try [lab.start(.server), lab.start(.hostRelay)] { try lab.waitUntilServing(role) }
            try lab.start(.client, on: .clientA)
            try lab.start(.client, on: .clientB)
            let addressB = try lab.qualifiedAddress(of: .clientB)
            _ = try lab.qualifiedAddress(of: .clientA)
            #expect(try lab.ping(KernelAddresses.dualStackIPv6, from: .clientA).isReachable)
            #expect(try lab.ping("\(addressB)", from: .dualStack).isReachable)
        }

        @Test("Two clients that cannot connect learn it from an ICMPv6 error within ten seconds")
        func unreachable() throws {
            try SystemTest.requirePrivileges()
            let (lab, _, addressB) = try SystemTest.runningLab()
            defer { lab.close() }
            guard let clientB = lab.roles.last(where: { $0.host == .clientB }) else {
                Issue.record("client B runs")
                return
            }
            lab.kill(clientB)
            let ping = try lab.ping("\(addressB)", from: .clientA, count: 10, interval: 1)
            #expect(!ping.isReachable)
            #expect(ping.errors.contains { $0.contains("unreachable") }, "\(ping)")
        }
    }
}
