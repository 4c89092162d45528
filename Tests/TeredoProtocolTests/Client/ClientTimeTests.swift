import TeredoCrypto
import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// What a client must not do sooner, later or oftener than it may.
@Suite struct ClientTimeTests {
    @Test(
        "SEC-39: restarts of qualification within 4 s, by whatever cause, make no solicitation before the 4 s are over"
    )
    func restarts() {
        var harness = ClientHarness()
        harness.start()
        let begin = harness.now
        for number in 0..<40 {
            harness.advance(.milliseconds(90))
            let local = UDPEndpoint(IPv4Address(192, 168, 1, UInt8(number + 10)), 4096)
            harness.client.handleNetworkChange(localEndpoint: local, subnets: [], now: harness.now)
            harness.drain()
        }
        #expect(harness.solicitations.map { $0.at - begin } == [.zero])
        harness.advance(.milliseconds(400))
        #expect(harness.solicitations.map { $0.at - begin } == [.zero, .seconds(4)])
        // An answer ends the wait: what comes next may go at once.
        harness.answer()
        harness.client.handleNetworkChange(localEndpoint: ClientHarness.local, subnets: [], now: harness.now)
        harness.drain()
        #expect(harness.solicitations.last?.at == harness.now)
    }

    @Test("Section 5.2: peers that nothing was exchanged with for 600 s are forgotten, others are not")
    func expiry() {
        var harness = ClientHarness.qualified()
        let silent = Packets.peer(port: 6000)
        let lively = Packets.peer(port: 7000)
        for peer in [silent, lively] {
            harness.receive(Packets.udp(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        }
        var forgottenAfter: Int?
        for second in 1...660 {
            harness.advance(.seconds(1))
            if !harness.solicitations.isEmpty { harness.answer() }
            harness.forget()
            if second.isMultiple(of: 20) {
                harness.receive(Packets.udp(from: lively.ipv6, to: harness.own), from: lively.mappedEndpoint)
            }
            let peers = harness.client.peerSummaries(limit: 10, now: harness.now).map(\.address)
            #expect(peers.contains(lively.ipv6))
            if forgottenAfter == nil, !peers.contains(silent.ipv6) { forgottenAfter = second }
        }
        #expect(forgottenAfter.map { (600...632).contains($0) } == true, "\(forgottenAfter ?? 0) s")
    }

    @Test("Section 5.2: the refresh of the mapping is when such peers are forgotten, whether or not it is answered")
    func expiryWithRefresh() {
        var harness = ClientHarness.qualified { $0.refreshInterval = .seconds(3600) }
        let peer = Packets.peer()
        harness.receive(Packets.udp(from: peer.ipv6, to: harness.own), from: peer.mappedEndpoint)
        harness.advance(.seconds(2600))
        #expect(harness.solicitations.isEmpty && harness.client.peerCount == 1)
        for _ in 0..<1000 where harness.solicitations.isEmpty { harness.advance(.seconds(1)) }
        #expect(harness.solicitations.count == 1 && harness.client.address != nil)
        #expect(harness.client.peerCount == 0)
    }

    @Test("T5: an exchange ends 8 s after its first bubble, though packets of the host keep coming")
    func exchangeEnds() throws {
        var harness = ClientHarness.qualified()
        let peer = Packets.peer()
        let begin = harness.now
        var errors: [Duration] = []
        for _ in 0..<200 {
            harness.transmit(Packets.udp(from: harness.own, to: peer.ipv6))
            harness.advance(.milliseconds(50))
            if !harness.delivered.isEmpty { errors.append(harness.now - begin) }
            harness.delivered = []
        }
        let first = try #require(errors.first)
        #expect(first >= .seconds(8) && first <= .milliseconds(8100), "\(first)")
    }

    @Test("Section 5.2.8: the pause between discovery bubbles is drawn anew each time, from 200 to 300 s")
    func discoveryPauses() {
        var gaps: [Int] = []
        for seed in 1...20 as ClosedRange<UInt64> {
            var harness = ClientHarness.qualified(seed: seed) { $0.localDiscovery.isOn = true }
            var times: [ProtocolInstant] = []
            for _ in 0..<1300 {
                harness.advance(.seconds(1))
                if !harness.solicitations.isEmpty { harness.answer() }
                times += harness.sent.filter { $0.to.address == .teredoDiscovery }.map(\.at)
                harness.forget()
            }
            gaps += zip(times.dropFirst(), times).map { Int(($0 - $1).components.seconds) }
        }
        #expect(gaps.allSatisfy { (200...300).contains($0) })
        #expect(Set(gaps).count > 30, "they differ")
        #expect((gaps.min() ?? 0) < 210 && (gaps.max() ?? 0) > 290, "and fill the range")
    }
}
