import TeredoLab
import TeredoLinux
import TeredoProtocol
import TeredoWire
import Testing

extension SystemTests {
    /// Interoperation with Miredo 1.2.6, role by role, through port-restricted NATs.
    @Suite struct MiredoTests {
        /// Which part Miredo plays; the others are ours.
        enum Part: String, CaseIterable {
            case server
            case relay
            case clientA
            case clientB
            case serverAndRelay
        }

        @Test("with Miredo in one part: client to native, native to client, client to client", arguments: Part.allCases)
        func part(_ part: Part) throws {
            try SystemTest.requirePrivileges(miredo: true)
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let isServer = part == .server || part == .serverAndRelay
            let isRelay = part == .relay || part == .serverAndRelay
            let server = try lab.start(.server, by: isServer ? .miredo : .teredo)
            let relay = try lab.start(.relay, by: isRelay ? .miredo : .teredo)
            for role in [server, relay] { try lab.waitUntilServing(role) }
            try lab.start(.client, on: .clientA, by: part == .clientA ? .miredo : .teredo)
            try lab.start(.client, on: .clientB, by: part == .clientB ? .miredo : .teredo)
            let addressA = try lab.qualifiedAddress(of: .clientA)
            let addressB = try lab.qualifiedAddress(of: .clientB)
            let pings = try [
                ("A -> native", lab.ping(KernelAddresses.native, from: .clientA)),
                ("native -> B", lab.ping("\(addressB)", from: .native)),
                ("native -> A", lab.ping("\(addressA)", from: .native)),
                ("B -> native", lab.ping(KernelAddresses.native, from: .clientB)),
                ("A -> B", lab.ping("\(addressB)", from: .clientA)),
                ("B -> A", lab.ping("\(addressA)", from: .clientB)),
            ]
            for (name, ping) in pings {
                #expect(ping.isReachable, "\(name): \(ping)")
            }
        }

        @Test(
            "our client behind a symmetric NAT reaches a native host, and is reached, through the relay of either",
            arguments: LabImplementation.allCases
        )
        func symmetric(relayBy: LabImplementation) throws {
            try SystemTest.requirePrivileges(miredo: relayBy == .miredo)
            let lab = try SystemTest.lab(nat1: .symmetric)
            defer { lab.close() }
            for role in try [lab.start(.server), lab.start(.relay, by: relayBy)] { try lab.waitUntilServing(role) }
            try lab.start(.client, on: .clientA)
            let address = try lab.qualifiedAddress(of: .clientA)
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            #expect(try lab.ping("\(address)", from: .native).isReachable)
        }

        @Test(
            "a client behind an open NAT that asks first reaches one behind a symmetric NAT, Miredo or ours",
            arguments: [NATKind.fullCone, .addressRestricted],
            [(LabImplementation.teredo, LabImplementation.miredo), (.miredo, .teredo)]
        )
        func towardsSymmetric(
            nat1: NATKind,
            clients: (asking: LabImplementation, symmetric: LabImplementation)
        ) throws {
            try SystemTest.requirePrivileges(miredo: true)
            let lab = try SystemTest.lab(nat1: nat1, nat2: .symmetric)
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            try lab.start(.client, on: .clientA, by: clients.asking)
            try lab.start(.client, on: .clientB, by: clients.symmetric)
            _ = try lab.qualifiedAddress(of: .clientA)
            let address = try lab.qualifiedAddress(of: .clientB)
            let ping = try lab.ping("\(address)", from: .clientA)
            #expect(ping.isReachable, "\(nat1), \(clients): \(ping)")
        }

        @Test(
            "Miredo's server passes trailers: our clients behind a full cone and a symmetric NAT meet, whoever is first"
        )
        func trailersThroughMiredo() throws {
            try SystemTest.requirePrivileges(miredo: true)
            for (first, second) in [(KernelHost.clientA, KernelHost.clientB), (.clientB, .clientA)] {
                let lab = try SystemTest.lab(nat1: .fullCone, nat2: .symmetric)
                defer { lab.close() }
                try lab.waitUntilServing(try lab.start(.server, by: .miredo))
                for host in [first, second] { try lab.start(.client, on: host, arguments: ["--no-transit"]) }
                _ = try lab.qualifiedAddress(of: first)
                let address = try lab.qualifiedAddress(of: second)
                let ping = try lab.ping("\(address)", from: first)
                #expect(ping.isReachable, "\(first.rawValue) first: \(ping)")
            }
        }
    }
}
