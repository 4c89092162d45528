import TeredoControlTestSupport
import TeredoLinux
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoControl
@testable import TeredoDiagnosis
@testable import TeredoHost

@Suite("Ping")
struct PingTests {
    private static func path(_ kind: PeerSummary.Path, _ place: String = "192.0.2.9:3545") -> PingPath {
        var peer = ControlSample.peer(0)
        peer.path = kind
        peer.endpoint = endpoint(place)
        return PingPath(peer)
    }

    @Test("each event is a line for people, with the path in words")
    func text() {
        let transit = Self.path(.transit)
        let direct = Self.path(.direct, "198.51.100.7:4096")
        let lines = [
            PingEvent.reply(sequence: 1, octets: 64, time: .microseconds(1625), transit),
            .pathChange(from: transit, to: direct),
            .reply(sequence: 2, octets: 64, time: .microseconds(123_460), direct),
            .silence(sequence: 3, patience: .milliseconds(500), Self.path(.contacting)),
            .silence(sequence: 4, patience: .seconds(2), .unknown),
            .refusal(EchoRefusal(.hostUnreachable, reason: "No route to host"), sequence: 5, by: ipv6("2001:db8::9")),
            .refusal(EchoRefusal(.noRoute, reason: "Network is unreachable"), sequence: 6, by: nil),
            .reply(sequence: 7, octets: 64, time: .microseconds(9999), .none),
        ].map { $0.text("2001:db8::1") }
        let expected = [
            "64 octets from 2001:db8::1: seq=1 time=1.63 ms, through the transit relay 192.0.2.9:3545",
            "path changed: direct to 198.51.100.7:4096; before: through the transit relay 192.0.2.9:3545",
            "64 octets from 2001:db8::1: seq=2 time=123.5 ms, direct to 198.51.100.7:4096",
            "no answer to seq=3 within 0.5 s, no path yet, being contacted",
            "no answer to seq=4 within 2 s, path not known",
            "seq=5: No route to host, says 2001:db8::9",
            "seq=6: Network is unreachable, says this host",
            "64 octets from 2001:db8::1: seq=7 time=10.0 ms, not through Teredo",
        ]
        #expect(lines == expected)
    }

    @Test("each event is an object for scripts")
    func json() throws {
        let direct = Self.path(.direct)
        let lines = try [
            PingEvent.reply(sequence: 1, octets: 64, time: .microseconds(1500), direct),
            .silence(sequence: 2, patience: .seconds(2), .unknown),
            .refusal(EchoRefusal(.other, reason: "why"), sequence: 3, by: ipv6("::1")),
            .pathChange(from: direct, to: .none),
        ].map { try JSONText.encode($0, isPretty: false) }
        let expected = [
            #"{"endpoint":"192.0.2.9:3545","event":"reply","octets":64,"path":"direct","roundTripMilliseconds":1.5,"sequence":1}"#,
            #"{"event":"silence","path":"unknown","sequence":2,"timeoutSeconds":2}"#,
            #"{"cause":"other","event":"refusal","reason":"why","sequence":3,"source":"::1"}"#,
            #"{"event":"pathChange","path":"none","previousEndpoint":"192.0.2.9:3545","previousPath":"direct"}"#,
        ]
        #expect(lines == expected)
    }

    @Test("the summary counts what came on which path, and has no times without an answer")
    func summary() throws {
        var summary = PingSummary()
        for _ in 0..<3 { summary.recordRequest() }
        #expect(summary.text("::1") == "--- ::1 ---\n3 sent, 0 received, 100 % lost")
        summary.recordReply(after: .milliseconds(3), path: Self.path(.transit))
        summary.recordReply(after: .milliseconds(1), path: Self.path(.direct))
        let expected = """
            --- ::1 ---
            3 sent, 2 received, 33.3 % lost
            rtt min/avg/max = 1.00/2.00/3.00 ms
            paths: 1 through a transit relay, 1 direct
            """
        #expect(summary.text("::1") == expected)
        let json = #"""
            {"event":"summary","lossPercent":33.3,"maximumRoundTripMilliseconds":3,"meanRoundTripMilliseconds":2,"minimumRoundTripMilliseconds":1,\#
            "paths":[{"path":"transit","replies":1},{"path":"direct","replies":1}],"received":2,"sent":3}
            """#
        #expect(try JSONText.encode(summary, isPretty: false) == json)
    }

    @Test(
        "Addresses that are not those of one other host are refused, with the reason",
        arguments: [
            ("fe80::1", "link-local"), ("ff02::1", "multicast"), ("::", "another host"), ("::1", "another host"),
            ("::ffff:192.0.2.1", "another host"), ("2001:db8::1", nil), ("fd00::1", nil),
            ("2001:0:c000:201:2cad:efff:39cc:9bf8", nil),
        ]
    )
    func obstacle(address: String, word: String?) throws {
        let obstacle = PingTarget.obstacle(try #require(IPv6Address(address)))
        #expect((obstacle == nil) == (word == nil))
        #expect(obstacle?.contains(word ?? "") ?? true, "\(obstacle ?? "")")
    }

    @Test("A Teredo address that nobody sends to is remarked upon")
    func remark() throws {
        let mistyped = PingTarget.remark(try #require(IPv6Address("2001:0:808:101:1:2:3:4")))
        #expect(mistyped?.contains("its mapped address 255.252.255.251 is ") == true, "\(mistyped ?? "")")
        for address in ["2001:0:c000:201:2cad:efff:39cc:9bf8", "2001:db8::1"] {
            #expect(PingTarget.remark(try #require(IPv6Address(address))) == nil)
        }
    }

    @Test(
        "what the first contact cost is told only where there was no way before, and one after",
        arguments: [
            (.idle, .direct, .milliseconds(203)), (.contacting, .transit, .milliseconds(203)),
            (.none, .relay, .milliseconds(203)), (.direct, .direct, nil), (.none, .none, nil),
            (.unknown, .unknown, nil), (.unknown, .direct, nil),
        ] as [(PathKind, PathKind, Duration?)]
    )
    func contact(before: PathKind, after: PathKind, expected: Duration?) throws {
        var summary = PingSummary()
        let before = PingPath(path: before)
        let after = PingPath(path: after)
        summary.recordReply(after: .milliseconds(204), path: after, before: before)
        #expect(summary.contact == nil, "nothing to compare with")
        summary.recordReply(after: .milliseconds(1), path: after, before: before)
        summary.recordReply(after: .milliseconds(2), path: after, before: before)
        #expect(summary.contact == expected)
        let line = "\nfirst contact: the first answer took 203.0 ms longer"
        #expect(summary.text("2001:db8::1").contains(line) == (expected != nil))
        let json = try JSONText.encode(summary, isPretty: false)
        #expect(json.contains(#""contactMilliseconds":203"#) == (expected != nil), "\(json)")
    }
}
