import TeredoControl
import TeredoControlTestSupport
import TeredoHost
import TeredoLinux
import TeredoProtocol
import TeredoSettings
import TeredoWire
import Testing

@testable import TeredoDiagnosis

@Suite("Status at a glance")
struct StatusOverviewTests {
    private static let peers = PeerList(total: 4, peers: (0..<3).map(ControlSample.peer))

    private static func overview(
        _ report: StatusReport,
        _ name: String = "client",
        peers: PeerList? = nil
    ) -> StatusOverview {
        StatusOverview(path: "/run/teredo/\(name).sock", report: report, peers: peers)
    }

    private static func text(_ overview: StatusOverview, rows: Int? = nil) -> String {
        overview.lines(OverviewLayout(columns: 80, rows: rows)).map(\.plainText).joined(separator: "\n")
    }

    @Test("a qualified client tells state, address, who may reach it, paths, traffic and drops")
    func client() {
        let expected = """
            client  qualified for 3 min 12 s
              Address      2001:0:c000:201:2cad:efff:39cc:9bf8 on teredo
              Server       192.0.2.1 (teredo.example.org), 9.4 ms, answered 1 s ago
              Seen as      198.51.100.7:4096, 192.168.1.5:4096 here, restricted NAT
              Direct       to all clients except those behind random-port symmetric NATs
              Inbound      filtered: answers, ping, nothing else
              Peers        4: 2 direct, 1 contacting, +1 more; round trip 23 ms
              Native IPv6  reached: 3 of 4 hosts tried recently answer through a relay
              Traffic      received 90 kB in 120 datagrams, sent 80 kB in 118, in 1 h 2 min
              Dropped      11: 9 rateLimited, 2 malformed (--explain rateLimited)
            """
        #expect(Self.text(Self.overview(.client(StatusSamples.qualified), peers: Self.peers)) == expected)
    }

    @Test("an offline client tells what is wrong, and what to do about it")
    func offline() {
        let expected = """
            client-home  offline for 5 s, next attempt in 8 s
              Address      none: no answer from 192.0.2.1 to 3 solicitations
              Server       192.0.2.1 (teredo.example.org), 9.4 ms, answered 1 s ago
              Inbound      filtered: answers, ping, nothing else
              Traffic      received 90 kB in 120 datagrams, sent 80 kB in 118, in 1 h 2 min
              Dropped      11: 9 rateLimited, 2 malformed (--explain rateLimited)

            ! The running client has no address: it is offline (no answer from 192.0.2.1 to
              3 solicitations).
              -> Wait a minute, or look at 'teredo status' and at the other problems here;
                 then restart the client.
            """
        #expect(Self.text(Self.overview(.client(StatusSamples.offline), "client-home")) == expected)
    }

    @Test("a server, a relay that does not forward, and a gateway with one address")
    func routers() {
        let server = """
            server  running for 1 d 2 h
              Addresses    192.0.2.1:3544 and 192.0.2.2:3544
              Served       6 of 7 solicitations answered, 3 bubbles received, 4 sent
              Traffic      received 90 kB in 120 datagrams, sent 80 kB in 118, in 1 d 2 h
              Dropped      11: 9 rateLimited, 2 malformed (--explain rateLimited)
            """
        #expect(Self.text(Self.overview(.server(StatusSamples.server), "server")) == server)
        let relay = """
            relay  running for 59 s
              Port         203.0.113.1:3545, interface teredo
              Serves       2001:db8::/32
              Inbound      open: everything
              Peers        12: 2 direct, 1 contacting, +9 more; round trip 23 ms (limit
                           65536)
              Traffic      received 90 kB in 120 datagrams, sent 80 kB in 118, in 59 s
              Dropped      11: 9 rateLimited, 2 malformed (--explain rateLimited)

            ! IPv6 forwarding is off, so nothing is relayed for other hosts.
              -> Switch it on: sysctl -w net.ipv6.conf.all.forwarding=1
            """
        #expect(Self.text(Self.overview(.relay(StatusSamples.relay), "relay", peers: Self.peers)) == relay)
        let gateway = Self.text(Self.overview(.gateway(StatusSamples.gateway), "gateway", peers: Self.peers))
        let addresses =
            "  Addresses    192.0.2.1:3544\n               one only: --all tells what clients cannot find out then\n"
        #expect(gateway.contains(addresses), "\(gateway)")
        for line in [
            "  Server       received 90 kB in 120 datagrams, sent 80 kB in 118, in 59 s",
            "  Relay        received 90 kB in 120 datagrams, sent 80 kB in 118, in 59 s",
        ] {
            #expect(gateway.split(separator: "\n").contains { $0 == line }, "\(line)\n\(gateway)")
        }
    }

