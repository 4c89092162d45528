import TeredoProtocol
import TeredoTestSupport
import TeredoWire
import Testing

/// Random bubbles, trailers and packets of random peers, from everywhere, in virtual time.
@Suite struct ExtensionsFuzzTests {
    static let peerLimit = 40

    struct Fuzzer {
        var generator: SplitMix64
        var harness: ClientHarness
        let mapping: ClientHarness.Mapping
        var seen: [UInt32] = []
        var unanswered: [ClientHarness.Sent] = []
        var answered = 0
        var openPorts: Set<UInt8> = []
        var mostPorts = 0

        init(seed: UInt64) {
            generator = SplitMix64(seed: seed)
            let mappings: [ClientHarness.Mapping] = [.constant, .preserving, .sequential, .random]
            mapping = mappings[Int(seed % 4)]
            harness = ClientHarness.behind(mapping, seed: seed, forwarding: seed % 3 == 0 ? mapping.primary : nil) {
                $0.peerLimit = ExtensionsFuzzTests.peerLimit
                $0.usesKeyedBubbles = seed.isMultiple(of: 2)
                $0.extensions.hairpinning = seed.isMultiple(of: 5) ? .everyone : .sameMappedAddress
            }
        }

        mutating func random(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

        mutating func peer() -> TeredoAddress {
            let isNeighbor = random(4) == 0
            let address = isNeighbor ? ClientHarness.mapped.address : IPv4Address(203, 0, 113, UInt8(random(12) + 1))
            let server = random(2) == 0 ? ClientHarness.primary : IPv4Address(192, 0, 2, 33)
            return Packets.peer(address, port: UInt16(6000 + random(8)), server: server)
        }

        mutating func endpoint(_ peer: TeredoAddress) -> UDPEndpoint {
            switch random(4) {
            case 0: UDPEndpoint(peer.mappedEndpoint.address, UInt16(random(65_536)))
            case 1: UDPEndpoint(IPv4Address(192, 168, 1, UInt8(random(256))), UInt16(random(3)))
            default: peer.mappedEndpoint
            }
        }

        mutating func trailers(_ peer: TeredoAddress) -> [Trailer] {
            (0..<random(5)).map { _ in
                switch random(9) {
                case 0, 1, 2: .nonce(seen.isEmpty || random(4) == 0 ? UInt32(random(9)) : seen[random(seen.count)])
                case 3: .randomPort(UInt16(random(65_536)))
                case 4: .neighborDiscovery(random(2) == 0 ? .solicitation : .advertisement)
                case 5: .alternateAddresses((0...random(4)).map { _ in endpoint(peer) })
                case 6: .sender(peer.ipv6)
                case 7: .opaque(type: UInt8(random(256)), value: generator.bytes(random(20)))
                default: .randomPort(0)
                }
            }
        }

        mutating func step() {
            let peer = peer()
            let port: LocalPort = random(3) == 0 ? .randomPort(UInt8(random(70))) : .service
            switch random(12) {
            case 0, 1: harness.transmit(to: peer)
            case 2, 3: harness.receiveIndirect(peer, trailers(peer), origin: endpoint(peer))
            case 4, 5: harness.receiveDirect(peer, trailers(peer), from: endpoint(peer), on: port)
            case 6: harness.receiveData(peer, from: endpoint(peer), on: port)
            case 7: answerEchoTests()
            case 8: mutated(peer, port)
            case 9: harness.live(.milliseconds(random(3000)), mapping)
            case 10: harness.live(.milliseconds(random(100)), mapping)
            default:
                guard random(60) == 0 else { return }
                harness.client.handleNetworkChange(localEndpoint: ClientHarness.local, subnets: [], now: harness.now)
                harness.drain()
                harness.live(.seconds(10), mapping)
            }
        }

        mutating func mutated(_ peer: TeredoAddress, _ port: LocalPort) {
            var bytes = ClientHarness.bubble(
                from: peer.ipv6,
                to: harness.own,
                origin: random(2) == 0 ? endpoint(peer) : nil,
                trailers(peer)
            )
            for _ in 0...random(3) { bytes[random(bytes.count)] = UInt8(random(256)) }
            if random(3) == 0 { bytes.removeLast(random(bytes.count)) }
            harness.receive(bytes, from: random(2) == 0 ? harness.server : endpoint(peer), on: port)
        }

        mutating func answerEchoTests() {
            for solicitation in unanswered {
                let mapped = UDPEndpoint(mapping.primary.address, UInt16(5000 + random(40)))
                let bytes = ClientHarness.Advertisement(answering: solicitation, mapped: mapped).bytes
                if harness.receive(bytes, from: solicitation.to, on: solicitation.port) == .consumed { answered += 1 }
            }
            unanswered = []
        }

        /// Takes the outputs of a step into account; returns what is out of bounds.
        mutating func violations() -> [String] {
            var found: [String] = []
            for event in harness.events {
                switch event {
                case .randomPortNeeded(let slot):
                    if !openPorts.insert(slot).inserted { found.append("slot \(slot) opened twice") }
                case .randomPortDone(let slot):
                    if openPorts.remove(slot) == nil { found.append("slot \(slot) closed twice") }
                default: break
                }
            }
            mostPorts = max(mostPorts, openPorts.count)
            seen = Array((seen + harness.indirect.compactMap(\.trailers.nonce)).suffix(20))
            unanswered += harness.solicitations.filter { $0.port != .service }
            for sent in harness.sent {
                if case .randomPort(let slot) = sent.port, !openPorts.contains(slot),
                    !harness.closedSlots.contains(slot)
                {
                    found.append("sent from closed slot \(slot)")
                }
                if sent.to.port == 0 || sent.to.address.isMulticast || sent.to.address == ClientHarness.local.address {
                    found.append("sent to \(sent.to)")
                }
            }
            let client = harness.client
            if openPorts.count > min(64, client.peerCount) { found.append("\(openPorts.count) random ports") }
            if client.peerCount > ExtensionsFuzzTests.peerLimit { found.append("\(client.peerCount) peers") }
            if client.queuedOctets > QueueLimits().totalOctets { found.append("\(client.queuedOctets) octets queued") }
            if let next = client.nextTimeout, next < harness.now - .seconds(1) { found.append("a timer is stuck") }
            harness.forget()
            return found
        }
    }

    @Test(
        "Random bubbles and trailers: no crash, random ports, peers and queues stay bounded, and all ports are closed",
        arguments: 0..<24 as Range<UInt64>
    )
    func fuzz(seed: UInt64) {
        var fuzzer = Fuzzer(seed: seed)
        for number in 0..<1500 {
            fuzzer.step()
            let violations = fuzzer.violations()
            guard violations.isEmpty else {
                Issue.record("seed \(seed), step \(number): \(violations)")
                return
            }
        }
        if seed % 3 != 0, seed % 4 == 1 || seed % 4 == 2 { #expect(fuzzer.mostPorts > 0) }
        if seed % 3 != 0, seed % 4 == 2 { #expect(fuzzer.answered > 0) }
        fuzzer.harness.client.handleNetworkChange(localEndpoint: nil, subnets: [], now: fuzzer.harness.now)
        fuzzer.harness.drain()
        #expect(fuzzer.violations() == [])
        #expect(fuzzer.openPorts.isEmpty && fuzzer.harness.client.peerCount == 0)
        #expect(fuzzer.harness.client.queuedOctets == 0)
    }
}
