import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// What one host with many ports, or one network, leaves to others: places and rates are shared by address, not by endpoint.
@Suite struct FairnessTests {
    static let crowd = IPv4Address(8, 1, 1, 1)

    /// Peers at `count` ports of one address, or of the addresses of one /24.
    static func crowd(_ count: Int, isNetwork: Bool = false) -> [TeredoAddress] {
        (0..<count).map { number in
            let address = isNetwork ? IPv4Address(rawValue: crowd.rawValue & ~0xFF | UInt32(number % 250)) : crowd
            return Packets.peer(address, port: UInt16(1000 + number))
        }
    }

    @Test(
        "SEC-30: whoever sends from 4,000 ports, or from a whole /24, leaves places to others",
        arguments: [false, true]
    )
    func places(isNetwork: Bool) {
        var harness = ClientHarness.qualified()
        for peer in Self.crowd(4000, isNetwork: isNetwork) { StrangerTests.send(peer, to: &harness) }
        #expect(harness.client.peerCount == 1536)
        for number in 0..<200 {
            let direct = Packets.peer(IPv4Address(9, UInt8(number), 9, 9))
            let indirect = Packets.peer(IPv4Address(11, UInt8(number), 9, 9))
            #expect(harness.receiveData(direct, from: direct.mappedEndpoint) != .drop(.peerTableFull))
            #expect(harness.receiveIndirect(indirect, [.nonce(7)]) != .drop(.peerTableFull))
        }
    }

    @Test("SEC-30: of a crowded address those that were silent for 30 s make room for their neighbours")
    func neighbors() {
        var harness = ClientHarness.qualified { $0.peerLimit = 256 }
        let peers = Self.crowd(200)
        for peer in peers { StrangerTests.send(peer, to: &harness) }
        #expect(harness.client.peerCount == 96)
        #expect(harness.receiveData(peers[150], from: peers[150].mappedEndpoint) == .drop(.peerTableFull))
        harness.advance(.seconds(31))
        #expect(harness.receiveData(peers[150], from: peers[150].mappedEndpoint) != .drop(.peerTableFull))
        #expect(harness.client.peerCount == 96)
    }

    @Test("SEC-30: peers that the host asks for are not counted against their address, and neither are those that went")
    func wantedAndGone() {
        var harness = ClientHarness.behind(.constant) { $0.peerLimit = 256 }
        for _ in 0..<2 {
            for peer in Self.crowd(96) {
                StrangerTests.send(peer, to: &harness)
                harness.transmit(to: peer)
            }
            harness.live(.seconds(700), .constant)
            for peer in Self.crowd(24) { StrangerTests.send(peer, to: &harness) }
            harness.live(.seconds(700), .constant)
        }
        #expect(harness.client.peerCount == 0)
        for number in 0..<96 { StrangerTests.send(Packets.peer(IPv4Address(11, UInt8(number), 9, 9)), to: &harness) }
        for peer in Self.crowd(20) { StrangerTests.send(peer, to: &harness) }
        #expect(harness.client.peerCount == 96 + 12)
    }

    @Test(
        "SEC-30, Y6: clients at the ports of one address leave places of a relay to others",
        arguments: [false, true]
    )
    func relay(isNetwork: Bool) {
        var harness = RelayHarness {
            $0.peerLimit = 4096
            $0.newPeersPerSecond = 100_000
        }
        for client in Self.crowd(4000, isNetwork: isNetwork) {
            _ = harness.relay.handleDatagram(
                Packets.udp(from: client.ipv6, to: RelayHarness.host).span,
                from: client.mappedEndpoint,
                now: harness.now
            )
        }
        #expect(harness.relay.peerCount == 1536)
        let other = Packets.peer(IPv4Address(9, 9, 9, 9))
        let verdict = harness.receive(Packets.udp(from: other.ipv6, to: RelayHarness.host), from: other.mappedEndpoint)
        #expect(verdict != .drop(.peerTableFull))
    }

