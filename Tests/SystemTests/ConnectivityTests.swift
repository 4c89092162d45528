import TeredoLab
import TeredoLinux
import TeredoProtocol
import TeredoWire
import Testing

extension SystemTests {
    /// Who reaches whom through which NATs, with our own roles (docs/nat-matrix.md).
    @Suite struct ConnectivityTests {
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
