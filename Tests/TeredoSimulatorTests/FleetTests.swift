import TeredoProtocol
import TeredoSimulator
import TeredoWire
import Testing

/// docs/fleet.md: packets of a native host come in through any relay of a fleet, packet by packet.
@Suite struct FleetTests {
    private static func internet(
        relays: Int = 3,
        namesSiblings: Bool = true,
        nat: NATKind = .portRestricted,
        seed: UInt64 = 1
    ) throws -> SimulatedInternet {
        let internet = try TeredoSimulatorTests.internet(nat, .portRestricted, seed: seed) { options in
            options.fleet.relays = relays
            options.fleet.namesSiblings = namesSiblings
            options.fault = LinkFault(latency: .milliseconds(20))
        }
        #expect(internet.qualify())
        return internet
    }

    /// How many of 80 pings, four a second, are answered within a second.
    private static func answered(_ internet: SimulatedInternet, from: HostName, to: HostName) -> Int {
        (0..<80).count { _ in
            let begin = internet.now
            let outcome = internet.ping(from: from, to: to, timeout: .seconds(1))
            internet.run(for: max(.zero, begin + .milliseconds(250) - internet.now))
            return outcome.isReply
        }
    }

    @Test(
        "Any hash works: all but the first pings get through, whoever begins",
        arguments: [
            (HostName.native, HostName.clientA), (.clientA, .native),
        ]
    )
    func anyHash(from: HostName, to: HostName) throws {
        for seed in 1...5 as ClosedRange<UInt64> {
            let internet = try Self.internet(seed: seed)
            let count = Self.answered(internet, from: from, to: to)
            #expect(count >= 79, "seed \(seed): \(count)")
        }
    }

    @Test("SEC-07: relays that name nobody are not believed for each other, as without a fleet")
    func nobodyNamed() throws {
        let internet = try Self.internet(namesSiblings: false)
        let count = Self.answered(internet, from: .clientA, to: .native)
        #expect(count < 60, "\(count)")
    }

    @Test("A relay of the fleet dies: the others take over within 5 s", arguments: NATKind.forgetfulOnes)
    func death(nat: NATKind) throws {
        for number in 0..<3 {
            let internet = try Self.internet(nat: nat)
            #expect(Self.answered(internet, from: .clientA, to: .native) >= 79)
            internet.stopRelay(number)
            internet.run(for: .seconds(5))
            let count = Self.answered(internet, from: .clientA, to: .native)
            #expect(count >= 78, "\(nat), relay \(number): \(count)")
        }
    }
}