    @Test("teredo auto tells why it is dormant, or took a role")
    func auto() {
        let dormant = """
            auto  dormant for 1 min, because of 1
              Network      managed
              Before       2 min ago client: because of 2
                           3 min ago host-relay: because of 3
                           4 min ago client: because of 4
            """
        #expect(Self.text(Self.overview(.dormant(StatusSamples.dormant), "auto")) == dormant)
        var client = StatusSamples.qualified
        client.identity.roles = StatusSamples.roles
        let text = Self.text(Self.overview(.client(client), "auto"))
        #expect(
            text.hasPrefix("auto  qualified") && text.contains("Chosen by    teredo auto, 1 min ago: because of 1\n")
        )
    }

    @Test(
        "who may reach the host is told in the words of the filter",
        arguments: [
            (InboundStatus(mode: .filtered), "filtered: answers, ping, nothing else"),
            (InboundStatus(mode: .filtered, allowed: [InboundRule("tcp/22")!]), "filtered: answers, ping, tcp/22"),
            (InboundStatus(mode: .open, otherFilter: true), "open: what another filter of this host lets in"),
            (InboundStatus(mode: .open), "open: everything"),
        ]
    )
    func inbound(status: InboundStatus, value: String) {
        var client = StatusSamples.qualified
        client.traffic.inbound = status
        #expect(Self.overview(.client(client)).rows.contains(StatusOverview.Row(name: "Inbound", value: value)))
    }

    @Test("what was refused is told behind it, and exposure is a problem with a remedy")
    func exposure() {
        let refusing = Self.overview(.client(GoldenSamples.qualified)).rows.first { $0.name == "Inbound" }
        #expect(
            refusing?.value.contains("; refused 7 packets: tcp/22 from 2001:db8::7 (4)") == true,
            "\(refusing as Any)"
        )
        var client = StatusSamples.qualified
        client.traffic.inbound = InboundStatus(mode: .open, otherFilter: false)
        let problem = Self.overview(.client(client)).problems.first
        #expect(problem?.severity == .limiting && problem?.remedy.contains("--allow") == true)
    }

    /// A client with more problems than there is room for.
    private static var troubled: ClientStatus {
        var client = StatusSamples.qualified
        client.traffic.inbound = InboundStatus(mode: .open, otherFilter: false)
        client.traffic.nativeIPv6 = NativeStatus(hostsTried: 3)
        client.mapping.nat.observation.mostLifetime = .seconds(9)
        client.mapping.nat.behavior.mapping = .dependent
        client.mapping.nat.behavior.remembersStrays = true
        client.mapping.nat.behavior.severalAddresses = true
        client.dataPath.interfaceFaults = [InterfaceFault(kind: .down, description: "teredo is down")]
        return client
    }

    @Test("a client in every trouble fits 24 rows of 80 columns, and says how many problems are not shown")
    func fits() throws {
        let overview = Self.overview(.client(Self.troubled), peers: Self.peers)
        let lines = overview.lines(OverviewLayout(columns: 80, rows: 24))
        #expect(lines.count < 24 && lines.allSatisfy { $0.width <= 80 }, "\(Self.text(overview, rows: 24))")
        let shown = lines.count { $0.plainText.hasPrefix("! ") }
        let count = overview.problems.count { $0.severity != .note }
        try #require(shown > 0 && shown < count)
        #expect(lines.last?.plainText.hasPrefix("+\(count - shown) more problem") == true, "\(lines)")
        #expect(lines.contains { $0.plainText.contains("teredo is down") }, "what matters most comes first")
        let whole = overview.lines(OverviewLayout(columns: 80))
        #expect(whole.count { $0.plainText.hasPrefix("! ") } == count && whole.count > 24)
    }

    @Test("numbers of a role that made them up overflow nothing")
    func absurd() {
        var relay = StatusSamples.relay
        relay.peers.count = .max
        relay.peers.limit = .max
        relay.counters.drops.record(.malformed, amount: .max - 10)
        relay.counters.drops.record(.rateLimited, amount: .max - 10)
        let list = PeerList(total: .min, peers: [ControlSample.peer(0)])
        #expect(Self.text(Self.overview(.relay(relay), "relay", peers: list)).contains("relay  running"))
    }
}

@Suite("Several roles at a glance")
struct RoleOverviewsTests {
    private static func entry(_ name: String, _ report: StatusReport) -> RoleOverviews.Entry {
        .answered(StatusOverview(path: "/run/teredo/\(name).sock", report: report, peers: nil))
    }

    private static let silent = RoleOverviews.Entry.failed(
        name: "gateway",
        ServiceError("the role at /run/teredo/gateway.sock does not answer within 5 s", remedy: "restart it")
    )

    private static func text(_ entries: [RoleOverviews.Entry], rows: Int?) -> [String] {
        RoleOverviews(entries).lines(OverviewLayout(columns: 80, rows: rows, sign: "…")).map(\.plainText)
    }

    @Test("two that fit are shown whole, one above the other, and one that is silent says so")
    func stacked() {
        let lines = Self.text([Self.entry("server", .server(StatusSamples.server)), Self.silent], rows: 24)
        #expect(lines.first == "server  running for 1 d 2 h" && lines.contains("gateway  does not answer"), "\(lines)")
        #expect(lines.contains("! the role at /run/teredo/gateway.sock does not answer within 5 s"))
        #expect(lines.last == "  -> restart it" && lines.contains(""))
    }

    @Test("many have one line each, within the terminal")
    func many() {
        let entries = [
            Self.entry("client-home", .client(StatusSamples.qualified)),
            Self.entry("relay", .relay(StatusSamples.relay)),
            Self.entry("server", .server(StatusSamples.server)), Self.silent,
        ]
        let expected = [
            "client-home  qualified  2001:0:c000:201:2cad:efff:39cc:9bf8",
            "relay        running    203.0.113.1:3545                     1 problem",
            "server       running    192.0.2.1:3544",
            "gateway      no answer  the role at /run/teredo/gateway.sock does not answer wi…", "",
            "One of them: teredo status --control-socket /run/teredo/NAME.sock",
        ]
        #expect(Self.text(entries, rows: 24) == expected)
        #expect(Self.text(entries, rows: nil) == expected, "without a terminal as on a small one")
        #expect(Self.text(entries, rows: 60).count > 24, "on a large terminal they are shown whole")
    }
}
