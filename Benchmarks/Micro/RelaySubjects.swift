import TeredoProtocol
import TeredoWire

/// A relay that trusts some clients.
struct TrustingRelay {
    var machine: TeredoRelay
    var now = Packets.start

    init(clients: Int, newClientsPerSecond: Int = 100_000_000) throws {
        var configuration = RelayConfiguration(
            kind: .router(servedPrefixes: []),
            ownIPv6Addresses: [Packets.relayIPv6],
            ownIPv4Addresses: [Packets.relay.address]
        )
        configuration.peerLimit = max(1024, clients * 2)
        configuration.newPeersPerSecond = newClientsPerSecond
        machine = TeredoRelay(
            configuration: configuration,
            authenticator: StandInAuthenticator(),
            generator: SplitMixGenerator(seed: 1),
            now: now
        )
        let scratch = Scratch()
        for index in 0..<clients {
            let client = Packets.client(index)
            _ = machine.handlePacket(Packets.udp(from: Packets.native, to: client.ipv6, length: 48).span, now: now)
            let bubble = Packets.bubble(from: client.ipv6, to: Packets.relayIPv6)
            _ = machine.handleDatagram(bubble.span, from: client.mappedEndpoint, now: now)
            drain(scratch)
        }
        guard machine.trustedPeerCount == clients else {
            throw SubjectError("the relay trusts \(machine.trustedPeerCount) clients instead of \(clients)")
        }
    }

    mutating func drain(_ scratch: Scratch) {
        while scratch.fill({ machine.pollTransmit(into: &$0) }) != nil {}
        while scratch.fill({ machine.pollDelivery(into: &$0) }) != nil {}
    }
}

/// A packet of a native host to a client.
struct RelayTransmission: Subject {
    static let summary = "relay: a packet of a native host to its only client"
    private var relay: TrustingRelay
    private let packet = Packets.udp(from: Packets.native, to: Packets.client(0).ipv6)

    init() throws { relay = try TrustingRelay(clients: 1) }

    mutating func run(_ count: Int) throws -> Int {
        let packet = packet
        var sum = 0
        for _ in 0..<count {
            guard case .forward(let endpoint, _) = relay.machine.handlePacket(packet.span, now: relay.now) else {
                throw SubjectError("not on the fast path")
            }
            sum &+= Int(endpoint.port)
        }
        return sum
    }
}

/// A datagram of a client to a native host.
struct RelayReception: Subject {
    static let summary = "relay: a datagram of its only client to a native host"
    private var relay: TrustingRelay
    private let packet = Packets.udp(from: Packets.client(0).ipv6, to: Packets.native)

    init() throws { relay = try TrustingRelay(clients: 1) }

    mutating func run(_ count: Int) throws -> Int {
        let packet = packet
        let source = Packets.client(0).mappedEndpoint
        var sum = 0
        for _ in 0..<count {
            guard case .deliver(let range) = relay.machine.handleDatagram(packet.span, from: source, now: relay.now)
            else { throw SubjectError("not on the fast path") }
            sum &+= range.count
        }
        return sum
    }
}

/// A packet of a flood to clients that nobody knows.
struct RelayRefusal: Subject {
    static let summary = "relay: a packet to an unknown client while no new one is taken on"
    private var relay: TrustingRelay
    private let packet = Packets.udp(from: Packets.native, to: Packets.client(1).ipv6)

    init() throws {
        var relay = try TrustingRelay(clients: 1, newClientsPerSecond: 1)
        let (packet, now) = (packet, relay.now)
        // The first one finds out that no place is free.
        _ = relay.machine.handlePacket(packet.span, now: now)
        self.relay = relay
    }

    mutating func run(_ count: Int) throws -> Int {
        let (packet, now) = (packet, relay.now)
        var sum = 0
        for _ in 0..<count {
            guard case .drop(.peerTableFull) = relay.machine.handlePacket(packet.span, now: now) else {
                throw SubjectError("the client is taken on")
            }
            sum &+= packet.count
        }
        return sum
    }
}
