import TeredoControlTestSupport
import TeredoProtocol
import TeredoTestSupport
import Testing

@testable import TeredoControl
@testable import TeredoHost
@testable import TeredoSettings

@Suite("Status report")
struct StatusReportTests {
    @Test("a qualified client at a glance")
    func qualified() {
        let expected = """
            Type                    : client
            Client Type             : teredo client
            State                   : qualified, for 3 min 12 s
            Reason                  : 192.0.2.2 answered and sees us as 198.51.100.7:4096
            Address                 : 2001:0:c000:201:2cad:efff:39cc:9bf8
            Server Name             : teredo.example.org
            Server                  : 192.0.2.1, secondary 192.0.2.2
            NAT                     : restricted or restricted (port)
            NAT Mapping             : endpoint-independent: everybody sees this host at the same address and port
            NAT Filtering           : address-dependent or stricter: only those that this host has sent to can answer
            Port Assignment         : preserved: external ports are the same as this host's
            Hairpinning             : yes: hosts behind the NAT reach each other by their external addresses
            Mapping Lifetime        : at least 60 seconds
            NAT Special Behaviour   : UPNP: no, PortPreserving: yes
            Client Port             : 4096
            Network                 : unmanaged
            Local Mapping           : 192.168.1.5:4096
            External NAT Mapping    : 198.51.100.7:4096
            Client Refresh Interval : 30 seconds
            Interface               : teredo, MTU 1280
            Offloads                : tso, udp-gso
            Workers                 : 1
            Data Path               : userspace
            Port Mapping            : none
            Transit Relay           : none
            Native IPv6             : reached: 3 of 4 hosts tried recently answer through a relay
            Inbound                 : filtered: answers and pings only
            Refused                 : nothing
            Peers                   : 2
            Running For             : 1 h 2 min

            Datagrams               : 120 received, 118 sent
            Octets                  : 90000 received, 80000 sent
            IPv6 Packets            : 100 delivered, 99 accepted
            Bubbles                 : 3 received, 4 sent
            Qualification           : 7 solicitations, 6 advertisements
            Dropped                 : 9 rateLimited, 2 malformed
            """
        #expect(StatusReport.client(StatusSamples.qualified).text == expected)
    }

