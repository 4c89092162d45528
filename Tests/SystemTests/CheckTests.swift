import FoundationEssentials
import TeredoLab
import TeredoLinux
import TeredoProtocol
import Testing

extension SystemTests {
    /// `teredo check` as a process without any capability, behind real NATs.
    @Suite struct CheckTests {
        /// The parts of the JSON form that the tests look at.
        private struct Report: Decodable {
            struct NAT: Decodable {
                let type: String?
                let mapping: String?
                let filtering: String?
                let portAssignment: String?
                let hairpinning: String?
            }
            struct Server: Decodable {
                struct Address: Decodable {
                    let answers: Bool?
                }
                let primary: Address?
                let secondary: Address?
            }
            struct Problem: Decodable {
                let name: String
                let remedy: String
            }
            let works: Bool
            let directPeers: String?
            let nat: NAT
            let server: Server
            let problems: [Problem]
            let mappingLifetimeAtLeastSeconds: Int?
            let mappingLifetimeBelowSeconds: Int?
            let mappedEndpoint: String?
        }

        private struct Outcome {
            let report: Report
            let exitStatus: Bool
            let time: Duration
        }

        /// Runs a check on client A, without privileges.
        private static func run(
            _ arguments: [String] = [],
            server: String = KernelAddresses.server,
            in lab: KernelLab
        ) throws -> Outcome {
            let command = [
                "setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", SystemTest.binary, "check",
                "--server", server, "--json",
            ]
            let start = ContinuousClock.now
            let output = try lab[.clientA].run(command + arguments, limit: .seconds(60))
            let time = ContinuousClock.now - start
            let report = try JSONDecoder().decode(Report.self, from: Data(output.output.utf8))
            return Outcome(report: report, exitStatus: output.isSuccess, time: time)
        }

        private static func lab(_ kind: NATKind) throws -> KernelLab {
            let lab = try SystemTest.lab(nat1: kind)
            try lab.waitUntilServing(lab.start(.server))
            return lab
        }

        private static func drop(_ match: String, in lab: KernelLab) throws {
            try lab.load(
                rules: """
                    table ip blocked {
                        chain forward {
                            type filter hook forward priority filter
                            \(match) drop
                        }
                    }
                    """,
                on: .internet
            )
        }

        @Test("a check tells every kind of NAT in less than two seconds", arguments: NATKind.kernelKinds)
        func kinds(_ kind: NATKind) throws {
            try SystemTest.requirePrivileges()
            let lab = try Self.lab(kind)
            defer { lab.close() }
            let outcome = try Self.run(in: lab)
            let nat = outcome.report.nat
            #expect(outcome.exitStatus)
            #expect(outcome.report.works)
            #expect(outcome.time < .seconds(2))
            let expected: (type: String, mapping: String, filtering: String, ports: String?) =
                switch kind.forgetful {
                case .none: ("none", "none", "endpoint-independent", nil)
                case .fullCone: ("cone", "endpoint-independent", "endpoint-independent", "preserved")
                case .addressRestricted, .portRestricted:
                    ("restricted", "endpoint-independent", "address-or-port-dependent", "preserved")
                default:
                    ("symmetric", "address-or-port-dependent", "address-or-port-dependent", "other")
                }
            #expect(nat.type == expected.type)
            #expect(nat.mapping == expected.mapping)
            #expect(nat.filtering == expected.filtering)
            #expect(nat.portAssignment == expected.ports)
            #expect(
                outcome.report.problems.contains { $0.name == "symmetric-nat" } == (kind.expectationClass == .symmetric)
            )
            let remembers = kind == .addressRestrictedAccepting || kind == .portRestrictedAccepting
            #expect(outcome.report.problems.contains { $0.name == "stray-memory" } == remembers)
            #expect(outcome.report.directPeers != nil)
        }

        @Test("blocked UDP port 3544 is known within 8 seconds, with exit status 1 and advice")
        func blocked() throws {
            try SystemTest.requirePrivileges()
            let lab = try Self.lab(.portRestricted)
            defer { lab.close() }
            try Self.drop("udp dport 3544", in: lab)
            let outcome = try Self.run(in: lab)
            #expect(!outcome.exitStatus)
            #expect(!outcome.report.works)
            #expect(outcome.report.problems.first?.name == "port-blocked")
            #expect(outcome.report.server.primary?.answers == false)
            #expect(outcome.report.directPeers == nil)
            #expect(outcome.time < .milliseconds(8500))
        }

