import TeredoControl
import TeredoControlTestSupport
import TeredoHost
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoDiagnosis

@Suite("Monitor")
struct MonitorTests {
    private static func instant(_ seconds: Double) -> ProtocolInstant {
        ProtocolInstant(nanoseconds: Int64(seconds * 1e9))
    }

    private static func role(_ name: String, _ report: StatusReport, _ peers: [PeerStatus]? = nil) -> MonitorSample.Role
    {
        let list = peers.map { PeerList(total: $0.isEmpty ? 0 : 1000, peers: $0) }
        return MonitorSample.Role(path: "/run/teredo/\(name).sock", outcome: .success(report), peers: list)
    }

    private static let peers = (0..<200).map(ControlSample.peer)

    private static var later: ClientStatus {
        var later = StatusSamples.qualified
        later.traffic.counters.octetsReceived += 2_400_000
        later.traffic.counters.datagramsReceived += 1900
        later.traffic.counters.octetsSent += 160_000
        later.traffic.counters.datagramsSent += 1400
        later.traffic.counters.drops.record(.rateLimited, amount: 6)
        return later
    }

    /// A client with peers, of which the fourth sent something within two seconds, and two further roles.
    private static var running: Monitor {
        var after = peers
        after[4].octetsReceived = (after[4].octetsReceived ?? 0) + 24_000
        let silent = MonitorSample.Role(
            path: "/run/teredo/gateway.sock",
            outcome: .failure(ServiceError("it hangs", remedy: "restart it")),
            peers: nil
        )
        let others = [role("relay", .relay(StatusSamples.relay), []), silent]
        var monitor = Monitor()
        let first = role("client", .client(StatusSamples.qualified), peers)
        monitor.take(MonitorSample(time: instant(1), roles: [first] + others))
        monitor.take(MonitorSample(time: instant(3), roles: [role("client", .client(later), after)] + others))
        return monitor
    }

    private static func lines(
        _ monitor: inout Monitor,
        _ columns: Int = 80,
        _ rows: Int = 24,
        at seconds: Double = 3.5
    ) -> [String] {
        monitor.screen(columns: columns, rows: rows, clock: "12:34:56", now: instant(seconds), sign: "~").map(
            \.plainText
        )
    }

    private static func press(_ keys: [MonitorKey], _ monitor: inout Monitor) {
        for key in keys { _ = monitor.press(key) }
    }

    @Test("shows rates, drops and peers by their traffic on 24 rows of 80 columns")
    func screen() {
        var monitor = Self.running
        let lines = Self.lines(&monitor).map { String($0.reversed().drop { $0 == " " }.reversed()) }
        let expected = """
            client  qualified for 3 min 12 s                           role 1 of 3  12:34:56
              Address      2001:0:c000:201:2cad:efff:39cc:9bf8 on teredo
              Server       192.0.2.1 (teredo.example.org), 9.4 ms, answered 1 s ago
              Inbound      filtered: answers, ping, nothing else
              In            1.2 MB/s       950 datagrams/s, 2.5 MB in 2020 so far
              Out            80 kB/s       700 datagrams/s, 240 kB in 1518 so far
              Dropped          3.0/s  rateLimited 3.0/s (15), malformed 0/s (2)

            PEER                                PATH           RTT         IN        OUT +2
            2001:0:c000:2ff:2cad:efff:39cc:1004 direct       23 ms    12 kB/s      0 B/s
            2001:0:c000:2ff:2cad:efff:39cc:1000 direct       23 ms      0 B/s      0 B/s
            2001:0:c000:2ff:2cad:efff:39cc:1001 contacting       -          -          -
            """
        #expect(lines.prefix(12).joined(separator: "\n") == expected)
        #expect(lines[22] == "+987 more below")
        #expect(lines[23] == " q quit  s sort: traffic  r reverse  a all rows  j k scroll  Tab next role")
    }

    @Test(
        "fills every terminal exactly, and says what is not to be seen",
        arguments: [(80, 24), (120, 40), (200, 60), (50, 14), (80, 8), (40, 3), (20, 2), (80, 1), (1, 1), (0, 0)]
    )
    func sizes(columns: Int, rows: Int) {
        for keys in [[], [.all], [.nextRole], [.nextRole, .nextRole]] as [[MonitorKey]] {
            var monitor = Self.running
            Self.press(keys, &monitor)
            let lines = Self.lines(&monitor, columns, rows)
            #expect(lines.count == rows && lines.allSatisfy { $0.count == columns }, "\(keys) \(lines)")
            guard columns >= 40, rows > 2, keys.isEmpty else { continue }
            #expect(lines.contains { $0.contains("+") && $0.contains(" more ") }, "\(lines)")
        }
    }

