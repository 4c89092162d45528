import Testing

@testable import TeredoLab

/// What `teredo lab --fleet` makes of what it saw.
@Suite struct FleetReportTests {
    private static func gap(_ milliseconds: Double?, kind: String = "ping", isEstablished: Bool = true) -> FleetGap {
        let begin = 100.0
        let arrivals = milliseconds.map { gap in
            [begin, begin + 0.01, begin + 0.01 + gap / 1000].enumerated().map {
                FleetFlow.Arrival(time: $1, number: $0 + 1)
            }
        }
        return FleetGap(
            arrivals ?? [],
            from: begin,
            to: begin + 0.01 + (milliseconds ?? 0) / 1000,
            flow: "native > client-a",
            kind: kind,
            isEstablished: isEstablished
        )
    }

    private static func event(_ event: FleetEvent, _ gaps: [FleetGap]) -> FleetEventReport {
        FleetEventReport(
            event: event,
            member: "relay-2",
            limitMilliseconds: FleetReport.exchange + Double(event.holdMilliseconds),
            gaps: gaps,
            contacts: [FleetContact(name: "newcomer", milliseconds: 60)],
            seen: FleetEvidence(status: true, log: true, metrics: true),
            loadLost: 0,
            faults: []
        )
    }

    @Test("gaps, losses and the end of the time are counted from what came")
    func gaps() {
        let text = """
            PING 2001:0:c000:201:: (2001:0:c000:201::) 24 data bytes
            [100.000000] 32 bytes from 2001::1: icmp_seq=7 ttl=64 time=0.040 ms
            [100.050000] no answer yet for icmp_seq=8
            From 2001:db8::1 icmp_seq=8 Destination unreachable: No route
            [100.250000] 32 bytes from 2001::1: icmp_seq=10 ttl=64 time=0.040 ms
            [100.300000] tcp_seq=11
            """
        let arrivals = FleetFlow.arrivals(in: text)
        #expect(arrivals.map(\.number) == [7, 10, 11])
        let gap = FleetGap(arrivals, from: 99.99, to: 100.9, flow: "", kind: "ping")
        #expect(gap.lost == 2)
        #expect(Int((gap.longestMilliseconds ?? 0).rounded()) == 600, "nothing came at the end")
        #expect(FleetGap(arrivals, from: 200, to: 201, flow: "", kind: "ping").longestMilliseconds == nil)
    }

    @Test("the promise is broken by a gap, a flow that ends, silence, no contact, and what nobody saw")
    func objections() {
        #expect(Self.event(.relayKilled, [Self.gap(2299)]).isSuccess)
        #expect(!Self.event(.relayKilled, [Self.gap(2301)]).isSuccess)
        #expect(Self.event(.relayHung, [Self.gap(2999)]).isSuccess)
        #expect(!Self.event(.relayHung, [Self.gap(3001)]).isSuccess)
        #expect(Self.event(.relayKilled, [Self.gap(4599, kind: "TCP")]).isSuccess)
        #expect(!Self.event(.relayKilled, [Self.gap(60, isEstablished: false)]).isSuccess)
        #expect(!Self.event(.relayKilled, [Self.gap(nil)]).isSuccess)
        var foreign = Self.gap(nil)
        foreign.isForeign = true
        #expect(Self.event(.relayKilled, [foreign]).isSuccess)
        var event = Self.event(.relayKilled, [Self.gap(60)])
        event.contacts[0].milliseconds = nil
        #expect(event.objections == ["newcomer: no contact in 10 s"])
        event = Self.event(.relayKilled, [Self.gap(60)])
        event.seen.log = false
        #expect(event.objections == ["not seen everywhere: S-M"])
        event = Self.event(.relayKilled, [Self.gap(60)])
        event.faults = ["the load ended"]
        #expect(!event.isSuccess)
    }

    @Test("a fleet without load, or with wrong answers, has not kept the promise")
    func verdict() {
        var report = FleetReport()
        report.quiet = [Self.gap(60)]
        report.events = FleetEvent.allCases.map { Self.event($0, [Self.gap(61)]) }
        #expect(!report.isSuccess)
        report.load = FleetReport.Load(clients: 200, qualified: 180, answered: 9, lost: 1, wrong: 0)
        #expect(report.isSuccess)
        report.load?.wrong = 1
        #expect(!report.isSuccess)
        report.load?.wrong = 0
        report.load?.qualified = 179
        #expect(!report.isSuccess)
        report.events = []
        #expect(!report.isSuccess)
    }

    @Test("the report is at most 80 columns wide, whatever the figures are")
    func width() {
        var report = FleetReport()
        for (from, to) in [("client-b", "native-2"), ("client-d", "native")] {
            var gap = Self.gap(88_888)
            gap.flow = "\(from) > \(to)"
            gap.isForeign = from == "client-d"
            report.quiet.append(gap)
        }
        report.events = FleetEvent.allCases.map { event in
            var outcome = Self.event(event, report.quiet)
            outcome.member = event.serverAddress == nil ? "relay-3" : "server-2"
            outcome.loadLost = 8888
            outcome.withdrawnMilliseconds = 8888
            outcome.contacts[0].milliseconds = 88_888
            return outcome
        }
        report.load = FleetReport.Load(clients: 200, qualified: 200, answered: 88_888, lost: 8888, wrong: 88)
        report.notes = ["Without a client of Miredo's: miredo is not installed (Debian: apt install miredo)"]
        for line in report.text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        #expect(report.text.contains("FAILED") && report.text.contains("The promise was broken."))
    }

    @Test("the lines of progress of a load are summed up, and samples of a metric")
    func figures() {
        let log = """
               1 s  50 of 50  120/118 /s  0 lost  0 wrong
               2 s  200 of 200  123/456 /s  17 lost  0 wrong  server 12 MB 3 %
               3 s  200 of 200  123/456 /s  2 lost  0 wrong
            """
        #expect(FleetLoad.lost(in: log) == 19)
        let metrics =
            "# HELP teredo_up x\nteredo_up{role=\"relay\"} 1\nteredo_up_other 7\nteredo_up{role=\"server\"} 2\n"
        #expect(FleetTrial.sum(of: "teredo_up", in: metrics) == 3)
        #expect(FleetTrial.sum(of: "teredo_down", in: metrics) == .infinity)
    }

    @Test("no two hosts of the plan share an address, and the names of interfaces are short enough")
    func plan() {
        let hosts = FleetPlan.hosts
        #expect(Set(hosts).count == hosts.count && hosts.allSatisfy { $0.rawValue.utf8.count <= 15 })
        let addresses = FleetPlan.members.flatMap { [$0.ipv4, $0.secondIPv4, $0.ipv6] } + FleetPlan.serverAddresses
        #expect(Set(addresses).count == addresses.count)
    }
}
