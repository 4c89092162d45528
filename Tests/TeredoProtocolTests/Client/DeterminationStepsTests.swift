import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// The steps of the search for the longest refresh interval, one by one.
@Suite struct DeterminationStepsTests {
    static let second = UDPEndpoint(ClientHarness.mapped.address, 7777)

    /// A client whose secondary port has just been qualified.
    static func waiting() -> ClientHarness {
        var harness = ClientHarness.qualified { $0.determinesRefreshInterval = true }
        harness.client.secondaryPortOpened(now: harness.now)
        harness.drain()
        harness.answer(mapped: second)
        harness.forget()
        return harness
    }

    /// Lets time pass; the service port is refreshed, the secondary one left alone.
    static func pass(_ harness: inout ClientHarness, _ duration: Duration) {
        let end = harness.now + duration
        while harness.now < end {
            harness.advance(min(.milliseconds(100), end - harness.now))
            if let last = harness.solicitations.last, last.port == .service, last.at == harness.now { harness.answer() }
        }
    }

    /// The bubbles to the secondary address through the client's own server.
    static func probes(_ harness: ClientHarness) -> [ClientHarness.Sent] {
        harness.bubbles.filter { $0.to == harness.server && $0.datagram?.header.source == harness.own }
    }

    /// The bubble as it comes out of the server.
    static func relayed(_ probe: ClientHarness.Sent) -> [UInt8] {
        [UInt8](capacity: 60) { output in
            OriginIndication(ClientHarness.mapped).encode(into: &output)
            output.append(copying: probe.bytes.span)
        }
    }

    @Test(
        "SEC-01, SEC-02: an advertisement with another nonce, or without authentication, does not qualify the secondary port"
    )
    func otherNonce() {
        var harness = ClientHarness.qualified { $0.determinesRefreshInterval = true }
        harness.client.secondaryPortOpened(now: harness.now)
        harness.drain()
        #expect(harness.answer(mapped: Self.second) { $0.authentication?.nonce ^= 1 } == .drop(.authenticationFailed))
        #expect(harness.answer(mapped: Self.second) { $0.authentication = nil } == .drop(.authenticationFailed))
        #expect(harness.answer(mapped: Self.second) == .consumed)
    }

    @Test("Section 5.2.7: the first candidate is twice the interval in force; the probe goes to the secondary address")
    func firstCandidate() throws {
        var harness = Self.waiting()
        Self.pass(&harness, .milliseconds(59_900))
        #expect(Self.probes(harness).isEmpty)
        Self.pass(&harness, .milliseconds(200))
        let probe = try #require(Self.probes(harness).first?.datagram)
        #expect(Self.probes(harness).count == 1)
        #expect(TeredoAddress(probe.header.destination)?.mappedEndpoint == Self.second)
    }

    @Test(
        "Section 5.2.7: the probe is repeated every 2 s, 4 times in all; then the candidate has failed and the interval stays"
    )
    func failedCandidate() {
        var harness = Self.waiting()
        Self.pass(&harness, .seconds(60))
        let begin = harness.now
        Self.pass(&harness, .milliseconds(8100))
        #expect(Self.probes(harness).map { $0.at - begin } == (0..<4).map { .seconds(2 * $0) })
        #expect(harness.client.refreshInterval == .seconds(30))
        // 60 s are too long, 30 s work: the next candidate is 45 s, after the port was qualified anew.
        #expect(harness.solicitations.last?.port == .secondary)
        harness.forget()
        Self.pass(&harness, .milliseconds(100))
        #expect(!harness.events.contains(.secondaryPortDone))
    }

    @Test(
        "Section 5.2.7: after a failure the candidate lies half way; 45 of at most 60 s is near enough, and the search ends"
    )
    func halfWay() throws {
        var harness = Self.waiting()
        Self.pass(&harness, .milliseconds(68_000))
        let solicitation = try #require(harness.solicitations.last)
        #expect(solicitation.port == .secondary)
        harness.answer(mapped: Self.second)
        harness.forget()
        let begin = harness.now
        Self.pass(&harness, .milliseconds(45_100))
        let probe = try #require(Self.probes(harness).first)
        #expect(probe.at - begin == .seconds(45))
        harness.receive(Self.relayed(probe), from: harness.server, on: .secondary)
        #expect(harness.client.refreshInterval == .seconds(45))
        #expect(harness.events.contains(.secondaryPortDone))
        #expect(harness.events.contains(.refreshIntervalChanged(.seconds(45))))
    }

    @Test(
        "Section 5.2.7: only its own bubble, from the client's own server, to the secondary address shows that the mapping lives"
    )
    func onlyTheOwnBubble() throws {
        var harness = Self.waiting()
        Self.pass(&harness, .seconds(60))
        let probe = try #require(Self.probes(harness).first)
        let secondary = try #require(probe.datagram?.header.destination)
        let stranger = Packets.peer().ipv6
        let forgeries = [
            (Packets.bubble(from: stranger, to: secondary, origin: ClientHarness.mapped), harness.server),
            (Packets.bubble(from: harness.own, to: harness.own, origin: ClientHarness.mapped), harness.server),
            (Packets.udp(from: harness.own, to: secondary), harness.server),
            (Self.relayed(probe), ClientHarness.relay),
            (Self.relayed(probe), UDPEndpoint(ClientHarness.secondary, 3544)),
        ]
        for (number, forgery) in forgeries.enumerated() {
            harness.receive(forgery.0, from: forgery.1, on: .secondary)
            #expect(harness.client.refreshInterval == .seconds(30), "forgery \(number)")
        }
        harness.receive(Self.relayed(probe), from: harness.server, on: .secondary)
        #expect(harness.client.refreshInterval == .seconds(60))
    }

    @Test("Section 5.2.7: a bubble that comes before its candidate interval is over shows nothing")
    func tooEarly() throws {
        var harness = Self.waiting()
        let early = Packets.bubble(
            from: harness.own,
            to: TeredoAddress(
                server: ClientHarness.primary,
                flags: TeredoFlags(rawValue: 0),
                mappedEndpoint: Self.second
            ).ipv6,
            origin: ClientHarness.mapped
        )
        harness.receive(early, from: harness.server, on: .secondary)
        #expect(harness.client.refreshInterval == .seconds(30))
        #expect(Self.probes(harness).isEmpty)
    }

    @Test("Section 5.2.7: a secondary port that the server does not answer ends the search, and nothing is left open")
    func unansweredPort() {
        var harness = ClientHarness.qualified { $0.determinesRefreshInterval = true }
        harness.client.secondaryPortOpened(now: harness.now)
        harness.drain()
        let begin = harness.now
        Self.pass(&harness, .seconds(13))
        let times = harness.solicitations.filter { $0.port == .secondary }.map { $0.at - begin }
        #expect(times == [.zero, .seconds(4), .seconds(8)])
        #expect(harness.events.contains(.secondaryPortDone))
        #expect(harness.client.refreshInterval == .seconds(30))
    }

    @Test("Section 5.2.7: a client that does not search gives no secondary port back")
    func notSearching() {
        var harness = ClientHarness()
        harness.start()
        #expect(harness.client.counters.solicitations == 1)
        harness.answer()
        harness.client.handleNetworkChange(localEndpoint: nil, subnets: [], now: harness.now)
        harness.drain()
        #expect(harness.client.address == nil && !harness.events.contains(.secondaryPortDone))
    }
}
