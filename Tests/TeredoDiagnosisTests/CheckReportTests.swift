import TeredoControlTestSupport
import TeredoLinux
import TeredoPortMapping
import TeredoProtocol
import TeredoSettings
import TeredoWire
import Testing

@testable import TeredoControl
@testable import TeredoDiagnosis
@testable import TeredoHost

@Suite("Check report")
struct CheckReportTests {
    private static func report(_ change: (inout NATReport) -> Void = { _ in }) -> CheckReport {
        var nat = StatusSamples.restricted
        change(&nat)
        var report = CheckReport(serverName: .name("teredo.example.org"))
        report.server = nat.server
        report.localAddress = nat.localEndpoint?.address
        report.nat = nat
        return report
    }

    @Test("a usual home router at a glance")
    func restricted() {
        let expected = """
            Server Name          : teredo.example.org
            Primary Server       : 192.0.2.1, answers after 23 ms
            Secondary Server     : 192.0.2.2, answers after 9.9 ms
            Local Mapping        : 192.168.1.5:40001
            External NAT Mapping : 198.51.100.7:40001
            NAT                  : restricted or restricted (port)
            NAT Mapping          : endpoint-independent: everybody sees this host at the same address and port
            NAT Filtering        : address-dependent or stricter: only those that this host has sent to can answer
            Port Assignment      : preserved: external ports are the same as this host's
            Hairpinning          : yes: hosts behind the NAT reach each other by their external addresses

            Verdict: works. A Teredo client works here; direct connections to all clients except those behind random-port symmetric NATs.
            """
        #expect(Self.report().text == expected)
    }

    @Test("a silent server: no client, and what to do")
    func silent() {
        let report = Self.report { nat in
            nat = NATReport(server: nat.server)
            nat.primary = .silent
            nat.secondary = .silent
            nat.localEndpoint = UDPEndpoint(IPv4Address(192, 168, 1, 5), 40_001)
        }
        let expected = """
            Server Name      : teredo.example.org
            Primary Server   : 192.0.2.1, silent
            Secondary Server : 192.0.2.2, silent
            Local Mapping    : 192.168.1.5:40001

            Verdict: server-silent. A Teredo client will not work here.

            What you can do:
            * server-silent: Nothing comes back from 192.0.2.1, neither from UDP port 3544 nor from any other.
              -> Try another server. If all are silent, a firewall is in the way: let UDP to port 3544 out and
                 its answers in. A server that needs a secret is silent without it (--secret-file).

            More: teredo check --explain server-silent
            """
        #expect(report.text == expected)
        #expect(!report.isWorking)
    }

    @Test("without NAT neither ports nor hairpinning are shown")
    func direct() {
        let report = Self.report { nat in
            nat.mapping = NATReport.Mapping.none
            nat.filtering = .endpointIndependent
            nat.portAssignment = nil
            nat.hairpinning = nil
        }
        #expect(report.text.contains("NAT                  : none (global connectivity)\n"))
        #expect(!report.text.contains("Hairpinning"))
        #expect(!report.text.contains("Port Assignment"))
        #expect(report.problems.isEmpty)
        #expect(report.directPeers == .all)
    }