    @Test("teredo auto says why a role was chosen, and the three before it")
    func roles() throws {
        var client = StatusSamples.qualified
        client.identity.roles = StatusSamples.roles
        var relay = StatusSamples.relay
        relay.identity.roles = StatusSamples.roles
        for report in [StatusReport.client(client), .relay(relay), .dormant(StatusSamples.dormant)] {
            let lines = report.text.split(separator: "\n").map { line in
                String(line.drop { $0 != ":" }.dropFirst(2))
            }
            let start = try #require(lines.firstIndex(of: "teredo auto, 1 min ago: because of 1"))
            #expect(
                lines[(start + 1)..<(start + 4)].map { $0 } == [
                    "2 min ago client: because of 2", "3 min ago host-relay: because of 3",
                    "4 min ago client: because of 4",
                ]
            )
            #expect(!report.text.contains("because of 5"))
            let text = try JSONText.encode(report, isPretty: false)
            #expect(try JSONText.decode(StatusReport.self, from: text) == report)
        }
        #expect(!StatusReport.client(StatusSamples.qualified).text.contains("teredo auto"))
    }

    @Test("the last five changes of state are shown with their reasons, the newest first")
    func history() {
        var status = StatusSamples.qualified
        status.progress.history = StatusSamples.history
        let lines = StatusReport.client(status).text.split(separator: "\n").map(String.init)
        let start = lines.firstIndex { $0.hasPrefix("Last Changes ") } ?? 0
        #expect(
            lines[start..<min(start + 6, lines.count)].map { $0 } == [
                "Last Changes            : 1 s ago qualified: because of 1",
                "                        : 2 s ago qualifying, cone phase: because of 2",
                "                        : 3 s ago qualified: because of 3",
                "                        : 4 s ago qualifying, cone phase: because of 4",
                "                        : 5 s ago qualified: because of 5",
                "Datagrams               : 120 received, 118 sent",
            ]
        )
    }

    @Test(
        "a qualified client says what is known about relays towards native IPv6, and alarms only after several hosts",
        arguments: [
            (0, 0, "not known: no native host was tried recently", false),
            (1, 0, "not known: the only native host tried recently does not answer", false),
            (2, 0, "no relay answers: none of the 2 hosts tried recently was reached", true),
            (2, 1, "reached: 1 of 2 hosts tried recently answer through a relay", false),
        ]
    )
    func native(tried: Int, answered: Int, phrase: String, isAlarm: Bool) {
        var status = StatusSamples.qualified
        status.traffic.nativeIPv6 = NativeStatus(hostsTried: tried, hostsAnswered: answered)
        let text = StatusReport.client(status).text
        #expect(text.contains("\nNative IPv6             : \(phrase)\n"))
        let alarm = ": qualified, for 3 min 12 s, but no relay towards native IPv6 answers\n"
        #expect(text.contains(alarm) == isAlarm)
        status.progress.state = .qualifying
        #expect(!StatusReport.client(status).text.contains("but no relay"))
    }

    @Test("what was not asked for or not told is said to be so, and an offline client has an error as with netsh")
    func netshWords() {
        let text = StatusReport.client(StatusSamples.offline).text
        #expect(text.contains("\nClient Port             : unspecified: any free port\n"), "\(text)")
        #expect(text.contains("\nNetwork                 : not judged: 'teredo auto' was given no"), "\(text)")
        #expect(text.contains("\nError                   : "), "\(text)")
        var auto = StatusSamples.qualified
        auto.identity.type = .enterpriseclient
        auto.identity.network = .managed
        #expect(StatusReport.client(auto).text.hasPrefix("Type                    : enterpriseclient\n"))
        #expect(StatusReport.client(auto).text.contains("\nNetwork                 : managed\n"))
        #expect(StatusReport.dormant(StatusSamples.dormant).text.contains("Network       : managed\n"))
    }

    @Test("a client with several servers shows what it knows of each, a client with one does not")
    func servers() {
        var status = StatusSamples.qualified
        #expect(!StatusReport.client(status).text.contains("\nServers "))
        for (address, state, unanswered) in [
            (ipv4("192.0.2.5"), ServerHealth.State.silent, 3), (ipv4("198.51.100.1"), .unknown, 0),
        ] {
            let server = ServerHealthStatus(address: address, state: state, unanswered: unanswered, listed: true)
            status.servers.health.append(server)
        }
        let expected = """
            Servers                 : 192.0.2.1: in use, 9.4 ms, answered 1 s ago
                                    : 192.0.2.5: silent, unanswered 3 times
                                    : 198.51.100.1: not known yet

            """
        let text = StatusReport.client(status).text
        #expect(text.contains(expected), "\(text)")
    }

    @Test(
        "questions are unanswered since a server's last answer, and without 'since' when it never answered",
        arguments: [
            (nil, 1, "192.0.2.5: silent, unanswered once"), (nil, 2, "192.0.2.5: silent, unanswered 2 times"),
            (9, 1, "192.0.2.5: silent, answered 9 s ago, unanswered once since"),
        ] as [(Int?, Int, String)]
    )
    func unansweredServer(_ answeredSeconds: Int?, _ unanswered: Int, _ phrase: String) {
        var status = StatusSamples.qualified
        status.servers.health.append(
            ServerHealthStatus(
                address: ipv4("192.0.2.5"),
                state: .silent,
                answered: answeredSeconds.map { .seconds($0) },
                unanswered: unanswered,
                listed: true
            )
        )
        let text = StatusReport.client(status).text
        #expect(text.contains(": \(phrase)\n"), "\(text)")
    }

    @Test("an offline client says what is unknown, why, and when it tries again")
    func offline() {
        let lines = StatusReport.client(StatusSamples.offline).text.split(separator: "\n")
        for line in [
            "State                   : offline, for 5 s, next attempt in 8 s",
            "Error                   : no answer from 192.0.2.1 to 3 solicitations",
            "Address                 : none",
            "Server                  : 192.0.2.1, no secondary address",
            "NAT                     : unknown",
            "NAT Mapping             : not known",
            "NAT Filtering           : not known",
            "Port Assignment         : not known",
            "Hairpinning             : not known",
            "NAT Special Behaviour   : UPNP: no, PortPreserving: unknown",
            "Local Mapping           : unknown",
            "External NAT Mapping    : unknown",
        ] {
            #expect(lines.contains { $0 == line }, "\(line)")
        }
    }

    @Test("while the NAT is being diagnosed, what is not known may be later")
    func diagnosing() {
        var status = StatusSamples.qualified
        status.mapping.nat.behavior = NATBehaviorStatus()
        status.mapping.nat.observation.isBeingDiagnosed = true
        let text = StatusReport.client(status).text
        #expect(text.contains("\nNAT Mapping             : not known yet, being determined\n"), "\(text)")
        #expect(text.contains("\nHairpinning             : not known yet, being determined\n"), "\(text)")
    }

    @Test("a client that resolves its server says so")
    func resolving() {
        var status = StatusSamples.offline
        status.progress.state = .qualifying
        status.progress.phase = .resolving
        status.progress.retry = nil
        #expect(StatusReport.client(status).text.contains(": qualifying (resolving the server name), for 5 s\n"))
    }

    @Test("a server at a glance")
    func server() {
        let expected = """
            Type              : teredo server
            State             : running
            Primary Address   : 192.0.2.1:3544
            Secondary Address : 192.0.2.2:3544
            Authentication    : none
            Native IPv6       : connectivity tests are forwarded
            XDP               : off
            Workers           : 1
            Running For       : 1 d 2 h

            """
        let actual = StatusReport.server(StatusSamples.server).text
        #expect(actual.hasPrefix(expected + "\n"), "\(actual)")
        #expect(actual.contains("\nDropped           : 9 rateLimited, 2 malformed"))
    }

    @Test(
        "a server's authentication in words",
        arguments: [
            (false, 0, "none"), (false, 1, "optional, 1 client secret"), (true, 2, "required, 2 client secrets"),
        ]
    )
    func authentication(isRequired: Bool, secrets: Int, phrase: String) {
        var status = StatusSamples.server
        status.requiresAuthentication = isRequired
        status.secrets = secrets
        #expect(StatusReport.server(status).text.contains("\nAuthentication    : \(phrase)\n"))
    }

    @Test("a server says how XDP answers for it, and how often it did")
    func xdp() {
        var status = StatusSamples.server
        status.xdp = .native
        status.xdpInterfaces = ["eth0", "eth1"]
        status.xdpAnswered = 1
        #expect(
            StatusReport.server(status).text.contains(
                "XDP               : native on eth0, eth1, 1 solicitation answered\n"
            )
        )
    }

    @Test("a relay at a glance")
    func relay() {
        let expected = """
            Type            : teredo relay
            State           : running
            Local Mapping   : 203.0.113.1:3545
            Interface       : teredo, MTU 1280
            Offloads        : none
            Workers         : 1
            Data Path       : userspace
            Served Prefixes : 2001:db8::/32
            IPv6 Forwarding : off: nothing is relayed for other hosts
            Inbound         : open
            Peers           : 12, 10 trusted, limit 65536
            Running For     : 59 s
            """
        let actual = StatusReport.relay(StatusSamples.relay).text
        #expect(actual.hasPrefix(expected + "\n\n"), "\(actual)")
    }

    @Test(
        "what may come in, in words",
        arguments: [
            (InboundStatus(mode: .filtered), "filtered: answers and pings only\nRefused                 : nothing"),
            (
                InboundStatus(mode: .open, otherFilter: false),
                "open; no filter of this host looks at IPv6: whatever it listens on can be reached"
            ),
            (InboundStatus(mode: .open, otherFilter: true), "open; another filter of this host looks at IPv6"),
            (InboundStatus(mode: .open), "open"),
            (
                GoldenSamples.qualified.traffic.inbound,
                "filtered: answers and pings, and tcp/22 from 2001:db8::/32, all\n"
                    + "Refused                 : 7 packets: tcp/22 from 2001:db8::7 (4), protocol 47 from 2001:db8::7 (2), others (1)"
            ),
        ]
    )
    func inbound(status: InboundStatus, words: String) {
        var client = StatusSamples.qualified
        client.traffic.inbound = status
        let text = StatusReport.client(client).text
        #expect(text.contains("\nInbound                 : \(words)\n"), "\(text)")
    }

    @Test("a host-specific relay names the addresses it speaks for")
    func hostRelay() {
        var status = StatusSamples.relay
        status.identity.role = .hostRelay
        status.service.forwarding = nil
        let text = StatusReport.relay(status).text
        #expect(text.contains("teredo host-specific relay\n"))
        #expect(text.contains("Own Addresses : 2001:db8::1\n"))
        #expect(!text.contains("Served Prefixes"))
    }

    @Test("a lifetime that proved to be short is shown instead of one that was looked for")
    func shortLifetime() {
        var status = StatusSamples.qualified
        status.mapping.nat.observation.mostLifetime = .seconds(9)
        #expect(StatusReport.client(status).text.contains("Mapping Lifetime        : less than 9 seconds\n"))
        #expect(!StatusReport.client(status).text.contains("at least"))
    }

    @Test("losses outside the protocol are shown when there are any")
    func systemCounters() {
        var status = StatusSamples.relay
        status.counters.system.sendBufferFull = 3
        #expect(StatusReport.relay(status).text.contains(": 0 datagrams refused, 3 lost to a full buffer"))
    }

    @Test("JSON of a client has every key of the contract, unknown values as null")
    func clientJSON() throws {
        let json = try JSONText.encode(StatusReport.client(StatusSamples.offline), isPretty: false)
        for key in [
            #""role":"client""#, #""state":"offline""#, #""address":null"#, #""server":"192.0.2.1""#,
            #""mappedEndpoint":null"#, #""clientPort":null"#, #""network":null"#, #""type":"client""#,
            #""localEndpoint":null"#, #""filtering":null"#, #""hairpinning":null"#,
            #""mapping":null"#,
            #""mappingLifetimeAtLeastSeconds":null"#, #""mappingLifetimeBelowSeconds":null"#, #""portAssignment":null"#,
            #""portPreserving":null,"#,
            #""portStep":null"#, #""severalAddresses":null"#, #""type":null"#,
            #""interface":"teredo""#, #""mtu":1280"#, #""peers":2"#,
            #""drops":{"malformed":2,"rateLimited":9}"#,
        ] {
            #expect(json.contains(key), "\(key)")
        }
    }

    @Test(
        "JSON is read back as it was written",
        arguments: [
            StatusReport.client(StatusSamples.qualified), .client(StatusSamples.offline),
            .server(StatusSamples.server), .relay(StatusSamples.relay), .gateway(StatusSamples.gateway),
        ]
    )
    func roundTrip(report: StatusReport) throws {
        let json = try JSONText.encode(report, isPretty: true)
        #expect(try JSONText.decode(StatusReport.self, from: json) == report)
    }

    @Test(
        "NAT types in words",
        arguments: [
            (NATClass.cone, false, "cone"), (.symmetric, false, "symmetric"), (.unknown, false, "unknown"),
            (.restricted, true, "none (global connectivity)"),
        ]
    )
    func natPhrases(natClass: NATClass, isDirect: Bool, phrase: String) {
        #expect(NATStatus(natClass: natClass, isPortPreserving: nil, isDirect: isDirect).phrase == phrase)
    }
}
