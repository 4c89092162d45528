import TeredoLab
import TeredoLinux
import TeredoProtocol
import TeredoWire
import Testing

extension SystemTests {
    /// Servers and relays whose own addresses are private: behind a 1:1 NAT as in clouds, and in a network of its own.
    @Suite struct PrivateAddressTests {
        private static let inner = (server: "10.1.0.1", secondary: "10.1.0.2", relay: "10.2.0.1")

        /// Gives the hosts of server and relay private addresses, and takes the public ones away.
        private static func wire(_ lab: KernelLab) throws {
            try lab[.internet].configure(
                """
                ip address add 10.1.0.254/24 dev server
                ip address add 10.2.0.254/24 dev relay
                """
            )
            try lab[.server].configure(
                """
                ip address flush dev eth0 scope global to 192.0.2.0/24
                ip address add \(inner.server)/24 dev eth0
                ip address add \(inner.secondary)/24 dev eth0
                ip route replace default via 10.1.0.254
                """
            )
            try lab[.relay].configure(
                """
                ip address flush dev eth0 scope global to 198.51.100.0/24
                ip address add \(inner.relay)/24 dev eth0
                ip route replace default via 10.2.0.254
                """
            )
            lab.roleAddresses.server = inner.server
            lab.roleAddresses.secondaryServer = inner.secondary
            lab.roleAddresses.relay = inner.relay
        }

        /// What a cloud does for its machines: each has one outer address, in both directions.
        private static let oneToOne = """
            table ip cloud {
                chain prerouting {
                    type nat hook prerouting priority dstnat
                    ip daddr \(KernelAddresses.server) dnat to \(inner.server)
                    ip daddr \(KernelAddresses.secondaryServer) dnat to \(inner.secondary)
                    ip daddr \(KernelAddresses.relay) dnat to \(inner.relay)
                }
                chain postrouting {
                    type nat hook postrouting priority srcnat
                    ip saddr \(inner.server) snat to \(KernelAddresses.server)
                    ip saddr \(inner.secondary) snat to \(KernelAddresses.secondaryServer)
                    ip saddr \(inner.relay) snat to \(KernelAddresses.relay)
                }
            }
            """

        private static let publicServer = [
            "--public-address", KernelAddresses.server, "--public-address", KernelAddresses.secondaryServer,
        ]

        private static func expectEverybodyReached(
            _ lab: KernelLab,
            _ addressA: TeredoAddress,
            _ addressB: TeredoAddress
        ) throws {
            for (name, ping) in try [
                ("A -> native", lab.ping(KernelAddresses.native, from: .clientA)),
                ("native -> B", lab.ping("\(addressB)", from: .native)),
                ("A -> B", lab.ping("\(addressB)", from: .clientA)),
                ("B -> A", lab.ping("\(addressA)", from: .clientB)),
            ] {
                #expect(ping.isReachable, "\(name): \(ping)")
            }
        }

        @Test(
            "server and relay on two virtual machines behind 1:1 NATs, known by their public addresses",
            arguments: [true, false]
        )
        func cloud(hasTransit: Bool) throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab(nat1: hasTransit ? .symmetric : .portRestricted)
            defer { lab.close() }
            try Self.wire(lab)
            try lab.load(rules: Self.oneToOne, on: .internet)
            lab.hasTransit = false
            let announced = "\(KernelAddresses.relay):\(KernelLab.relayPort)"
            let announcement = hasTransit ? ["--announce-transit", announced] : []
            let server = try lab.start(.server, arguments: Self.publicServer + announcement)
            let publicRelay = ["--public-address", KernelAddresses.relay] + (hasTransit ? ["--transit"] : [])
            let relay = try lab.start(.relay, arguments: publicRelay)
            for role in [server, relay] { try lab.waitUntilServing(role) }
            #expect(server.log.contains("known to clients as 192.0.2.1 and 192.0.2.2"), "\(server.log)")
            try lab.start(.client, on: .clientA)
            try lab.start(.client, on: .clientB)
            let addresses = (try lab.qualifiedAddress(of: .clientA), try lab.qualifiedAddress(of: .clientB))
            #expect("\(addresses.0.server)" == KernelAddresses.server)
            try Self.expectEverybodyReached(lab, addresses.0, addresses.1)
        }