    @Test("each problem has its name, and each name its remedy")
    func problems() {
        var cases: [(CheckProblem.Name, CheckReport)] = [
            (.serverUnresolved, CheckReport(serverName: .name("teredo.example.org"))),
            (.primarySilent, Self.report { $0.mappedEndpoint = nil }),
            (.answerRejected, Self.report { $0.lastRejection = .authenticationFailed }),
            (.secondarySilent, Self.report { $0.secondary = .silent }),
            (.symmetricNAT, Self.report { $0.mapping = .dependent }),
            (.strayMemory, Self.report { $0.remembersStrays = true }),
            (.severalAddresses, Self.report { $0.usesSeveralAddresses = true }),
            (.shortLifetime, Self.report { $0.lifetime = .init(atLeast: .seconds(10), lessThan: .seconds(20)) }),
            (.noHairpinning, Self.report { $0.hairpinning = NATReport.Hairpinning.none }),
        ]
        var partly = Self.report()
        partly.candidates = [
            ServerCandidate(IPv4Address(192, 0, 2, 1), .server(.milliseconds(5))),
            ServerCandidate(IPv4Address(192, 0, 2, 129), .silent),
        ]
        cases.append((.serverAddressUnusable, partly))
        var unrouted = Self.report()
        unrouted.nat = nil
        cases.append((.noRoute, unrouted))
        cases.append(
            (
                .serverSilent,
                Self.report {
                    $0.mappedEndpoint = nil
                    $0.secondary = .silent
                }
            )
        )
        var carrier = Self.report()
        carrier.localAddress = IPv4Address(100, 64, 0, 9)
        cases.append((.carrierNAT, carrier))
        var double = Self.report()
        double.portMapping = .init(mappingProtocol: .upnp, externalAddress: IPv4Address(10, 0, 0, 2))
        cases.append((.doubleNAT, double))
        var unmapped = Self.report()
        unmapped.portMapping = .init(mappingProtocol: nil, externalAddress: nil)
        cases.append((.noPortMapping, unmapped))
        unmapped.portMapping?.refusal = "the router refused PCP (result 2)"
        cases.append((.portMappingRefused, unmapped))
        var unanswered = CheckReport(serverName: .name("teredo.example.org"))
        unanswered.isNameServiceSilent = true
        cases.append((.resolverSilent, unanswered))
        cases.append(
            (
                .statefulFirewall,
                Self.report {
                    $0.mapping = NATReport.Mapping.none
                    $0.hairpinning = nil
                }
            )
        )
        cases += Self.silences.map { ($0, Self.silent($1)) } + Self.lacks.map { ($0, Self.lacking($1)) }
        cases += Self.clients
        var narrow = Self.report()
        narrow.path = PathFindings()
        narrow.path?.fullSize = .tooBig(mtu: 1300)
        cases.append((.smallMTU, narrow))
        #expect(Set(cases.map(\.0)) == Set(CheckProblem.Name.allCases))
        for (name, report) in cases {
            #expect(report.problems.map(\.name) == [name])
            #expect(report.problems.allSatisfy { $0.remedy.hasSuffix(".") && $0.description.hasSuffix(".") })
            #expect(report.verdict == (name.severity == .note ? .works : .problem(name)))
            #expect(report.isWorking == (name.severity != .blocking), "\(name)")
        }
    }

    private static let router = IPv4Address(198, 51, 100, 9)

    /// What single datagrams show when the server is silent.
    private static let silences: [(CheckProblem.Name, @Sendable (inout PathFindings) -> Void)] = [
        (.outboundBlocked, { $0.toServerPort = .notLetOut }), (.inboundDropped, { $0.droppedHere = 12 }),
        (.portBlocked, { $0.toServerPort = .rejected(by: router) }), (.portBlocked, { $0.toOtherPort = .refused }),
        (.serverSilent, { $0.toServerPort = .unreachable(by: router) }),
        (.noServer, { ($0.toServerPort, $0.toOtherPort) = (.refused, .refused) }),
        (.serverSilent, { ($0.toServerPort, $0.toOtherPort) = (.silent, .silent) }),
    ]

    /// What a running client can say.
    private static var clients: [(CheckProblem.Name, CheckReport)] {
        var (offline, unrelayed, exposed) = (report(), report(), report())
        exposed.client = StatusSamples.qualified
        exposed.client?.traffic.inbound = InboundStatus(mode: .open, otherFilter: false)
        offline.client = StatusSamples.offline
        unrelayed.client = StatusSamples.qualified
        unrelayed.client?.traffic.nativeIPv6 = NativeStatus(hostsTried: 3)
        var changed = report()
        changed.client = StatusSamples.qualified
        changed.client?.dataPath.interfaceFaults = [InterfaceFault(kind: .down, description: "teredo is down")]
        var forgetful = report()
        forgetful.client = StatusSamples.qualified
        forgetful.client?.mapping.nat.observation.mostLifetime = .seconds(9)
        return [
            (.notQualified, offline), (.noRelay, unrelayed), (.shortLifetime, forgetful), (.inboundOpen, exposed),
            (.interfaceChanged, changed),
        ]
    }

    private static func silent(_ change: (inout PathFindings) -> Void) -> CheckReport {
        var report = report {
            $0.mappedEndpoint = nil
            $0.secondary = .silent
        }
        var path = PathFindings()
        change(&path)
        report.path = path
        return report
    }

