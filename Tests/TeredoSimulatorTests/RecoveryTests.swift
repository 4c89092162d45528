import TeredoProtocol
import TeredoSimulator
import TeredoWire
import Testing

/// Outages, address changes, rebinding and first packets.
@Suite struct RecoveryTests {
    @Test("A server outage of 30 s, begun at any time: qualified again within 10 s of its end", arguments: 0..<15)
    func shortOutage(offset: Int) throws {
        let internet = try internet(seed: UInt64(offset))
        #expect(internet.qualify())
        internet.run(for: .seconds(offset * 2))
        internet.setServer(isUp: false)
        let before = internet.solicitationTimes(of: .clientA).count
        internet.run(for: .seconds(30))
        let during = internet.solicitationTimes(of: .clientA).dropFirst(before)
        #expect(!during.isEmpty, "the outage was noticed")
        #expect(zip(during.dropFirst(), during).allSatisfy { $0 - $1 >= .seconds(4) })
        internet.setServer(isUp: true)
        internet.run(for: .seconds(10))
        #expect(internet.address(of: .clientA) != nil && internet.address(of: .clientB) != nil)
    }

    @Test(
        "A long outage: qualified again within 65 s of its end, with solicitations 4 s apart at least (SEC-39)",
        arguments: 0..<8
    )
    func longOutage(offset: Int) throws {
        let internet = try internet(seed: UInt64(offset))
        #expect(internet.qualify())
        internet.setServer(isUp: false)
        internet.run(for: .seconds(600 + offset * 7))
        let duringOutage = internet.solicitationTimes(of: .clientA).dropFirst(2)
        let gaps = zip(duringOutage.dropFirst(), duringOutage).map { $0 - $1 }
        #expect(gaps.allSatisfy { $0 >= .seconds(4) })
        #expect(duringOutage.count > 12)
        internet.setServer(isUp: true)
        internet.run(for: .seconds(65))
        #expect(internet.address(of: .clientA) != nil && internet.address(of: .clientB) != nil)
    }

    @Test("The address survives an outage while the mapping lives")
    func sameAddress() throws {
        let internet = try internet { $0.adjustNAT = { $0.lifetime = .seconds(300) } }
        #expect(internet.qualify())
        let before = internet.address(of: .clientA)
        internet.setServer(isUp: false)
        internet.run(for: .seconds(45))
        internet.setServer(isUp: true)
        internet.run(for: .seconds(20))
        #expect(internet.address(of: .clientA) == before)
    }

    @Test("A change of the host's IPv4 address: qualified again after the round trips, flows go on")
    func addressChange() throws {
        let internet = try internet()
        #expect(internet.qualify())
        #expect(internet.ping(from: .clientA, to: .clientB).isReply)
        internet.run(for: .seconds(5))
        internet.move(.clientA, to: IPv4Address(192, 168, 1, 77))
        #expect(internet.address(of: .clientA) == nil)
        internet.run(for: .milliseconds(200))
        #expect(internet.address(of: .clientA) != nil)
        #expect(internet.ping(from: .clientA, to: .clientB).isReply)
    }

    @Test("A host does not take an IPv4 address that another one on its LAN has")
    func takenAddress() throws {
        let internet = try internet { $0.layout = .sameSite }
        #expect(internet.qualify())
        #expect(internet.move(.clientA, to: IPv4Address(192, 168, 1, 77)))
        #expect(!internet.move(.clientB, to: IPv4Address(192, 168, 1, 77)))
        internet.run(for: .seconds(1))
        #expect(internet.address(of: .clientA) != nil && internet.address(of: .clientB) != nil)
        #expect(internet.move(.clientB, to: IPv4Address(192, 168, 1, 78)))
    }

    @Test("A rebound NAT is noticed at the next refresh and gives a new address")
    func rebinding() throws {
        let internet = try internet { $0.adjustNAT = { $0.portAssignment = .sequential } }
        #expect(internet.qualify())
        let before = internet.address(of: .clientA)
        internet.rebindNATs()
        internet.run(for: .seconds(35))
        let after = internet.address(of: .clientA)
        #expect(after != nil && after != before)
        #expect(internet.ping(from: .clientA, to: .clientB).isReply)
    }

    @Test(
        "20 packets to a fresh peer all arrive, in order",
        arguments: [
            Direction(from: .clientA, to: .clientB), Direction(from: .clientA, to: .native),
            Direction(from: .native, to: .clientA), Direction(from: .hostRelay, to: .clientB),
        ]
    )
    func firstPackets(direction: Direction) throws {
        let internet = try internet()
        #expect(internet.qualify())
        let payloads = (0..<20).map { [UInt8](repeating: UInt8($0), count: 100) }
        for payload in payloads { internet.send(payload, from: direction.from, to: direction.to) }
        internet.run(for: .seconds(5))
        #expect(internet.stack(of: direction.to).arrivals.map(\.payload) == payloads)
    }

