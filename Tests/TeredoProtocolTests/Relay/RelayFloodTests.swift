import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// A relay that gets 40,000 packets a second for random clients: who is reached all the same.
@Suite struct RelayFloodTests {
    /// Where the packets of a flood come from.
    enum Origin: CaseIterable {
        /// One host, in another network than the one that wants to reach a client.
        case elsewhere
        /// The same host.
        case same
        /// A network of its own for each packet.
        case everywhere
    }

    static func source(_ origin: Origin, _ generator: inout SplitMix64) -> IPv6Address {
        switch origin {
        case .elsewhere: ipv6("2400:1:3:4::5")
        case .same: RelayHarness.host
        case .everywhere: IPv6Address(high: 0x2400_0001_0000_0000 | generator.next() >> 32, low: 1)
        }
    }

    @Test(
        "SEC-31: a first contact succeeds within four packets, a second apart, while a flood goes on",
        arguments: Origin.allCases
    )
    func firstContacts(origin: Origin) {
        var reached = 0
        for seed in 1...5 {
            var harness = RelayHarness()
            var generator = SplitMix64(seed: UInt64(seed))
            var flood = RelayHarness.packet()
            let client = Packets.peer(ipv4("203.0.113.21"), port: UInt16(4000 + seed))
            func run(for duration: Duration) {
                let end = harness.now + duration
                while harness.now < end {
                    flood.replaceSubrange(
                        8..<24,
                        with: encoded(capacity: 16) { $0.append(Self.source(origin, &generator)) }
                    )
                    let stranger = RelayAbuseTests.stranger(&generator).ipv6
                    flood.replaceSubrange(24..<40, with: encoded(capacity: 16) { $0.append(stranger) })
                    _ = harness.relay.handlePacket(flood.span, now: harness.now)
                    harness.now = harness.now + .microseconds(25)
                }
                harness.relay.handleTimeout(now: harness.now)
                harness.drain()
                harness.forget()
            }
            run(for: .seconds(2))
            for _ in 0..<4 {
                if harness.transmit(RelayHarness.packet(to: client.ipv6)) == .consumed {
                    #expect(harness.bubbles.contains { $0.datagram?.header.destination == client.ipv6 })
                    reached += 1
                    break
                }
                run(for: .seconds(1))
            }
        }
        #expect(reached == 5)
    }

    @Test(
        "SEC-31: one source alone has the rate at once, and as much is left for others, of which one network has most at most"
    )
    func shares() {
        var harness = RelayHarness { $0.newPeersPerSecond = 100 }
        var generator = SplitMix64(seed: 9)
        func ask(from source: IPv6Address) -> Bool {
            let client = RelayAbuseTests.stranger(&generator).ipv6
            return harness.transmit(RelayHarness.packet(from: source, to: client)) == .consumed
        }
        #expect((0..<1000).count { _ in ask(from: ipv6("2400:1:3:4::5")) } == 100)
        // Each with a /64 of its own in one /48.
        let site = (0..<1000).count { ask(from: IPv6Address(high: 0x2400_0001_0000_0000 | UInt64($0 + 100), low: 1)) }
        #expect(site == 80)
        let elsewhere = (0..<1000).count {
            ask(from: IPv6Address(high: 0x2400_0001_0001_0000 + UInt64($0) << 16, low: 1))
        }
        #expect(elsewhere == 20)
    }

    @Test("SEC-31: a source that asks for many clients has to ask again for each, and for the same ones")
    func repeats() {
        var harness = RelayHarness { $0.newPeersPerSecond = 100 }
        var generator = SplitMix64(seed: 9)
        let clients = (0..<1000).map { _ in RelayAbuseTests.stranger(&generator).ipv6 }
        func ask() -> Int { clients.count { harness.transmit(RelayHarness.packet(to: $0)) == .consumed } }
        #expect(ask() == 100)
        // At once: the 100 are known, and nothing else is remembered for long enough.
        #expect(ask() == 100)
        harness.advance(.milliseconds(500))
        #expect((150 + 5...150 + 10 + 5).contains(ask()))
    }
}