    /// What a host can lack.
    private static let lacks: [(CheckProblem.Name, @Sendable (inout HostFindings) -> Void)] = [
        (.ipv6Missing, { $0.hasIPv6 = false }), (.ipv6Disabled, { $0.withholdsIPv6 = true }),
        (.tunMissing, { $0.tun = .missing }),
        (.noPermission, { $0.tun = .notPermitted }), (.noPermission, { $0.mayConfigure = false }),
        (.aaaaSuppressed, { $0.hidesIPv6Addresses = true }),
        (.clockWrong, { $0.clock = WallTime(sinceEpoch: .seconds(86_400)) }),
        (.clockWrong, { $0.clock = $0.clock + .seconds(40 * 365 * 86_400) }),
        (.clockWrong, { $0.programDate = $0.clock + .seconds(90_000) }),
    ]

    private static func lacking(_ change: (inout HostFindings) -> Void) -> CheckReport {
        var report = report()
        var host = HostFindings()
        change(&host)
        report.host = host
        return report
    }

    @Test("the problem that matters most is the verdict, and what blocks comes before what limits")
    func order() {
        var report = Self.report {
            $0.mapping = .dependent
            $0.hairpinning = NATReport.Hairpinning.none
        }
        #expect(report.verdict == .problem(.symmetricNAT))
        #expect(report.text.contains("\nVerdict: symmetric-nat. A Teredo client works here; "))
        report.host = HostFindings()
        report.host?.tun = .missing
        #expect(report.problems.map(\.name) == [.tunMissing, .symmetricNAT, .noHairpinning])
        #expect(report.verdict == .problem(.tunMissing))
        #expect(report.text.hasSuffix("\nMore: teredo check --explain tun-missing"))
    }

    @Test(
        "a clock is wrong when it is behind this program or decades ahead of it, a time zone is no fault",
        arguments: [
            (-1, nil, .behind), (0, nil, nil), (86_400 * 365, nil, nil), (86_400 * 365 * 31, nil, .ahead),
            (86_400, 86_400 * 365, .behind), (86_400 * 364, 86_400 * 365, nil), (86_400 * 366, 86_400 * 365, nil),
        ] as [(Int, Int?, HostFindings.ClockFault?)]
    )
    func clock(_ sinceRelease: Int, _ programSinceRelease: Int?, _ fault: HostFindings.ClockFault?) {
        var host = HostFindings()
        host.clock = HostFindings.release + .seconds(sinceRelease)
        host.programDate = programSinceRelease.map { HostFindings.release + .seconds($0) }
        #expect(host.clockFault == fault)
    }

    @Test("an answer that was not believed is no silence, and the reason stands in the report by its name")
    func rejectedAnswer() {
        let report = Self.report {
            $0.mappedEndpoint = nil
            $0.primary = .silent
            $0.secondary = .silent
            $0.lastRejection = .authenticationFailed
        }
        #expect(report.verdict == .problem(.answerRejected))
        #expect(report.text.contains("192.0.2.1, no answer that can be believed\n"), "\(report.text)")
        #expect(report.text.contains("not believed (authenticationFailed)."), "\(report.text)")
        #expect(!report.text.contains("silent"))
    }

    @Test("the second router on the way gives a carrier's NAT away, and nothing else")
    func secondHop() {
        var report = Self.report()
        report.path = PathFindings()
        report.path?.secondHop = IPv4Address(100, 64, 7, 1)
        #expect(report.problems.map(\.name) == [.carrierNAT])
        report.path?.secondHop = IPv4Address(10, 0, 0, 1)
        #expect(report.problems.isEmpty)
    }

    @Test("packets dropped in this host are counted from what the kernel counts")
    func droppedPackets() throws {
        let text = """
            Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InDelivers ReasmReqds ReasmOKs
            Ip: 1 64 1000 1 2 300 600 20 10
            Icmp: InMsgs InErrors
            Icmp: 5 0
            """
        #expect(try #require(PacketCounters(text: text)).dropped == 87)
        #expect(PacketCounters(text: "Ip: InReceives\nIp: 5") == nil)
        #expect(PacketCounters(text: "") == nil)
        #expect(PacketCounters.current != nil)
    }

    @Test("a short lifetime brings a refresh interval that is short enough")
    func refreshInterval() {
        let report = Self.report { $0.lifetime = .init(atLeast: .seconds(20), lessThan: .seconds(30)) }
        #expect(report.problems.first?.remedy.contains("--refresh-interval 15") == true)
        #expect(report.text.contains("Mapping Lifetime     : 20 to 30 seconds"))
    }