        @Test(
            "a dead secondary address leaves the kind of NAT unknown, which the report says first, and a client works"
        )
        func deadSecondary() throws {
            try SystemTest.requirePrivileges()
            let lab = try Self.lab(.portRestricted)
            defer { lab.close() }
            try Self.drop("ip daddr \(KernelAddresses.secondaryServer)", in: lab)
            let outcome = try Self.run(in: lab)
            #expect(outcome.exitStatus)
            #expect(outcome.report.works)
            #expect(outcome.report.server.primary?.answers == true)
            #expect(outcome.report.server.secondary?.answers == false)
            #expect(outcome.report.nat.mapping == nil)
            #expect(outcome.report.nat.type == nil)
            #expect(outcome.report.nat.portAssignment == "preserved")
            #expect(outcome.report.problems.first?.name == "secondary-silent")
        }

        @Test("a provider's shared address is reported as carrier-grade NAT")
        func carrier() throws {
            try SystemTest.requirePrivileges()
            let lab = try Self.lab(.portRestricted)
            defer { lab.close() }
            try lab[.box1].configure("ip address add 100.64.5.1/24 dev lan")
            try lab[.clientA].configure(
                """
                ip address flush dev eth0 scope global
                ip address add 100.64.5.2/24 dev eth0
                ip route replace default via 100.64.5.1
                """
            )
            let outcome = try Self.run(in: lab)
            #expect(outcome.exitStatus)
            #expect(outcome.report.mappedEndpoint?.hasPrefix(KernelAddresses.box1) == true)
            #expect(outcome.report.problems.contains { $0.name == "carrier-nat" })
        }

        @Test("a name without an address and a host without a route are told apart")
        func noServer() throws {
            try SystemTest.requirePrivileges()
            let lab = try SystemTest.lab()
            defer { lab.close() }
            let unresolved = try Self.run(server: "teredo.invalid", in: lab)
            #expect(!unresolved.exitStatus)
            let name = try #require(unresolved.report.problems.first?.name)
            // Where a name service on the host answers for itself that there is no such name, that is known.
            #expect(["resolver-silent", "server-unresolved"].contains(name))
            try lab[.clientA].configure("ip route del default")
            let unrouted = try Self.run(in: lab)
            #expect(!unrouted.exitStatus)
            #expect(unrouted.report.problems.first?.name == "no-route")
        }

        @Test("a running client knows its NAT half a minute after it qualified, and has closed the sockets it used")
        func runningClient() throws {
            try SystemTest.requirePrivileges()
            let lab = try Self.lab(.symmetric)
            defer { lab.close() }
            let client = try lab.start(.client, on: .clientA)
            _ = try lab.qualifiedAddress(of: .clientA)
            let early = try #require(try lab.statusText(of: client))
            #expect(early.contains("\nNAT Mapping             : not known yet, being determined\n"))
            let isKnown = try lab.wait(upTo: .seconds(60)) {
                try lab.statusText(of: client)?.contains("NAT Mapping             : address-dependent") ?? false
            }
            #expect(isKnown, "\(client.log)")
            let text = try #require(try lab.statusText(of: client))
            for line in [
                "NAT                     : symmetric", "NAT Filtering           : address-dependent or stricter",
                "Port Assignment         : other", "Hairpinning             : not known",
            ] {
                #expect(text.contains("\n\(line)"), "\(line)")
            }
            // The service port, the one of local discovery and the one that asks the router for a port mapping.
            let sockets = try lab[.clientA].run(["ss", "-Huan4"]).output.split(separator: "\n")
            #expect(sockets.count <= 3, "\(sockets)")
        }

        @Test("the lifetime of mappings is found by experiment, and a short one brings advice")
        func lifetime() throws {
            try SystemTest.requirePrivileges()
            let lab = try Self.lab(.portRestricted)
            defer { lab.close() }
            try lab[.box1].configure(
                """
                echo 7 > /proc/sys/net/netfilter/nf_conntrack_udp_timeout
                echo 7 > /proc/sys/net/netfilter/nf_conntrack_udp_timeout_stream
                """
            )
            let outcome = try Self.run(["--lifetime", "--lifetime-limit", "20"], in: lab)
            #expect(outcome.exitStatus)
            #expect(outcome.report.mappingLifetimeAtLeastSeconds == 5)
            #expect(outcome.report.mappingLifetimeBelowSeconds == 10)
            #expect(outcome.report.problems.contains { $0.name == "short-lifetime" })
        }
    }
}
