import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// Changes of path as they are told to those who watch; all other tests hold them to the summaries (``PathOracle``).
@Suite struct PathJournalTests {
    private static func client(_ number: Int) -> TeredoAddress {
        Packets.peer(IPv4Address(rawValue: 0x0800_0000 + UInt32(number)), port: 4000)
    }

    /// A relay that trusts `count` clients, and that nobody watches.
    private static func unwatched(trusting count: Int) -> RelayHarness {
        var harness = RelayHarness { configuration in
            configuration.peerLimit = 10_000
            configuration.newPeersPerSecond = 100_000
        }
        harness.relay.watchPaths(false)
        for number in 0..<count {
            harness.transmit(RelayHarness.packet(to: client(number).ipv6))
            harness.answer(client(number))
        }
        return harness
    }

    /// Takes everything that is to be told at the harness's time, in as many turns as that takes.
    private static func changes(_ harness: inout RelayHarness) -> [PeerPathChange] {
        var result: [PeerPathChange] = []
        repeat {
            while let change = harness.relay.pollPathChange(now: harness.now) { result.append(change) }
        } while harness.relay.nextPathChange.map { $0 <= harness.now } ?? false
        return result
    }

    @Test(
        "A way is told when the client is asked, when it answers, when it moves, when it is silent, and when it is back"
    )
    func lifecycle() {
        var harness = RelayHarness()
        let client = RelayHarness.client
        harness.transmit(RelayHarness.packet())
        harness.answer()
        let moved = endpoint("203.0.113.77:7777")
        harness.advance(.milliseconds(10))
        let keyed = harness.bubbles.last?.datagram?.header.source ?? RelayHarness.own
        harness.receive(Packets.bubble(from: client.ipv6, to: keyed), from: moved)
        harness.advance(.seconds(30))
        harness.drain()
        harness.receive(RelayHarness.packet(from: client.ipv6, to: RelayHarness.host), from: moved)
        let told = harness.paths.changes
        #expect(told.map(\.path) == [.contacting, .direct, .direct, .idle, .direct])
        #expect(told.map(\.previousPath) == [.idle, .contacting, .direct, .direct, .idle])
        #expect(told.map(\.endpoint) == [nil, client.mappedEndpoint, moved, nil, moved])
        #expect(told.map(\.previousEndpoint) == [nil, nil, client.mappedEndpoint, moved, nil])
        #expect(told.allSatisfy { $0.address == client.ipv6 })
    }

    @Test("No peer is left out, however many there are: each is told once when all fall silent at once")
    func many() {
        var harness = Self.unwatched(trusting: 3000)
        harness.relay.watchPaths(true)
        #expect(Self.changes(&harness).isEmpty, "who was there before has not changed")
        #expect(harness.relay.nextPathChange == harness.now + .seconds(30))
        harness.now = harness.now + .seconds(30)
        let told = Self.changes(&harness)
        #expect(told.count == 3000 && Set(told.map(\.address)).count == 3000)
        #expect(told.allSatisfy { $0.path == .idle && $0.previousPath == .direct })
    }

    @Test("Packets in both directions are no changes, and a busy client is looked at once in 30 s")
    func steady() {
        var harness = Self.unwatched(trusting: 1)
        harness.relay.watchPaths(true)
        #expect(Self.changes(&harness).isEmpty)
        let client = Self.client(0)
        let due = harness.relay.nextPathChange
        for _ in 0..<29 {
            harness.now = harness.now + .seconds(1)
            let packet = RelayHarness.packet(from: client.ipv6, to: RelayHarness.host)
            _ = harness.relay.handleDatagram(packet.span, from: client.mappedEndpoint, now: harness.now)
            _ = harness.relay.handlePacket(RelayHarness.packet(to: client.ipv6).span, now: harness.now)
            #expect(harness.relay.nextPathChange == due)
        }
        #expect(Self.changes(&harness).isEmpty)
    }

    @Test("A client that is forgotten has no way any more; a second watch begins anew")
    func forgotten() {
        var harness = Self.unwatched(trusting: 2)
        harness.relay.watchPaths(true)
        #expect(Self.changes(&harness).isEmpty)
        var settings = harness.relay.configuration
        settings.foreignTunnelRelays = [Self.client(1).mappedEndpoint.address]
        harness.relay.adopt(settings, now: harness.now)
        let told = Self.changes(&harness)
        #expect(told.map(\.address) == [Self.client(1).ipv6] && told.map(\.path) == [.idle])
        harness.relay.watchPaths(false)
        harness.now = harness.now + .seconds(60)
        #expect(harness.relay.nextPathChange == nil && harness.relay.pollPathChange(now: harness.now) == nil)
        harness.relay.watchPaths(true)
        #expect(Self.changes(&harness).isEmpty)
        let client = Self.client(0)
        _ = harness.relay.handleDatagram(
            RelayHarness.packet(from: client.ipv6, to: RelayHarness.host).span,
            from: client.mappedEndpoint,
            now: harness.now
        )
        #expect(Self.changes(&harness).map(\.path) == [.direct])
    }

    @Test("SEC-30: strangers in any number leave no more marks than fit into the table twice, and nobody else is lost")
    func strangers() {
        var harness = Self.unwatched(trusting: 0)
        var settings = harness.relay.configuration
        settings.peerLimit = 32
        harness.relay.adopt(settings, now: harness.now)
        harness.relay.watchPaths(true)
        for number in 0..<5000 {
            let packet = RelayHarness.packet(to: Self.client(number).ipv6)
            _ = harness.relay.handlePacket(packet.span, now: harness.now)
            #expect(harness.relay.contacts.peers.journal.marks.count <= 64)
        }
        let told = Self.changes(&harness)
        #expect(told.count == harness.relay.peerCount && told.allSatisfy { $0.path == .contacting })
    }
}
