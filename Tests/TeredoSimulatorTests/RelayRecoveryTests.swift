import TeredoProtocol
import TeredoSimulator
import TeredoWire
import Testing

/// Clients that were away, and relays that were: how soon native IPv6 is there again.
@Suite struct RelayRecoveryTests {
    /// A host that sends ten packets a second to another, and how long nothing arrived there.
    private static func longestGap(
        _ internet: SimulatedInternet,
        at host: HostName,
        from start: ProtocolInstant
    ) -> Duration {
        let times = [start] + internet.stack(of: host).arrivals.map(\.time).filter { $0 > start } + [internet.now]
        return zip(times.dropFirst(), times).map { $0 - $1 }.max() ?? .zero
    }

    private static func exchange(_ internet: SimulatedInternet, for tenths: Int) {
        for number in 0..<tenths {
            internet.send([UInt8(truncatingIfNeeded: number), 1], from: .clientA, to: .native)
            internet.send([UInt8(truncatingIfNeeded: number), 2], from: .native, to: .clientA)
            internet.run(for: .milliseconds(100))
        }
    }

    @Test(
        "X3, SEC-45: after any absence a client reaches native hosts, and they it, within 2 s of being qualified again",
        arguments: [15, 40, 60, 200, 400]
    )
    func absence(seconds: Int) throws {
        let internet = try internet()
        #expect(internet.qualify())
        #expect(internet.ping(from: .clientA, to: .native).isReply)
        internet.setFault(LinkFault(lossPerMille: 1000))
        Self.exchange(internet, for: seconds * 10)
        internet.setFault(LinkFault())
        // The host goes on: the client's own packets make it test the native host.
        var qualified = internet.now
        let end = internet.now + .seconds(70)
        while internet.now < end {
            Self.exchange(internet, for: 1)
            if internet.address(of: .clientA) == nil { qualified = internet.now }
            if internet.stack(of: .clientA).arrivals.last.map({ $0.time > qualified }) == true,
                internet.stack(of: .native).arrivals.last.map({ $0.time > qualified }) == true
            {
                break
            }
        }
        #expect(internet.now - qualified <= .milliseconds(2200), "\(internet.now - qualified) after it was qualified")
    }

    @Test("X3: a client that was away and says nothing is reached within 30 s by who goes on sending")
    func silentClient() throws {
        let internet = try internet()
        #expect(internet.qualify())
        #expect(internet.ping(from: .native, to: .clientA).isReply)
        internet.setFault(LinkFault(lossPerMille: 1000))
        func send() {
            internet.send([1], from: .native, to: .clientA)
            internet.run(for: .milliseconds(100))
        }
        // The host stays silent, and the native one goes on with the address that it knows.
        let address = internet.address(of: .clientA)
        for _ in 0..<150 { send() }
        internet.setFault(LinkFault())
        while internet.address(of: .clientA) == nil { internet.run(for: .milliseconds(100)) }
        #expect(internet.address(of: .clientA) == address)
        let start = internet.now
        let before = internet.stack(of: .clientA).arrivals.count
        while internet.stack(of: .clientA).arrivals.count == before, internet.now - start < .seconds(300) { send() }
        #expect(internet.now - start <= .seconds(32), "\(internet.now - start)")
    }

    @Test(
        "Y6: a relay that was away for a second stalls neither upload nor download for more than 3 s, whatever the NAT",
        arguments: [NATKind.none, .fullCone, .addressRestricted, .portRestricted, .symmetric]
    )
    func relayRestart(kind: NATKind) throws {
        let internet = try internet(kind, .none)
        #expect(internet.qualify())
        #expect(internet.ping(from: .clientA, to: .native).isReply)
        Self.exchange(internet, for: 50)
        internet.setRelay(isUp: false)
        let start = internet.now
        Self.exchange(internet, for: 10)
        internet.setRelay(isUp: true)
        Self.exchange(internet, for: 600)
        #expect(Self.longestGap(internet, at: .native, from: start) <= .seconds(3))
        #expect(Self.longestGap(internet, at: .clientA, from: start) <= .seconds(3))
        #expect(AmplificationChecker.violations(in: internet, packets: 2000).isEmpty)
    }

    @Test(
        "Y6: an upload that nothing answers goes on after a restart of the relay",
        arguments: [NATKind.fullCone, .portRestricted, .symmetric]
    )
    func upload(kind: NATKind) throws {
        let internet = try internet(kind, .none)
        #expect(internet.qualify())
        #expect(internet.ping(from: .clientA, to: .native).isReply)
        internet.setRelay(isUp: false)
        let start = internet.now
        internet.run(for: .seconds(1))
        internet.setRelay(isUp: true)
        for number in 0..<200 {
            internet.send([UInt8(number)], from: .clientA, to: .native)
            internet.run(for: .milliseconds(100))
        }
        #expect(Self.longestGap(internet, at: .native, from: start) <= .seconds(3))
    }

    @Test("X3: with 10 % loss no client stays unreachable from native IPv6", arguments: [29] + Array(1...20))
    func loss(seed: Int) throws {
        let internet = try internet(.fullCone, .fullCone, seed: UInt64(seed)) {
            $0.fault = LinkFault(lossPerMille: 100)
            $0.fleet.hasTransit = true
        }
        #expect(internet.qualify())
        for (from, to) in [(HostName.clientA, HostName.native), (.native, .clientB), (.clientB, .native)] {
            let outcomes = (0..<3).map { _ in
                internet.qualify()
                return internet.ping(from: from, to: to)
            }
            let isReached = outcomes.contains { $0.isReply }
            #expect(isReached, "\(from) to \(to): \(outcomes)")
        }
    }
}
