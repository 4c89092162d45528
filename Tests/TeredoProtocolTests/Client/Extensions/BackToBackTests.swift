import TeredoProtocol
import TeredoWire
import Testing

/// Two clients of one server that get whatever the other sends, at once and without loss.
@Suite struct BackToBackTests {
    /// The wire between two clients; each may be heard from another endpoint than its address says.
    struct Wire {
        var clients: [ClientHarness]
        /// Where each client is heard from by the other.
        let observed: [UDPEndpoint]
        let mappings: [ClientHarness.Mapping]
        var bubbles = 0
        var directReceived = 0
        var solicitations = 0
        var indirectTimes: [ProtocolInstant] = []

        init(_ kinds: [Kind], _ change: (inout ClientConfiguration) -> Void = { _ in }) {
            mappings = kinds.enumerated().map { number, kind in
                let address = IPv4Address(198, 51, 100, UInt8(10 + number))
                return kind == .constant
                    ? ClientHarness.Mapping(5000, 5000, address: address)
                    : ClientHarness.Mapping(5000, 61_000, address: address)
            }
            clients = mappings.enumerated().map { .behind($1, seed: UInt64($0 + 1), change) }
            observed = zip(kinds, mappings).map { kind, mapping in
                kind == .constant ? mapping.primary : UDPEndpoint(mapping.primary.address, 50_000)
            }
        }

        enum Kind { case constant, symmetric }

        func address(_ number: Int) -> TeredoAddress? { clients[number].client.address }

        /// Carries everything to and fro until it is quiet or `limit` datagrams went by; `false` if they did.
        mutating func exchange(limit: Int = 400) -> Bool {
            for _ in 0..<limit {
                guard let sender = clients.indices.first(where: { !clients[$0].sent.isEmpty }) else { return true }
                carry(clients[sender].sent.removeFirst(), from: sender)
            }
            return false
        }

        private mutating func carry(_ datagram: ClientHarness.Sent, from sender: Int) {
            let receiver = 1 - sender
            if datagram.isSolicitation {
                let isPrimary = datagram.to.address == ClientHarness.primary
                let mapped = isPrimary ? mappings[sender].primary : mappings[sender].secondary
                let bytes = ClientHarness.Advertisement(answering: datagram, mapped: mapped).bytes
                clients[sender].receive(bytes, from: datagram.to, on: datagram.port)
                return
            }
            if datagram.isBubble { bubbles += 1 }
            if datagram.trailers.neighborDiscovery == .solicitation { solicitations += 1 }
            if datagram.isIndirect {
                indirectTimes.append(datagram.at)
                let origin = [UInt8](capacity: 8) { OriginIndication(mappings[sender].primary).encode(into: &$0) }
                clients[receiver].receive(origin + datagram.bytes, from: clients[receiver].server)
            } else if datagram.to.address == mappings[receiver].primary.address {
                directReceived += 1
                clients[receiver].receive(datagram.bytes, from: observed[sender])
            }
        }

        /// One second of both clients.
        mutating func tick() {
            for number in clients.indices { clients[number].advance(.seconds(1)) }
        }
    }

    @Test(
        "SEC-55: two clients never play ping-pong: whatever starts it, their bubbles come to rest at once",
        arguments: [
            [Wire.Kind.constant, .constant], [.constant, .symmetric], [.symmetric, .constant],
            [.symmetric, .symmetric],
        ]
    )
    func rest(kinds: [Wire.Kind]) throws {
        for hairpinning in [ClientExtensions.Hairpinning.off, .everyone] {
            var wire = Wire(kinds) { $0.extensions.hairpinning = hairpinning }
            let (first, second) = (try #require(wire.address(0)), try #require(wire.address(1)))
            wire.clients[0].transmit(to: second)
            wire.clients[1].transmit(to: first)
            #expect(wire.exchange() == true, "ping-pong at the beginning")
            for _ in 0..<300 {
                wire.tick()
                #expect(wire.exchange() == true, "ping-pong later")
            }
            #expect(wire.indirectTimes.count <= 2 * 4)
            #expect(wire.bubbles <= 60, "\(wire.bubbles)")
            #expect(wire.directReceived > 0)
        }
    }

    @Test("SEC-55: two clients that send every second for five minutes need few bubbles and solicit each other rarely")
    func flow() throws {
        var wire = Wire([.constant, .symmetric])
        let second = try #require(wire.address(1))
        for _ in 0..<300 {
            wire.clients[0].transmit(to: second)
            #expect(wire.exchange() == true)
            wire.tick()
        }
        #expect(wire.clients[1].delivered.count == 300)
        #expect(wire.bubbles <= 60, "\(wire.bubbles)")
        #expect(wire.solicitations <= 300 / 25)
    }
}