    @Test("The loss of any one bubble of an exchange costs exactly one retry of 2 s", arguments: 0..<3)
    func lostBubble(lost: Int) throws {
        let internet = try internet()
        #expect(internet.qualify())
        internet.run(for: .seconds(1))
        // The bubbles meet the Internet at 1 ms (to the server), 21 ms (from it) and 43 ms (the answer): lose one.
        let window = [0...5, 15...30, 35...50][lost]
        let start = internet.now
        let row = internet.trace.count
        internet.run(for: .milliseconds(window.lowerBound == 0 ? 0 : 1))
        if lost == 0 { internet.setFault(LinkFault(lossPerMille: 1000)) }
        internet.send([1, 2, 3], from: .clientA, to: .clientB)
        internet.run(for: .milliseconds(window.lowerBound))
        internet.setFault(LinkFault(lossPerMille: 1000))
        internet.run(for: .milliseconds(window.count))
        internet.setFault(LinkFault())
        internet.run(for: .seconds(4))
        let arrival = try #require(internet.stack(of: .clientB).arrivals.first)
        #expect((.seconds(2)...(.milliseconds(2200))).contains(arrival.time - start))
        let exchange = internet.trace.dropFirst(row)
        let senders = ["client A", "server", "client B"]
        let meanings = ["indirect bubble", "indirect bubble", "direct bubble"]
        let fate = exchange.first { $0.sender == senders[lost] && $0.meaning.hasPrefix(meanings[lost]) }?.outcome
        #expect(fate == .lost("link"))
        #expect(exchange.count { $0.sender == "client A" && $0.meaning == "indirect bubble, nonce, sender" } == 2)
    }

    @Test("One-way flows of two minutes do not stall, between clients and from a native host")
    func oneWayFlow() throws {
        let internet = try internet()
        #expect(internet.qualify())
        for number in 0..<240 {
            internet.send([UInt8(number), 1], from: .clientA, to: .clientB)
            internet.send([UInt8(number), 2], from: .native, to: .clientA)
            internet.run(for: .milliseconds(500))
        }
        internet.run(for: .seconds(1))
        #expect(internet.stack(of: .clientB).arrivals.map { Int($0.payload[0]) } == Array(0..<240))
        #expect(internet.stack(of: .clientA).arrivals.map { Int($0.payload[0]) } == Array(0..<240))
    }

    @Test("Simultaneous opens connect at once")
    func simultaneous() throws {
        let internet = try internet()
        #expect(internet.qualify())
        internet.send([1], from: .clientA, to: .clientB)
        internet.send([2], from: .clientB, to: .clientA)
        internet.run(for: .milliseconds(300))
        #expect(internet.stack(of: .clientA).arrivals.count == 1)
        #expect(internet.stack(of: .clientB).arrivals.count == 1)
    }

    @Test("Refresh interval determination finds what a NAT of 80 s and one of 10 minutes tolerate")
    func determination() throws {
        for (lifetime, range) in [(80, 45...79), (600, 90...119)] {
            let internet = try internet { options in
                options.adjustNAT = { $0.lifetime = .seconds(lifetime) }
                options.adjustClient = { $0.determinesRefreshInterval = true }
            }
            #expect(internet.qualify())
            internet.run(for: .seconds(1500))
            let found = internet.client(.clientA)?.refreshInterval ?? .zero
            #expect(range.contains(Int(found.components.seconds)), "\(lifetime): \(found)")
            #expect(internet.address(of: .clientA) != nil)
        }
    }
}

/// A run is a function of its seed.
@Suite struct DeterminismTests {
    private func run(seed: UInt64) throws -> [TraceEntry] {
        let internet = try internet(.symmetric, .portRestricted, seed: seed) { options in
            options.fault = LinkFault(jitter: .milliseconds(30), lossPerMille: 100, duplicationPerMille: 50)
        }
        internet.qualify()
        _ = internet.ping(from: .clientA, to: .native)
        _ = internet.ping(from: .clientB, to: .clientA)
        internet.run(for: .seconds(60))
        return internet.trace
    }

    @Test("The same seed gives the same trace to the last bit; another seed another")
    func seeds() throws {
        let first = try run(seed: 5)
        #expect(try run(seed: 5) == first)
        #expect(try run(seed: 6) != first)
        #expect(first.count > 20)
    }
}
