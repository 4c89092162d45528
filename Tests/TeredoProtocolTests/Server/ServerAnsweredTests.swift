import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// Clients that share an IPv4 address with somebody who uses up its limits, with those that a server has in service.
@Suite struct ServerAnsweredTests {
    typealias Harness = ServerHarness

    static let address = ipv4("198.51.100.7")

    /// Solicits from `ports` in turn, `rate` times a second, for `duration`; a client at port 4096 asks as RFC 4380 says, every
    /// 30 s and then every 4 s until it is answered. Returns the longest time that it was not.
    private static func longestSilence(
        _ harness: inout Harness,
        rate: Int,
        duration: Duration,
        port: () -> UInt16
    ) -> Duration {
        let start = harness.now
        var (lastAnswer, next, longest) = (start, start + .seconds(30), Duration.zero)
        while harness.now - start < duration {
            harness.now = harness.now + .seconds(1) / rate
            harness.receive(Harness.solicitation(), from: UDPEndpoint(address, port()))
            guard harness.now >= next else { continue }
            let isAnswered = harness.receive(Harness.solicitation(), from: UDPEndpoint(address, 4096)).target != nil
            longest = max(longest, harness.now - lastAnswer)
            if isAnswered { lastAnswer = harness.now }
            next = harness.now + (isAnswered ? .seconds(30) : .seconds(4))
        }
        return longest
    }

    @Test(
        "SEC-40: an endpoint that was answered before is answered, whatever number of solicitations comes in the name of its address",
        arguments: [300, 1000]
    )
    func share(rate: Int) throws {
        var harness = try ServerAbuseTests.limited()
        #expect(harness.receive(Harness.solicitation(), from: UDPEndpoint(Self.address, 4096)).target != nil)
        var generator = SplitMix64(seed: 3)
        let longest = Self.longestSilence(&harness, rate: rate, duration: .seconds(300)) {
            UInt16.random(in: 5000 ... .max, using: &generator)
        }
        #expect(longest <= .seconds(31))
    }

    @Test(
        "SEC-40: the shares of all endpoints of one address are bounded, and one that others hold is not taken from them"
    )
    func bound() throws {
        var harness = try ServerAbuseTests.limited()
        // Each of these is answered, one after the other.
        for port in 1...1000 {
            harness.now = harness.now + .milliseconds(250)
            _ = harness.receive(Harness.solicitation(), from: UDPEndpoint(Self.address, UInt16(port)))
            if port % 100 == 0 {
                for kept in 1...100 {
                    _ = harness.receive(Harness.solicitation(), from: UDPEndpoint(Self.address, UInt16(kept)))
                }
            }
        }
        // All at once: what the address has together is eight, the rest are shares.
        harness.now = harness.now + .seconds(10)
        let answered = (1...1000).filter {
            harness.receive(Harness.solicitation(), from: UDPEndpoint(Self.address, UInt16($0))).target != nil
        }
        #expect(answered.count <= 256 + 8)
        #expect(answered.prefix(100) == Array(1...100)[...])
    }

    @Test(
        "SEC-40: a share is one answer in 3 s, so that a forged endpoint draws no flood, and ends 180 s after the last one"
    )
    func rate() throws {
        var harness = try ServerAbuseTests.limited()
        var generator = SplitMix64(seed: 5)
        var answers = 0
        let client = UDPEndpoint(Self.address, 4096)
        #expect(harness.receive(Harness.solicitation(), from: client).target != nil)
        // The address has nothing left.
        func exhaust() {
            for _ in 0..<20 {
                let port = UInt16.random(in: 5000 ... .max, using: &generator)
                _ = harness.receive(Harness.solicitation(), from: UDPEndpoint(Self.address, port))
            }
        }
        for _ in 0..<300 {
            harness.now = harness.now + .milliseconds(100)
            exhaust()
            if harness.receive(Harness.solicitation(), from: client).target != nil { answers += 1 }
        }
        #expect((9...10).contains(answers))
        harness.now = harness.now + .seconds(180)
        exhaust()
        #expect(harness.receive(Harness.solicitation(), from: client).target == nil)
    }

    @Test("SEC-40: other settings leave the shares of the endpoints as they are")
    func reload() throws {
        var harness = try ServerAbuseTests.limited()
        let client = UDPEndpoint(Self.address, 4096)
        #expect(harness.receive(Harness.solicitation(), from: client).target != nil)
        var other = try Harness { $0.limits = ServerLimits() }
        other.server.succeed(harness.server)
        other.now = harness.now + .seconds(5)
        for port in 5000..<5100 {
            _ = other.receive(Harness.solicitation(), from: UDPEndpoint(Self.address, UInt16(port)))
        }
        #expect(other.receive(Harness.solicitation(), from: client).target != nil)
    }
}
