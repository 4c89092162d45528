import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

private typealias Harness = RelayHarness

/// Other settings for a running relay: who is in use stays.
@Suite struct RelayReconfigurationTests {
    private static func client(_ number: Int) -> TeredoAddress {
        Packets.peer(IPv4Address(rawValue: 0x0800_0000 + UInt32(number)), port: 4000)
    }

    /// A relay with a limit that trusts `count` clients.
    private static func harness(trusting count: Int, limit: Int) -> Harness {
        var harness = Harness { configuration in
            configuration.peerLimit = limit
            configuration.newPeersPerSecond = 100_000
        }
        for number in 0..<count { meet(number, &harness) }
        harness.forget()
        return harness
    }

    @discardableResult
    private static func meet(_ number: Int, _ harness: inout Harness) -> TransmissionVerdict {
        let verdict = harness.transmit(Harness.packet(to: client(number).ipv6))
        if verdict == .consumed { harness.answer(client(number)) }
        return verdict
    }

    private static func change(_ harness: inout Harness, _ change: (inout RelayConfiguration) -> Void) {
        var fresh = harness.relay.configuration
        change(&fresh)
        harness.relay.adopt(fresh, now: harness.now)
        harness.drain()
    }

    private static func isForwarded(_ number: Int, _ harness: inout Harness) -> Bool {
        harness.transmit(Harness.packet(to: client(number).ipv6)) == .forward(to: client(number).mappedEndpoint)
    }