    @Test(
        "direct connections follow the NAT matrix",
        arguments: [
            (NATReport.PortAssignment.preserved, false, DirectPeers.portPreserving),
            (.sequential(step: 1), false, .restricted), (.other, false, .addressRestricted), (.other, true, .coneOnly),
        ]
    )
    func directPeers(_ ports: NATReport.PortAssignment, _ severalAddresses: Bool, _ expected: DirectPeers) {
        let report = Self.report { nat in
            nat.mapping = .dependent
            nat.portAssignment = ports
            nat.usesSeveralAddresses = severalAddresses
        }
        #expect(report.directPeers == expected)
        #expect(report.text.contains("direct connections \(expected.phrase)."))
    }

    @Test("JSON has every key, unknown values as null")
    func json() throws {
        let unknown = try JSONText.encode(CheckReport(serverName: .name("teredo.example.org")), isPretty: false)
        for key in [
            #""works":false"#, #""directPeers":null"#, #""localAddress":null"#, #""localEndpoint":null"#,
            #""mappedEndpoint":null"#, #""secondaryMappedEndpoint":null"#, #""mappingLifetimeAtLeastSeconds":null"#,
            #""portMapping":null"#, #""verdict":"server-unresolved""#, #""pathTakesFullSize":null"#,
            #""severity":"blocking""#, #""client":null"#, #""ignoredDatagrams":0"#, #""name":"server-unresolved""#,
            #""name":"teredo.example.org","primary":null"#, #""type":null"#,
        ] {
            #expect(unknown.contains(key), "\(key)")
        }
        let known = try JSONText.encode(Self.report(), isPretty: false)
        let nat =
            #""nat":{"filtering":"address-or-port-dependent","hairpinning":"external-source","#
            + #""mapping":"endpoint-independent","portAssignment":"preserved","portStep":null,"#
            + #""remembersStrays":null,"severalAddresses":false,"type":"restricted"}"#
        #expect(known.contains(nat))
        #expect(known.contains(#""primary":{"address":"192.0.2.1","answers":true,"roundTripMilliseconds":23.449}"#))
        #expect(known.contains(#""problems":[],"#))
    }

    @Test("SEC-34: a sinkholed name is told from one that does not exist, with what it leads to")
    func sinkhole() {
        var report = CheckReport(serverName: .name("teredo.example.org"))
        report.refusedAddresses = "127.0.0.1, which is loopback (127.0.0.0/8)"
        #expect(report.verdict == .problem(.serverUnresolved))
        #expect(report.problems.first?.description.contains("127.0.0.1, which is loopback") == true)
        #expect(report.text.contains("Refused Addresses : 127.0.0.1, which is loopback (127.0.0.0/8)"))
    }

    private static func chosen(_ findings: [ServerSurvey.Finding], secondary: IPv4Address? = nil) -> ServerAddresses? {
        let addresses = [IPv4Address(192, 0, 2, 1), IPv4Address(192, 0, 2, 129)]
        let servers = ServerSelection(configuredSecondary: secondary).servers(from: addresses)
        let candidates = zip(addresses, findings).map { ServerCandidate($0, $1) }
        return CandidateInquiry.choose(among: servers, candidates, configuredSecondary: secondary)
    }

    @Test("of the addresses of a name the first server that answers is checked, with the secondary address that it has")
    func choice() {
        let (first, second) = (IPv4Address(192, 0, 2, 1), IPv4Address(192, 0, 2, 129))
        let time = Duration.milliseconds(5)
        #expect(
            Self.chosen([.server(time), .server(time)]) == ServerAddresses(primary: first, secondary: first.successor)
        )
        #expect(
            Self.chosen([.server(time), .secondary(of: first, time)])
                == ServerAddresses(primary: first, secondary: second)
        )
        #expect(
            Self.chosen([.secondary(of: second, time), .server(time)])
                == ServerAddresses(primary: second, secondary: first)
        )
        #expect(Self.chosen([.silent, .server(time)])?.primary == second)
        #expect(Self.chosen([.silent, .silent])?.primary == first)
        let other = IPv4Address(198, 51, 100, 1)
        #expect(
            Self.chosen([.silent, .server(time)], secondary: other)
                == ServerAddresses(primary: second, secondary: other)
        )
    }
}
