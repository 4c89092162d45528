import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// Clients that fill the list of a relay by what they send, without forging anything.
@Suite struct RelayStrangerTests {
    static func client(_ number: Int) -> TeredoAddress {
        Packets.peer(IPv4Address(rawValue: 0x0800_0015 + UInt32(number) << 8), port: UInt16(1000 + number))
    }

    @Test(
        "SEC-30, Y6: 4,096 addresses of one endpoint take four places, from there or from elsewhere",
        arguments: [true, false]
    )
    func oneEndpoint(isDirect: Bool) {
        var harness = RelayHarness { $0.newPeersPerSecond = 100_000 }
        for number in 0..<4096 {
            let client = StrangerTests.variant(number)
            let source = isDirect ? client.mappedEndpoint : endpoint("203.0.113.20:61000")
            _ = harness.relay.handleDatagram(
                Packets.udp(from: client.ipv6, to: RelayHarness.host).span,
                from: source,
                now: harness.now
            )
        }
        #expect(harness.relay.peerCount == 4)
    }

    @Test("SEC-30, SEC-31: clients that show up push out nobody who was used in the last 30 s")
    func usedClients() {
        var harness = RelayHarness {
            $0.peerLimit = 100
            $0.newPeersPerSecond = 1000
        }
        func send(_ number: Int) -> ReceptionVerdict {
            let client = Self.client(number)
            return harness.receive(Packets.udp(from: client.ipv6, to: RelayHarness.host), from: client.mappedEndpoint)
        }
        for number in 0..<75 { #expect(send(number) == .deliver(0..<60)) }
        harness.advance(.seconds(29))
        #expect(send(75) == .drop(.peerTableFull))
        for number in 0..<75 {
            let client = Self.client(number)
            #expect(harness.transmit(RelayHarness.packet(to: client.ipv6)) == .forward(to: client.mappedEndpoint))
        }
    }

    @Test("SEC-30: clients that send leave room for those that the IPv6 side has packets for, proved or not")
    func wantedClients() {
        var harness = RelayHarness {
            $0.peerLimit = 100
            $0.newPeersPerSecond = 1000
        }
        for number in 0..<200 {
            let client = Self.client(number)
            harness.receive(Packets.udp(from: client.ipv6, to: RelayHarness.host), from: client.mappedEndpoint)
        }
        #expect(harness.relay.peerCount == 75)
        for number in 1000..<1099 {
            let client = Self.client(number)
            #expect(harness.transmit(RelayHarness.packet(to: client.ipv6)) == .consumed, "client \(number)")
            harness.answer(client)
            #expect(harness.transmit(RelayHarness.packet(to: client.ipv6)) == .forward(to: client.mappedEndpoint))
        }
        #expect(harness.relay.peerCount == 100)
        for number in 1000..<1099 {
            let client = Self.client(number)
            #expect(harness.transmit(RelayHarness.packet(to: client.ipv6)) == .forward(to: client.mappedEndpoint))
        }
    }

    @Test("SEC-45: a flood that makes a relay forget whom it asks draws no further bubbles to that client's server")
    func forgottenClients() {
        var harness = RelayHarness {
            $0.peerLimit = 100
            $0.newPeersPerSecond = 1000
        }
        let server = ipv4("192.0.2.77")
        let client = Packets.peer(ipv4("203.0.113.99"), server: server)
        var count = 0
        for second in 0..<16 {
            harness.transmit(RelayHarness.packet(to: client.ipv6))
            for number in 0..<100 {
                harness.transmit(RelayHarness.packet(to: Self.client(second * 100 + number).ipv6))
            }
            harness.advance(.seconds(1))
            count += harness.bubbles.count { $0.to.address == server }
            harness.forget()
        }
        // At 0, 2, 4 and 6 s; then the client is left alone for 10 s.
        #expect(count == 4)
    }
}
