import TeredoCrypto
import TeredoSimulator
import Testing

/// Hours of everyday traffic and misfortune, a sample of `teredo lab --soak 24` (docs/assurance.md).
@Suite struct SoakRunTests {
    @Test("Peers and queues are after hours what they were, and hosts reach each other")
    func hours() throws {
        var run = try SoakRun(seed: 1, authenticator: HMACSHA1Authenticator())
        let hours = (1...3).map { run.run(hour: $0) }
        for hour in hours {
            #expect(hour.clientPeers <= 32, "the network has ten nodes, and strangers come and go")
            #expect(hour.relayClients <= 32)
            #expect(hour.queuedOctets <= 4096)
            #expect(hour.datagrams > 10_000)
            #expect(hour.contacts == 240)
            #expect(hour.answered >= 228, "\(hour)")
        }
    }

    @Test("The same seed gives the same hour")
    func determinism() throws {
        let hours = try [5, 5, 6].map { (seed: UInt64) in
            var run = try SoakRun(seed: seed, authenticator: HMACSHA1Authenticator())
            return run.run(hour: 1)
        }
        #expect(hours[0] == hours[1])
        #expect(hours[0] != hours[2])
    }
}
