import TeredoProtocol
import TeredoWire
import Testing

/// Somebody makes a client or a relay send to a server of his choice, which never asked for it.
@Suite struct ThirdPartyTests {
    static let victim = IPv4Address(203, 0, 113, 250)
    static let transitRelay = UDPEndpoint(IPv4Address(192, 0, 2, 77), 3545)

    /// What strangers say about the victim.
    enum Claim: CaseIterable {
        /// It is their server.
        case server
        /// It is their server, and they are there too.
        case both
        /// It is their server, and the client has a transit relay, which sends there as well.
        case transit
    }

    /// What leaves for `addresses` from the second half of a minute on, for what comes in then, in octets with headers.
    static func factor(
        _ sent: [(to: UDPEndpoint, octets: Int, second: Int)],
        received: [Int],
        at addresses: Set<IPv4Address>
    ) -> Double {
        let octets = sent.filter { addresses.contains($0.to.address) && $0.second >= 30 }.reduce(0) {
            $0 + $1.octets + 28
        }
        return Double(octets) / Double(received.dropFirst(30).reduce(0, +))
    }

    @Test(
        "SEC-33, SEC-45: a relay sends to a server that packets name no more than 1.5 of their octets, whatever number of clients they are for",
        arguments: [1, 8, 100_000],
        [false, true]
    )
    func relay(clients: Int, isBehindNAT: Bool) {
        var harness = RelayHarness {
            $0.isBehindNAT = isBehindNAT
            $0.newPeersPerSecond = 1000
        }
        var received: [Int] = []
        var number = 0
        for _ in 0..<60 {
            received.append(0)
            for _ in 0..<20 {
                let client = Packets.peer(
                    IPv4Address(rawValue: 0x0800_0000 + UInt32(number % clients)),
                    server: Self.victim
                )
                let packet = RelayHarness.packet(to: client.ipv6, length: 8)
                harness.transmit(packet)
                received[received.count - 1] += packet.count
                number += 1
                harness.advance(.milliseconds(50))
            }
        }
        let sent = harness.sent.map { (to: $0.to, octets: $0.bytes.count, second: Int($0.at.components.seconds)) }
        #expect(Self.factor(sent, received: received, at: [Self.victim]) <= 1.5)
        #expect(sent.contains { $0.to.address == Self.victim })
    }

    @Test(
        "SEC-33, SEC-45: a network whose addresses packets name in turn gets no more than 1.5 of their octets from a relay",
        arguments: [16, 20, 24]
    )
    func relayOfNetwork(prefixLength: Int) {
        var harness = RelayHarness { $0.newPeersPerSecond = 1000 }
        let network = UInt32(0xCB00_7100 & (0xFFFF_FFFF << (32 - prefixLength)))
        let size = 1 << (32 - prefixLength)
        var received: [Int] = []
        for number in 0..<1200 {
            if number.isMultiple(of: 20) { received.append(0) }
            let client = Packets.peer(
                IPv4Address(rawValue: 0x0800_0000 + UInt32(number)),
                server: Self.address(number * 7 % size, in: network)
            )
            let packet = RelayHarness.packet(to: client.ipv6, length: 8)
            harness.transmit(packet)
            received[received.count - 1] += packet.count
            harness.advance(.milliseconds(50))
        }
        let sent = harness.sent.map { (to: $0.to, octets: $0.bytes.count, second: Int($0.at.components.seconds)) }
        let addresses = (0..<size).map { Self.address($0, in: network) }
        let factor = Self.factor(sent, received: received, at: Set(addresses))
        #expect(factor <= 1.5 && factor > 0.5, "what waits is asked for once at least")
    }

    @Test(
        "SEC-44, SEC-45: neither does a network get more from a client in which strangers and their servers are said to be"
    )
    func clientOfNetwork() {
        var harness = ClientHarness.qualified()
        let start = harness.now
        let network = UInt32(0xCB00_7100)
        var received: [Int] = []
        for number in 0..<1200 {
            if number.isMultiple(of: 20) { received.append(0) }
            let peer = Packets.peer(
                Self.address(number * 7 % 256, in: network),
                port: UInt16(1000 + number),
                server: Self.address(number * 11 % 256, in: network)
            )
            let origin = peer.mappedEndpoint
            let bubble = ClientHarness.bubble(from: peer.ipv6, to: harness.own, origin: origin, [.nonce(7)])
            harness.receive(bubble, from: harness.server)
            received[received.count - 1] += bubble.count + 28
            harness.advance(.milliseconds(50))
        }
        let sent = harness.sent.map {
            (to: $0.to, octets: $0.bytes.count, second: Int(($0.at - start).components.seconds))
        }
        let addresses = (0..<256).map { Self.address($0, in: network) }
        let factor = Self.factor(sent, received: received, at: Set(addresses))
        #expect(factor <= 1.5 && factor > 0.3)
    }

    /// An address of a network that is no broadcast address of a /24.
    private static func address(_ number: Int, in network: UInt32) -> IPv4Address {
        let address = network + UInt32(number)
        return IPv4Address(rawValue: address & 0xFF == 0 || address & 0xFF == 0xFF ? address ^ 1 : address)
    }

    @Test("SEC-45: clients that answer through their server are reached, however many of them one server has")
    func answeringClients() {
        var harness = RelayHarness { $0.newPeersPerSecond = 1000 }
        for number in 0..<500 {
            let client = Packets.peer(IPv4Address(rawValue: 0x0800_0000 + UInt32(number)))
            #expect(harness.transmit(RelayHarness.packet(to: client.ipv6, length: 8)) == .consumed)
            harness.answer(client)
            #expect(harness.transmit(RelayHarness.packet(to: client.ipv6)) == .forward(to: client.mappedEndpoint))
        }
    }

    @Test(
        "SEC-44, SEC-45: strangers make a client send to a server that they name no more than 1.5 of their octets, whatever they say",
        arguments: [1, 8, 100_000],
        [Claim.server, .both, .transit]
    )
    func client(strangers: Int, claim: Claim) {
        var harness = ClientHarness.qualified { if claim == .transit { $0.transit.relay = Self.transitRelay } }
        let start = harness.now
        var received: [Int] = []
        var number = 0
        for _ in 0..<60 {
            received.append(0)
            for _ in 0..<10 {
                let stranger = number % strangers
                let peer = Packets.peer(
                    claim == .both ? Self.victim : IPv4Address(rawValue: 0x0800_0000 + UInt32(stranger)),
                    port: claim == .both ? UInt16(1 + stranger % 60_000) : 4321,
                    server: Self.victim
                )
                let bubble = ClientHarness.bubble(
                    from: peer.ipv6,
                    to: harness.own,
                    origin: peer.mappedEndpoint,
                    [.nonce(7)]
                )
                harness.receive(bubble, from: harness.server)
                received[received.count - 1] += bubble.count + 28
                number += 1
                harness.advance(.milliseconds(100))
            }
        }
        let sent = harness.sent.map {
            (to: $0.to, octets: $0.bytes.count, second: Int(($0.at - start).components.seconds))
        }
        #expect(Self.factor(sent, received: received, at: [Self.victim, Self.transitRelay.address]) <= 1.5)
        #expect(sent.contains { $0.to.address == Self.victim })
    }

    @Test("SEC-44: the host's own contacts need nobody to pay for them")
    func ownContacts() {
        var harness = ClientHarness.qualified()
        for number in 0..<100 {
            harness.transmit(to: Packets.peer(IPv4Address(rawValue: 0x0800_0000 + UInt32(number)), server: Self.victim))
        }
        #expect(harness.indirect.count >= 100)
    }
}