        @Test("a gateway on one virtual machine behind a 1:1 NAT serves clients, its relay included")
        func cloudGateway() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try Self.wire(lab)
            try lab.load(rules: Self.oneToOne, on: .internet)
            try lab[.internet].configure("ip route replace 2001::/32 via \(KernelAddresses.serverIPv6)")
            try lab[.server].configure("echo 1 > /proc/sys/net/ipv6/conf/all/forwarding")
            let secondary = ["--secondary-address", Self.inner.secondary]
            let gateway = try lab.start(.gateway, arguments: secondary + Self.publicServer)
            try lab.waitUntilServing(gateway)
            try lab.start(.client, on: .clientA)
            try lab.start(.client, on: .clientB)
            let addresses = (try lab.qualifiedAddress(of: .clientA), try lab.qualifiedAddress(of: .clientB))
            try Self.expectEverybodyReached(lab, addresses.0, addresses.1)
            #expect(!gateway.log.contains("warning"), "\(gateway.log)")
        }

        @Test("a gateway asks the cloud for its public address, and says what it took for true")
        func askingGateway() throws {
            try SystemTest.requirePrivileges()
            try Python.require()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try Self.wire(lab)
            try lab.load(rules: Self.oneToOne, on: .internet)
            try lab[.internet].configure("ip route replace 2001::/32 via \(KernelAddresses.serverIPv6)")
            try lab[.server].configure(
                """
                echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
                ip address add 169.254.169.254/32 dev lo
                """
            )
            // Amazon's second version: a token has to be fetched first.
            let metadata = try Python.start(
                """
                import http.server
                class Service(http.server.BaseHTTPRequestHandler):
                    def reply(self, status, text):
                        self.send_response(status); self.end_headers(); self.wfile.write(text)
                    def do_PUT(self):
                        known = self.path == "/latest/api/token" and self.headers["X-aws-ec2-metadata-token-ttl-seconds"]
                        self.reply(200 if known else 404, b"TOKEN==")
                    def do_GET(self):
                        known = self.path == "/latest/meta-data/public-ipv4"
                        allowed = self.headers["X-aws-ec2-metadata-token"] == "TOKEN=="
                        self.reply(200 if known and allowed else 401, b"\(KernelAddresses.server)")
                server = http.server.ThreadingHTTPServer(("169.254.169.254", 80), Service)
                print("ready")
                server.serve_forever()
                """,
                on: .server,
                of: lab,
                name: "metadata"
            )
            defer { metadata.stop() }
            #expect(try lab.wait(upTo: .seconds(10)) { metadata.lines.contains("ready") })
            let gateway = try lab.start(.gateway)
            try lab.waitUntilServing(gateway)
            let said = "10.1.0.1 is private: clients are told 192.0.2.1, as the metadata service (EC2) says"
            #expect(gateway.log.contains(said), "\(gateway.log)")
            let socket = try #require(gateway.controlSocket)
            let own = ["set", "deny-source=\(KernelAddresses.server)/32", "--control-socket", socket]
            let refused = try lab.attempt(own, on: .server)
            #expect(!refused.isSuccess && refused.error.contains("an address of this server"), "\(refused)")
            try lab.start(.client, on: .clientA)
            let address = try lab.qualifiedAddress(of: .clientA)
            #expect(try lab.ping(KernelAddresses.native, from: .clientA).isReachable)
            #expect(try lab.ping("\(address)", from: .native).isReachable)
        }

        @Test("without --public-address the inner address is refused, and the message says what to do")
        func refusal() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            for role in ["server", "gateway"] {
                let output = try lab.attempt([role, "--address", Self.inner.server], on: .server)
                #expect(!output.isSuccess)
                #expect(output.error.contains("10.1.0.1 is private") && output.error.contains("--public-address"))
                #expect(output.error.contains("--internal-prefix"), "\(output.error)")
            }
        }

        @Test("server, relay and clients all on 10.0.0.0/8, which the operator counts as global")
        func enterprise() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            try Self.wire(lab)
            for (box, host, net) in [("box-1", KernelHost.box1, 3), ("box-2", .box2, 4)] {
                try lab[.internet].configure("ip address add 10.\(net).0.254/24 dev \(box)")
                try lab[host].configure(
                    """
                    ip address flush dev wan scope global
                    ip address add 10.\(net).0.1/24 dev wan
                    ip route replace default via 10.\(net).0.254
                    """
                )
            }
            lab.roleAddresses.serverOfClients = Self.inner.server
            let prefix = ["--internal-prefix", "10.0.0.0/8"]
            for role in try [lab.start(.server, arguments: prefix), lab.start(.relay, arguments: prefix)] {
                try lab.waitUntilServing(role)
            }
            try lab.start(.client, on: .clientA, arguments: prefix)
            try lab.start(.client, on: .clientB, arguments: prefix)
            let addresses = (try lab.qualifiedAddress(of: .clientA), try lab.qualifiedAddress(of: .clientB))
            #expect("\(addresses.0.mappedEndpoint.address)" == "10.3.0.1")
            try Self.expectEverybodyReached(lab, addresses.0, addresses.1)
        }
    }
}