    @Test("SEC-30: under a lower limit nobody who is in use goes, and nobody new comes; the idle ones go")
    func lowerLimit() {
        var harness = Self.harness(trusting: 100, limit: 2000)
        harness.advance(.seconds(20))
        for number in 0..<60 {
            let client = Self.client(number)
            harness.receive(Harness.packet(from: client.ipv6, to: Harness.host), from: client.mappedEndpoint)
        }
        harness.advance(.seconds(15))
        Self.change(&harness) { $0.peerLimit = 40 }
        #expect(Self.meet(1000, &harness) == .drop(.peerTableFull))
        harness.advance(.milliseconds(1))
        #expect(harness.relay.peerCount == 60, "the 40 that were silent for 35 s are gone")
        for number in 0..<60 { #expect(Self.isForwarded(number, &harness), "client \(number)") }
        harness.advance(.seconds(70))
        #expect(harness.relay.peerCount == 40)
        #expect(Self.meet(1000, &harness) == .consumed, "there is room for one in the place of an idle one")
        #expect(harness.relay.peerCount == 40)
    }

    @Test("Many more than one step of clients go under a lower limit, in bounded steps")
    func manySteps() {
        var harness = Self.harness(trusting: 3000, limit: 4000)
        harness.advance(.seconds(40))
        Self.change(&harness) { $0.peerLimit = 16 }
        harness.relay.handleTimeout(now: harness.now)
        #expect(harness.relay.peerCount > 2000, "a packet must not wait for all of them")
        harness.advance(.seconds(1))
        #expect(harness.relay.peerCount == 16)
    }

    @Test("Under a higher limit everybody stays, and more come", arguments: [20, 100, 5000])
    func higherLimit(limit: Int) {
        var harness = Self.harness(trusting: 16, limit: 16)
        #expect(Self.meet(16, &harness) == .drop(.peerTableFull))
        Self.change(&harness) { $0.peerLimit = limit }
        for number in 16..<limit { #expect(Self.meet(number, &harness) == .consumed) }
        #expect(harness.relay.peerCount == limit)
        for number in 0..<limit { #expect(Self.isForwarded(number, &harness), "client \(number)") }
        #expect(Self.meet(limit, &harness) == .drop(.peerTableFull))
    }

    @Test("A copy of a relay keeps its own table when the other one gets another limit")
    func copies() {
        var harness = Self.harness(trusting: 10, limit: 16)
        var copy = harness
        Self.change(&harness) { $0.peerLimit = 10_000 }
        Self.meet(10, &harness)
        #expect(harness.relay.peerCount == 11 && copy.relay.peerCount == 10)
        for number in 0..<10 {
            #expect(Self.isForwarded(number, &harness))
            #expect(Self.isForwarded(number, &copy))
        }
    }

    @Test("SEC-31: the rate of new clients is the new one at once")
    func newPeers() {
        var harness = Self.harness(trusting: 0, limit: 1000)
        Self.change(&harness) { $0.newPeersPerSecond = 3 }
        let verdicts = (0..<5).map { Self.meet($0, &harness) }
        #expect(verdicts == [.consumed, .consumed, .consumed, .drop(.peerTableFull), .drop(.peerTableFull)])
    }

    @Test("I4: other prefixes are served at once, and the clients stay")
    func servedPrefixes() {
        var harness = Self.harness(trusting: 1, limit: 16)
        let other = ipv6("2400:2::9")
        #expect(harness.transmit(Harness.packet(from: other, to: Self.client(0).ipv6)) == .drop(.foreignSource))
        Self.change(&harness) { $0.kind = .router(servedPrefixes: [IPv6Prefix(ipv6("2400:2::"), length: 32)]) }
        let endpoint = Self.client(0).mappedEndpoint
        #expect(harness.transmit(Harness.packet(from: other, to: Self.client(0).ipv6)) == .forward(to: endpoint))
        #expect(!Self.isForwarded(0, &harness))
        #expect(harness.relay.trustedPeerCount == 1)
    }

    @Test("SEC-54: a relay of another mechanism that is named later is not sent to any more")
    func foreignRelays() {
        var harness = Self.harness(trusting: 3, limit: 16)
        Self.change(&harness) { $0.foreignTunnelRelays = [Self.client(1).mappedEndpoint.address] }
        #expect(Self.isForwarded(0, &harness) && Self.isForwarded(2, &harness))
        #expect(Self.meet(1, &harness) == .drop(.forbiddenEndpoint))
        #expect(harness.relay.peerCount == 2)
    }

    @Test("Octets of each client are counted from when that is switched on until it is switched off")
    func octets() {
        var harness = Self.harness(trusting: 3, limit: 16)
        let client = Self.client(1)
        func counts() -> [UInt64?] {
            let summary = harness.relay.peerSummary(of: client.ipv6, now: harness.now)
            return [summary?.octetsReceived, summary?.octetsSent]
        }
        #expect(Self.isForwarded(1, &harness))
        #expect(counts() == [nil, nil])
        Self.change(&harness) { $0.countsPeerOctets = true }
        #expect(counts() == [0, 0])
        let packet = Harness.packet(to: client.ipv6)
        let size = UInt64(packet.count)
        harness.transmit(packet)
        let answer = Harness.packet(from: client.ipv6, to: Harness.host, length: 50)
        harness.receive(answer, from: client.mappedEndpoint)
        harness.relay.recordDeliveries(2, octets: 70)
        #expect(counts() == [UInt64(answer.count) + 70, size])
        _ = harness.relay.forwardSegments(of: packet.span, segments: 9, longest: 100, octets: 900, now: harness.now)
        harness.relay.recordOctets(of: client.ipv6, received: 7, sent: 8)
        #expect(counts() == [UInt64(answer.count) + 77, size + 908])
        let others = harness.relay.peerSummaries(limit: 9, now: harness.now).filter { $0.address != client.ipv6 }
        #expect(others.count == 2 && others.allSatisfy { $0.octetsReceived == 0 && $0.octetsSent == 0 })
        Self.change(&harness) { $0.countsPeerOctets = false }
        harness.transmit(packet)
        #expect(counts() == [nil, nil])
    }

    @Test("Packets that waited for a client count when they leave, and a new client begins at nothing")
    func queuedOctets() {
        var harness = Self.harness(trusting: 0, limit: 16)
        Self.change(&harness) { $0.countsPeerOctets = true }
        Self.meet(0, &harness)
        let size = UInt64(Harness.packet(to: Self.client(0).ipv6).count)
        #expect(harness.relay.peerSummary(of: Self.client(0).ipv6, now: harness.now)?.octetsSent == size)
        harness.advance(.seconds(400))
        #expect(harness.relay.peerCount == 0)
        #expect(harness.transmit(Harness.packet(to: Self.client(1).ipv6)) == .consumed)
        #expect(harness.relay.peerSummary(of: Self.client(1).ipv6, now: harness.now)?.octetsSent == 0)
    }
}