    @Test("keys sort, reverse, scroll within the list, and choose role and view")
    func keys() {
        var monitor = Self.running
        Self.press([.sort, .sort, .sort, .sort], &monitor)
        #expect(Self.lines(&monitor)[9].hasPrefix("2001:0:c000:2ff:2cad:efff:39cc:1000 "))
        Self.press([.reverse], &monitor)
        #expect(Self.lines(&monitor)[9].hasPrefix("2001:0:c000:2ff:2cad:efff:39cc:10c7 "))
        #expect(Self.lines(&monitor)[23].contains("sort: address, reversed"))
        Self.press([.pageDown, .down, .up], &monitor)
        #expect(Self.lines(&monitor)[22].hasPrefix("+10 more above, +977 more below "))
        Self.press(Array(repeating: .pageDown, count: 50), &monitor)
        #expect(
            Self.lines(&monitor)[22].hasPrefix("+187 more above, +800 more below "),
            "those that were not listed remain"
        )
        Self.press([.up], &monitor)
        #expect(Self.lines(&monitor)[22].hasPrefix("+186 more above"), "scrolling ended where the list does")
        Self.press([.all], &monitor)
        #expect(Self.lines(&monitor)[2].hasPrefix("Type                    : client"))
        Self.press([.all, .nextRole], &monitor)
        #expect(Self.lines(&monitor)[0].hasPrefix("relay  running for 59 s"))
        #expect(Self.lines(&monitor).contains { $0.hasPrefix("! IPv6 forwarding is off") })
        #expect(monitor.press(.quit) && !monitor.press(.sort))
    }

    @Test("orders by path, round trip and last word too")
    func orders() {
        let peers = [
            PeerStatus(
                address: ipv6("2001:db8::1"),
                path: .idle,
                endpoint: endpoint("192.0.2.1:1"),
                heard: .seconds(9),
                symmetricNAT: false,
                roundTrip: .milliseconds(5),
                extensions: false
            ),
            PeerStatus(
                address: ipv6("2001:db8::2"),
                path: .direct,
                endpoint: endpoint("192.0.2.1:1"),
                heard: nil,
                symmetricNAT: false,
                roundTrip: .milliseconds(50),
                extensions: false
            ),
            PeerStatus(
                address: ipv6("2001:db8::3"),
                path: .relay,
                endpoint: endpoint("192.0.2.1:1"),
                heard: .seconds(1),
                symmetricNAT: false,
                extensions: false
            ),
        ].map { MonitoredPeer($0, before: nil, seconds: 1) }
        func order(_ order: MonitoredPeer.Order) -> [String] {
            MonitoredPeer.sorted(peers, by: order, isReversed: false).map {
                "\($0.status.address)".suffix(1).description
            }
        }
        #expect(order(.path) == ["2", "3", "1"] && order(.rtt) == ["2", "1", "3"])
        #expect(
            order(.heard) == ["3", "1", "2"] && order(.address) == ["1", "2", "3"]
                && order(.traffic) == ["1", "2", "3"]
        )
    }

    @Test("there are no rates at first, and none across a restart of the role")
    func restart() {
        var monitor = Monitor()
        monitor.take(
            MonitorSample(time: Self.instant(1), roles: [Self.role("client", .client(Self.later), Self.peers)])
        )
        #expect(Self.lines(&monitor)[4].contains("          -         - datagrams/s"))
        monitor.take(
            MonitorSample(
                time: Self.instant(2),
                roles: [Self.role("client", .client(StatusSamples.qualified), Self.peers)]
            )
        )
        #expect(Self.lines(&monitor)[4].contains("          -         - datagrams/s"))
    }

    @Test("a role that is gone is named with the reason and waited for; another one that runs is shown")
    func gone() {
        let client = Self.role("client", .client(StatusSamples.qualified), Self.peers)
        var monitor = Monitor()
        monitor.take(MonitorSample(time: Self.instant(1), roles: [client]))
        let error = ServiceError("no role is running", remedy: "start one")
        monitor.take(MonitorSample(time: Self.instant(2), roles: [], failure: error))
        let lines = Self.lines(&monitor)
        #expect(lines[0].hasPrefix("client  no answer, waiting for it") && lines[1].hasPrefix("! no role is running"))
        #expect(lines[2].hasPrefix("  -> start one"))
        monitor.take(MonitorSample(time: Self.instant(3), roles: [Self.role("relay", .relay(StatusSamples.relay), [])]))
        #expect(Self.lines(&monitor)[0].hasPrefix("relay  running"))
        monitor.take(MonitorSample(time: Self.instant(4), roles: [client]))
        #expect(Self.lines(&monitor)[0].hasPrefix("client  qualified"))
    }

    @Test("what is old says so")
    func stale() {
        var monitor = Self.running
        #expect(Self.lines(&monitor, at: 5.9)[0].hasSuffix("12:34:56"))
        #expect(Self.lines(&monitor, at: 8.2)[0].hasSuffix("role 1 of 3  5 s old"))
    }

    @Test(
        "keys are told apart as terminals send them, and those that mean nothing are left out",
        arguments: [
            ("q", [.quit]), ("\u{04}", [.quit]),
            ("sra\tjk b", [.sort, .reverse, .all, .nextRole, .down, .up, .pageDown, .pageUp]),
            ("\u{1B}[A\u{1B}[B\u{1B}OA\u{1B}[5~\u{1B}[6~", [.up, .down, .up, .pageUp, .pageDown]),
            ("\u{1B}[1;5Cq", [.quit]), ("\u{1B}[200~s", [.sort]), ("\u{1B}", []), ("\u{1B}[", []), ("xyzé", []),
            ("", []),
        ] as [(String, [MonitorKey])]
    )
    func input(text: String, keys: [MonitorKey]) {
        #expect(MonitorKey.keys(Array(text.utf8)) == keys)
    }
}
