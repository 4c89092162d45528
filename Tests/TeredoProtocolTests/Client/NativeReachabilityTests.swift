import TeredoProtocol
import TeredoWire
import Testing

/// What connectivity tests tell about the relays (RFC 4380 section 5.2.9).
@Suite struct NativeReachabilityTests {
    private static func host(_ number: Int) -> IPv6Address {
        IPv6Address(rawValue: ClientHarness.native.rawValue + UInt128(number))
    }

    private func known(_ harness: ClientHarness) -> [Int] {
        let reachability = harness.client.nativeReachability(now: harness.now)
        return [reachability.tested, reachability.answered]
    }

    private func answer(_ harness: inout ClientHarness) throws {
        let request = try #require(harness.echoes.last?.echo)
        harness.receive(Packets.echo(request.reply), from: ClientHarness.relay)
    }

    @Test("nothing is known before a test has ended; hosts that do not answer are counted once each")
    func silence() {
        var harness = ClientHarness.qualified()
        #expect(known(harness) == [0, 0])
        for host in [1, 2, 2] {
            harness.transmit(Packets.udp(from: harness.own, to: Self.host(host)))
            harness.live(.seconds(40), .constant)
        }
        #expect(known(harness) == [2, 0])
        #expect(harness.client.nativeReachability(now: harness.now).lastAnswer == nil)
    }

    @Test("a host that answers is known with the time of its answer, and its round trip time")
    func reached() throws {
        var harness = ClientHarness.qualified()
        harness.transmit(Packets.udp(from: harness.own, to: Self.host(1)))
        harness.advance(.milliseconds(64))
        try answer(&harness)
        #expect(known(harness) == [1, 1])
        #expect(harness.client.nativeReachability(now: harness.now).lastAnswer == harness.now)
        let summary = harness.client.peerSummaries(limit: 1, now: harness.now).first
        #expect(summary?.roundTripTime == .milliseconds(64))
    }

    @Test("a host that falls silent counts as silent, and what is old does not count")
    func change() throws {
        var harness = ClientHarness.qualified()
        harness.transmit(Packets.udp(from: harness.own, to: Self.host(1)))
        try answer(&harness)
        harness.live(.seconds(40), .constant)
        harness.transmit(Packets.udp(from: harness.own, to: Self.host(1)))
        harness.live(.seconds(10), .constant)
        #expect(known(harness) == [1, 0])
        harness.live(.seconds(600), .constant)
        #expect(known(harness) == [0, 0])
    }

    @Test("failed tests that a stranger provoked say nothing about the relays")
    func provoked() {
        var harness = ClientHarness.qualified()
        harness.receive(Packets.udp(from: Self.host(1), to: harness.own), from: ClientHarness.relay)
        #expect(harness.echoes.count == 1)
        harness.live(.seconds(10), .constant)
        #expect(known(harness) == [0, 0])
    }

    @Test("another network begins without knowledge, and no more than 16 hosts are remembered")
    func bounds() {
        var harness = ClientHarness.qualified()
        for host in 1...20 {
            harness.transmit(Packets.udp(from: harness.own, to: Self.host(host)))
            harness.live(.seconds(1), .constant)
        }
        harness.live(.seconds(10), .constant)
        #expect(known(harness) == [16, 0])
        harness.client.handleNetworkChange(localEndpoint: ClientHarness.local, subnets: [], now: harness.now)
        harness.drain()
        #expect(known(harness) == [0, 0])
    }
}
