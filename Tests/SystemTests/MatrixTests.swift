import TeredoLab
import TeredoLinux
import TeredoProtocol
import TeredoWire
import Testing

extension SystemTests {
    /// Who reaches whom through which NATs of the kernel, with RFC 6081 and a transit relay (docs/nat-matrix.md).
    @Suite struct MatrixTests {
        private static let kinds = NATKind.kernelKinds.filter { $0.forgetful == $0 }

        @Test(
            "docs/nat-matrix.md: clients behind every pair of NATs reach each other and a native host, both ways",
            arguments: Self.kinds
        )
        func pairs(nat1: NATKind) throws {
            try SystemTest.requirePrivileges()
            let (lab, addressA, _) = try SystemTest.runningLab(nat1: nat1)
            defer { lab.close() }
            #expect(try lab.ping("\(addressA)", from: .native).isReachable, "native -> client behind \(nat1)")
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable, "client behind \(nat1) -> native")
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
                ]
                for (name, ping) in pings {
                    #expect(ping.isComplete, "\(name), \(nat1) and \(nat2): \(ping)")
                }
                let first = try #require(pings[0].1.roundTrips.first)
                #expect(first < 1000, "the first packet arrives within a second, \(nat1) and \(nat2)")
            }
        }

        @Test(
            "docs/nat-matrix.md: routers that forward a port make the UPnP cells connect, without transit",
            arguments: [
                (KernelLab.MappedNAT.portRestricted, KernelLab.MappedNAT.portRestricted), (.portRestricted, .symmetric),
                (.symmetric, .symmetric),
            ]
        )
        func mapped(nat1: KernelLab.MappedNAT, nat2: KernelLab.MappedNAT) throws {
            try SystemTest.requirePrivileges(miniupnpd: true)
            let lab = try SystemTest.lab()
            defer { lab.close() }
            lab.hasTransit = false
            let routers = try [
                lab.startPortMapper(on: .box1, .upnp, nat: nat1), lab.startPortMapper(on: .box2, .all, nat: nat2),
            ]
            defer { for router in routers { router.terminate() } }
            try lab.waitUntilServing(try lab.start(.server))
            Pause.sleep(.milliseconds(500))
            let clients = try [lab.start(.client, on: .clientA), lab.start(.client, on: .clientB)]
            let addressA = try lab.qualifiedAddress(of: .clientA)
            let addressB = try lab.qualifiedAddress(of: .clientB)
            for (client, nat) in zip(clients, [nat1, nat2]) {
                let isMapped = try lab.wait(upTo: .seconds(8)) {
                    try lab.statusText(of: client)?.contains("UPNP: yes") == true
                }
                #expect(isMapped, "\(client.log)")
                let status = try lab.statusText(of: client) ?? ""
                #expect(status.contains("symmetric") == (nat == .symmetric), "\(status)")
            }
            let forth = try lab.ping("\(addressB)", from: .clientA)
            let back = try lab.ping("\(addressA)", from: .clientB)
            #expect(forth.isComplete && back.isComplete, "\(nat1) and \(nat2): \(forth) \(back)")
        }

        @Test(
            "RFC 6081 5.6: two clients on one LAN without hairpinning and without multicast meet at their local endpoints"
        )
        func oneLAN() throws {
            try SystemTest.requirePrivileges()
            let (lab, addressA, addressB) = try SystemTest.runningLab(
                .sameLAN,
                clientArguments: ["--no-local-discovery", "--no-transit"]
            )
            defer { lab.close() }
            #expect(try lab.ping("\(addressB)", from: .clientA).isReachable)
            #expect(try lab.ping("\(addressA)", from: .clientB).isReachable)
        }

        @Test(
            "docs/nat-matrix.md: a client behind two NATs of which one is symmetric reaches and is reached",
            arguments: [NATKind.portRestricted, .symmetric]
        )
        func doubleNAT(nat1: NATKind) throws {
            try SystemTest.requirePrivileges()
            let (lab, addressA, addressB) = try SystemTest.runningLab(.nested, nat1: nat1, nat2: .symmetric)
            defer { lab.close() }
            #expect(try lab.ping("\(addressB)", from: .clientA).isReachable)
            #expect(try lab.ping("\(addressA)", from: .clientB).isReachable)
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
        }
    }
}
