import TeredoProtocol
import TeredoSimulator
import TeredoWire
import Testing

/// docs/transit.md section 5.4: from the relay to the direct way and back, without loss and in order.
@Suite struct TakeoverTests {
    private func transit(
        _ natA: NATKind,
        _ natB: NATKind,
        latency: Duration = .milliseconds(20)
    ) throws -> SimulatedInternet {
        let internet = try internet(natA, natB) { options in
            options.fleet.hasTransit = true
            options.fault = LinkFault(latency: latency)
            options.adjustClient = { $0.localDiscovery.isOn = false }
        }
        #expect(internet.qualify())
        internet.run(for: .milliseconds(500))
        return internet
    }

    /// Sends numbered packets both ways, one in each direction every 5 ms.
    private func flow(_ internet: SimulatedInternet, from start: Int, count: Int) {
        for number in start..<start + count {
            let payload = [UInt8](number: number)
            internet.send(payload, from: .clientA, to: .clientB)
            internet.send(payload, from: .clientB, to: .clientA)
            internet.run(for: .milliseconds(5))
        }
    }

    private func numbers(_ internet: SimulatedInternet, at host: HostName) -> [Int] {
        internet.stack(of: host).arrivals.compactMap { Int(number: $0.payload) }
    }

    @Test(
        "a flow through the relay goes direct as soon as a NAT lets it: every packet arrives once and in order",
        arguments: [Duration.milliseconds(20), .milliseconds(100)]
    )
    func takeover(latency: Duration) throws {
        let internet = try transit(.symmetric, .portRestricted, latency: latency)
        // A second or so of this flow would be more than what waits for a peer that is not reached yet.
        #expect(internet.ping(from: .clientA, to: .clientB).isReply)
        flow(internet, from: 0, count: 500)
        let carried = internet.relay.counters.packetsCarried
        #expect(carried > 300, "the flow goes through the relay")
        internet.setNAT(of: .clientB) { $0.filtering = .endpointIndependent }
        flow(internet, from: 500, count: 1500)
        internet.run(for: .seconds(2))
        let after = internet.relay.counters.packetsCarried
        flow(internet, from: 2000, count: 200)
        internet.run(for: .seconds(2))
        for host in [HostName.clientA, .clientB] {
            #expect(numbers(internet, at: host) == Array(0..<2200), "\(host.rawValue)")
            #expect(internet.events(of: host).contains { if case .pathChanged = $0.event { true } else { false } })
        }
        #expect(internet.relay.counters.packetsCarried == after, "nothing goes through the relay any more")
    }

    @Test("a direct flow whose NAT turns strict goes on through the relay within the retry rules")
    func fallback() throws {
        let internet = try transit(.symmetric, .fullCone)
        flow(internet, from: 0, count: 100)
        #expect(internet.relay.counters.packetsCarried == 0)
        internet.setNAT(of: .clientB) { $0.filtering = .addressAndPortDependent }
        internet.rebindNATs()
        internet.run(for: .seconds(1))
        #expect(
            (0..<60).contains { _ in
                internet.run(for: .seconds(1))
                return internet.ping(from: .clientA, to: .clientB, timeout: .seconds(1)).isReply
            }
        )
        #expect(internet.relay.counters.packetsCarried > 0)
    }

    @Test("direct pairs never use the relay")
    func direct() throws {
        for (natA, natB) in [
            (NATKind.portRestricted, NATKind.portRestricted), (.fullCone, .symmetric), (.symmetric, .none),
        ] {
            let internet = try transit(natA, natB)
            flow(internet, from: 0, count: 100)
            internet.run(for: .seconds(1))
            #expect(numbers(internet, at: .clientB) == Array(0..<100))
            #expect(internet.relay.counters.packetsCarried == 0, "\(natA.rawValue) and \(natB.rawValue)")
        }
    }

    @Test("at 5 % loss the flow still changes over, and nothing arrives twice or out of order")
    func loss() throws {
        let internet = try transit(.symmetric, .portRestricted)
        flow(internet, from: 0, count: 300)
        internet.setFault(LinkFault(latency: .milliseconds(20), lossPerMille: 50))
        internet.setNAT(of: .clientB) { $0.filtering = .endpointIndependent }
        flow(internet, from: 300, count: 4000)
        internet.run(for: .seconds(3))
        for host in [HostName.clientA, .clientB] {
            let arrived = numbers(internet, at: host)
            #expect(zip(arrived, arrived.dropFirst()).allSatisfy { $0 < $1 }, "\(host.rawValue)")
            #expect(arrived.count > 3600)
            #expect(internet.events(of: host).contains { if case .pathChanged = $0.event { true } else { false } })
        }
    }

    @Test("a flow is kept going for ten minutes, and the direct way is tried again meanwhile")
    func longFlow() throws {
        let internet = try transit(.symmetric, .portRestricted)
        for _ in 0..<60 {
            #expect(internet.ping(from: .clientA, to: .clientB).isReply)
            internet.run(for: .seconds(10))
        }
        internet.setNAT(of: .clientB) { $0.filtering = .endpointIndependent }
        let isDirect = (0..<60).contains { _ in
            let before = internet.relay.counters.packetsCarried
            #expect(internet.ping(from: .clientA, to: .clientB).isReply)
            internet.run(for: .seconds(10))
            return internet.relay.counters.packetsCarried == before
        }
        #expect(isDirect, "within 300 s and a little")
    }
}

extension [UInt8] {
    fileprivate init(number: Int) {
        self = (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}

extension Int {
    fileprivate init?(number payload: [UInt8]) {
        guard payload.count == 4 else { return nil }
        self = payload.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
