import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoWire
import Testing

extension SystemTests {
    /// The client against a real router: Debian's miniupnpd.
    @Suite struct PortMappingTests {
        /// What the tests look at in the client's status.
        private struct Facts: Decodable {
            struct Mapping: Decodable {
                let mappingProtocol: String
                let external: String
                let isReachable: Bool

                private enum CodingKeys: String, CodingKey {
                    case mappingProtocol = "protocol"
                    case external
                    case isReachable = "reachable"
                }
            }

            struct Counters: Decodable {
                let datagramsReceived: UInt64
            }

            let uptimeSeconds: Int
            let portMapping: Mapping?
            let counters: Counters
        }

        private func facts(_ lab: KernelLab, _ client: RunningRole) throws -> Facts? {
            guard let text = try lab.status(of: client) else { return nil }
            return try JSONDecoder().decode(Facts.self, from: Data(text.utf8))
        }

        /// A lab with a server that serves, and a router in front of client A that forwards ports.
        private func labWithRouter() throws -> (lab: KernelLab, router: ChildProcess) {
            try SystemTest.requirePrivileges(miniupnpd: true)
            let lab = try SystemTest.lab()
            do {
                let router = try lab.startPortMapper(on: .box1)
                try lab.waitUntilServing(try lab.start(.server))
                Pause.sleep(.milliseconds(500))
                return (lab, router)
            } catch {
                lab.close()
                throw error
            }
        }

        @Test(
            "a router forwards the client's port by PCP, by NAT-PMP and by UPnP, and forgets it when the client ends",
            arguments: [("auto", "pcp"), ("nat-pmp", "nat-pmp"), ("upnp", "upnp")]
        )
        func mapped(choice: String, expected: String) throws {
            let (lab, router) = try labWithRouter()
            defer {
                router.terminate()
                lab.close()
            }
            let client = try lab.start(.client, on: .clientA, arguments: ["--port-mapping", choice])
            let address = try lab.qualifiedAddress(of: .clientA)
            let isMapped = try lab.wait(upTo: .seconds(8)) {
                try facts(lab, client)?.portMapping?.mappingProtocol == expected
            }
            let status = try #require(try facts(lab, client))
            #expect(isMapped, "\(client.log)")
            #expect(status.portMapping?.external == address.mappedEndpoint.description)
            #expect(status.portMapping?.isReachable == true)
            let rules = try lab.portMappings(of: .box1)
            #expect(rules.contains("\(address.mappedEndpoint.port)"), "\(rules)")
            lab.stop(client)
            #expect(try !lab.portMappings(of: .box1).contains("\(address.mappedEndpoint.port)"))
        }

        @Test("with a forwarded port a stranger's datagram reaches the client through a port-restricted NAT")
        func stranger() throws {
            let (lab, router) = try labWithRouter()
            defer {
                router.terminate()
                lab.close()
            }
            let client = try lab.start(.client, on: .clientA)
            let address = try lab.qualifiedAddress(of: .clientA)
            #expect(try lab.wait(upTo: .seconds(8)) { try facts(lab, client)?.portMapping != nil })
            let before = try #require(try facts(lab, client)).counters.datagramsReceived
            let send = """
                import socket, sys
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                for _ in range(5): s.sendto(b"hello", (sys.argv[1], int(sys.argv[2])))
                """
            let endpoint = address.mappedEndpoint
            let sent = try lab[.dualStack].run(["python3", "-c", send, "\(endpoint.address)", "\(endpoint.port)"])
            #expect(sent.isSuccess)
            let hasArrived = try lab.wait(upTo: .seconds(20)) {
                try (facts(lab, client)?.counters.datagramsReceived ?? 0) >= before + 5
            }
            #expect(hasArrived)
        }

        @Test("what a killed client left at the router is removed by the next one, also without a state file")
        func killed() throws {
            let (lab, router) = try labWithRouter()
            defer {
                router.terminate()
                lab.close()
            }
            for choice in ["pcp", "nat-pmp", "upnp"] {
                let killed = try lab.start(.client, on: .clientA, arguments: ["--port-mapping", choice])
                let isMapped = try lab.wait(upTo: .seconds(10)) { try facts(lab, killed)?.portMapping != nil }
                #expect(isMapped, "\(choice): \(killed.log)")
                let former = try #require(try facts(lab, killed)?.portMapping?.external.split(separator: ":").last)
                lab.kill(killed)
                #expect(try lab.portMappings(of: .box1).contains(former))
                let next = try lab.start(.client, on: .clientA, arguments: ["--port-mapping", choice])
                let isGone = try lab.wait(upTo: .seconds(10)) {
                    try facts(lab, next)?.portMapping != nil && !lab.portMappings(of: .box1).contains(former)
                }
                #expect(isGone, "\(choice): \(next.log)")
                lab.stop(next)
            }
        }

        @Test(
            "an own old mapping, of the address before, does not stay in the way",
            arguments: ["pcp", "nat-pmp", "upnp"],
            [false, true]
        )
        func otherAddress(choice: String, isKilled: Bool) throws {
            let (lab, router) = try labWithRouter()
            defer {
                router.terminate()
                lab.close()
            }
            let arguments = ["--port-mapping", choice, "--state-file", "\(lab.directory)/client.state"]
            var client = try lab.start(.client, on: .clientA, arguments: arguments)
            let isMapped = try lab.wait(upTo: .seconds(10)) { try facts(lab, client)?.portMapping?.isReachable == true }
            #expect(isMapped, "\(client.log)")
            let before = try facts(lab, client)?.portMapping?.external
            if isKilled { lab.kill(client) }
            try lab.setAddress(of: .clientA, isPublic: false, last: 11)
            if isKilled { client = try lab.start(.client, on: .clientA, arguments: arguments) }
            let isMappedAgain = try lab.wait(upTo: .seconds(25)) {
                let mapping = try facts(lab, client)?.portMapping
                return mapping?.isReachable == true && mapping?.external != before
            }
            #expect(isMappedAgain, "\(client.log)")
        }

        @Test("another router on the way is asked although the address stays, and the former one told to forget")
        func otherRouter() throws {
            let (lab, router) = try labWithRouter()
            defer {
                router.terminate()
                lab.close()
            }
            let client = try lab.start(.client, on: .clientA, arguments: ["--port-mapping", "nat-pmp"])
            #expect(try lab.wait(upTo: .seconds(10)) { try facts(lab, client)?.portMapping != nil })
            let port = try #require(try facts(lab, client)?.portMapping?.external.split(separator: ":").last)
            #expect(try lab.portMappings(of: .box1).contains(port))
            // The same box under another address, at which nothing answers.
            try lab[.box1].configure("ip address add 192.168.1.254/24 dev lan")
            try lab[.clientA].configure("ip route replace default via 192.168.1.254")
            let isForgotten = try lab.wait(upTo: .seconds(10)) {
                try facts(lab, client)?.portMapping == nil && !lab.portMappings(of: .box1).contains(port)
            }
            #expect(isForgotten, "\(client.log)")
        }

        @Test("a router that forwards no ports does not delay qualification")
        func noRouter() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try lab.waitUntilServing(try lab.start(.server))
            let client = try lab.start(.client, on: .clientA)
            _ = try lab.qualifiedAddress(of: .clientA)
            // Qualified while the router is still being asked: the search goes on for some seconds.
            let status = try #require(try facts(lab, client))
            #expect(status.uptimeSeconds < 3)
            #expect(status.portMapping == nil)
        }
    }
}
