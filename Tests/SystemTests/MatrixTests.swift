import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// Who reaches whom through which NATs of the kernel, with RFC 6081 and a transit relay (NAT matrix sections 3 and 5).
    @Suite struct MatrixTests {
        @Test(
            "nat-matrix 3, 5: clients behind every pair of NATs reach each other and a native host, both ways",
            arguments: KernelNATKind.allCases
        )
        func pairs(nat1: KernelNATKind) throws {
            try SystemTest.requirePrivileges()
            let (lab, addressA, _) = try SystemTest.runningLab(nat1: nat1)
            defer { lab.close() }
            #expect(try lab.ping("\(addressA)", from: .native).isReachable, "native -> client behind \(nat1)")
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable, "client behind \(nat1) -> native")
            for nat2 in KernelNATKind.allCases {
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
                ]
                for (name, ping) in pings {
                    #expect(ping.received == ping.sent && ping.sent > 0, "\(name), \(nat1) and \(nat2): \(ping)")
                }
                let first = try #require(pings[0].1.roundTrips.first)
                #expect(first < 1000, "the first packet arrives within a second, \(nat1) and \(nat2)")
            }
        }
    }
}