    @Test("SEC-43: one sender of made-up native packets leaves tests to the relays of others")
    func nativeTests() {
        var harness = ClientHarness.qualified()
        let crowd = UDPEndpoint(Self.crowd, 4444)
        func packet(_ number: Int, of prefix: UInt64) -> [UInt8] {
            Packets.udp(from: IPv6Address(high: prefix + UInt64(number) << 16, low: 9), to: harness.own)
        }
        for number in 0..<200 {
            harness.receive(packet(number, of: 0x2400_0002_0000_0000), from: crowd)
            harness.advance(.milliseconds(50))
        }
        let sent = harness.echoes.count
        #expect(sent <= 5 * 10 + 10)
        var taken = 0
        for number in 0..<5 {
            let verdict = harness.receive(packet(number, of: 0x2400_0009_0000_0000), from: ClientHarness.relay)
            taken += verdict == .consumed ? 1 : 0
            for other in 0..<20 {
                harness.receive(packet(number * 20 + other, of: 0x2400_0003_0000_0000), from: crowd)
                harness.advance(.milliseconds(50))
            }
        }
        #expect(taken >= 4)
    }

    @Test("SEC-44: whoever solicits from 200 ports leaves answers to others", arguments: [false, true])
    func answers(isNetwork: Bool) {
        var harness = ClientHarness.qualified()
        let crowd = Self.crowd(200, isNetwork: isNetwork)
        for round in 0..<10 {
            for (number, peer) in crowd.enumerated() {
                harness.receiveDirect(peer, [.neighborDiscovery(.solicitation)])
                if number % 5 == 4 { harness.advance(.milliseconds(25)) }
            }
            harness.forget()
            let friend = Packets.peer(IPv4Address(9, 9, UInt8(round), 9))
            harness.receiveIndirect(friend, [.nonce(7)])
            #expect(harness.bubbles.contains { $0.to == friend.mappedEndpoint }, "round \(round)")
        }
    }

    @Test("SEC-34, SEC-50: nothing goes to another address of one's own host, whatever field names it")
    func ownAddresses() throws {
        var harness = ClientHarness.qualified()
        let own = IPv4Address(203, 0, 113, 77)
        harness.client.setOwnAddresses([ClientHarness.local.address, own])
        #expect(harness.receiveIndirect(Packets.peer(server: own), [.nonce(7)]) == .drop(.invalidServer))
        #expect(harness.receiveIndirect(Packets.peer(own), [.nonce(7)]) == .drop(.forbiddenEndpoint))
        #expect(
            harness.receiveIndirect(Packets.peer(), [.nonce(7)], origin: UDPEndpoint(own, 7))
                == .drop(.forbiddenEndpoint)
        )
        #expect(harness.transmit(to: Packets.peer(own)) == .drop(.forbiddenEndpoint))
        #expect(harness.sent.isEmpty)
        // It holds after another network, too.
        harness.client.handleNetworkChange(localEndpoint: ClientHarness.local, subnets: [], now: harness.now)
        harness.drain()
        harness.answer(from: ClientHarness.primary)
        if harness.solicitations.last?.to.address == ClientHarness.secondary {
            harness.answer(from: ClientHarness.secondary)
        }
        harness.forget()
        #expect(harness.receiveIndirect(Packets.peer(server: own), [.nonce(7)]) == .drop(.invalidServer))
    }

    @Test(
        "SEC-30, PP-2: strangers leave random ports and echo tests to the host's own contacts",
        arguments: [false, true]
    )
    func randomPorts(isSequential: Bool) {
        var harness = ClientHarness.behind(isSequential ? .sequential : .preserving)
        for number in 0..<400 {
            harness.receiveIndirect(
                Packets.peer(IPv4Address(9, UInt8(number & 0x7F), UInt8(number >> 7), 9)),
                [.nonce(7)]
            )
            harness.advance(.milliseconds(50))
        }
        harness.forget()
        harness.transmit(to: Packets.peer(IPv4Address(11, 9, 9, 9)))
        #expect(harness.openedSlots.count == 1)
        #expect(!isSequential || harness.solicitations.contains { $0.port != .service })
    }
}
