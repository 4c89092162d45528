import TeredoLab
import TeredoProtocol
import TeredoTestSupport
import Testing

/// What the lab prints.
struct ReportTests {
    private static func check(received: Int, _ expectation: Reachability) -> ReachabilityCheck {
        ReachabilityCheck(
            from: "client A",
            to: "client B",
            address: "2001::1",
            sent: 4,
            received: received,
            roundTripMilliseconds: received > 0 ? [12.34, 0.5] : [],
            expectation: expectation
        )
    }

    @Test(
        "only what should connect and does not is a failure",
        arguments: [
            (4, Reachability.connects, true, "ok"), (0, .connects, false, "FAILED"),
            (0, .cannotConnect, true, "no, as expected"), (1, .cannotConnect, true, "ok (not promised)"),
            (0, .undetermined, true, "no (not promised)"),
        ]
    )
    func verdicts(received: Int, expectation: Reachability, isAcceptable: Bool, verdict: String) {
        let check = Self.check(received: received, expectation)
        #expect(check.isAcceptable == isAcceptable)
        #expect(check.verdict == verdict)
        var report = LabReport(mode: "simulated", seed: 7, nat1: "none", nat2: "none")
        report.checks = [check]
        #expect(report.isSuccess == isAcceptable)
        #expect(report.summary.hasPrefix("FAILED") != isAcceptable)
    }

    @Test("the tables line up")
    func tables() {
        var report = LabReport(mode: "simulated", seed: 7, nat1: "none", nat2: "none")
        report.checks = [Self.check(received: 4, .connects), Self.check(received: 0, .cannotConnect)]
        #expect(
            report.checkTable == """
                                        replies    first     best
                  client A -> client B      4/4  12.3 ms  0.50 ms  ok
                  client A -> client B      0/4        -        -  no, as expected
                """
        )
        report.parties = [
            LabReport.Party(name: "server", address: "2400::1", remark: "one"),
            LabReport.Party(name: "client A", address: nil, mappedEndpoint: "192.0.2.1:4096", remark: "two"),
        ]
        #expect(
            report.partyTable == """
                  server    2400::1     one
                  client A  no address  mapped 192.0.2.1:4096
                            two
                """
        )
    }

    @Test("the JSON form says whether all is well")
    func json() throws {
        var report = LabReport(mode: "simulated", seed: 7, nat1: "none", nat2: "symmetric")
        report.checks = [Self.check(received: 0, .connects)]
        report.parties = [
            LabReport.Party(name: "client A", address: nil, mappedEndpoint: "192.0.2.1:4096", remark: "one"),
            LabReport.Party(name: "server", address: "2400::1", remark: "two"),
        ]
        report.checks[0].remark = "Address unreachable"
        let text = try report.json()
        let schema = try JSONSchema("lab")
        #expect(try schema.validate(text) == schema.keys)
        let natKinds = Set(NATKind.allCases.map(\.rawValue))
        #expect(schema.words("nat1") == natKinds && schema.words("nat2") == natKinds)
        #expect(schema.words("expectation", of: "check") == Set(Reachability.allCases.map(\.rawValue)))
        #expect(text.contains(#""success" : false"#) && text.contains(#""seed" : 7"#))
        #expect(text.contains(#""expectation" : "connects""#))
    }

    @Test("the output of ping is understood, errors included")
    func ping() {
        let result = PingResult(
            output: """
                PING 2001:db8::1(2001:db8::1) 56 data bytes
                64 bytes from 2001:db8::1: icmp_seq=1 ttl=62 time=1.75 ms
                From 2001:db8::2 icmp_seq=2 Destination unreachable: Address unreachable
                64 bytes from 2001:db8::1: icmp_seq=3 ttl=62 time=0.301 ms

                --- 2001:db8::1 ping statistics ---
                3 packets transmitted, 2 received, +1 errors, 33.3% packet loss, time 2003ms
                """
        )
        #expect(result.sent == 3 && result.received == 2 && result.roundTrips == [1.75, 0.301])
        #expect(result.best == 0.301 && result.isReachable)
        #expect(result.answered == [1, 3] && !result.isComplete)
        func answers(_ numbers: [Int], of sent: Int) -> PingResult {
            let lines = numbers.map { "64 bytes from 2001:db8::1: icmp_seq=\($0) ttl=62 time=1 ms\n" }.joined()
            return PingResult(output: "\(lines)\(sent) packets transmitted, \(numbers.count) received, 0% packet loss")
        }
        #expect(answers([1, 2, 3], of: 3).isComplete && answers([2, 1], of: 3).isComplete)
        #expect(!answers([2, 3], of: 3).isComplete && !answers([], of: 1).isComplete)
        #expect(result.errors == ["From 2001:db8::2 icmp_seq=2 Destination unreachable: Address unreachable"])
    }
}
