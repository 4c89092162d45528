import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// SEC-64: what a client does at random comes out of its generator, so that nobody foretells it.
@Suite struct RandomnessTests {
    private static let other = IPv4Address(192, 0, 2, 65)

    /// Whether clients with other generators differ.
    private static func differs<Value: Hashable>(_ value: (UInt64) throws -> Value) rethrows -> Bool {
        try Set((1...6 as ClosedRange<UInt64>).map(value)).count > 3
    }

    @Test("SEC-64: the pause before the next attempt to qualify")
    func backoff() {
        #expect(
            Self.differs { seed in
                var generator = SplitMix64(seed: seed)
                var backoff = OfflineBackoff(BackoffLimits())
                return backoff.next(using: &generator)
            }
        )
    }

    @Test("SEC-64: when other servers and the secondary address are asked, first and again")
    func questions() {
        for number in 0..<2 {
            let differs = Self.differs { seed in
                var harness = ClientHarness(seed: seed)
                harness.answersServerRequests = false
                harness.start()
                harness.client.setServers(
                    [ClientHarness.primary, Self.other].map { ServerAddresses(primary: $0, secondary: nil) },
                    now: harness.now
                )
                harness.drain()
                let begin = harness.now
                if number == 0 {
                    // The first choice is silent.
                    harness.advance(.seconds(3))
                } else {
                    harness.answer()
                    for _ in 0..<200 { PaceTests.answerPrimary(&harness, .milliseconds(100)) }
                }
                let times = harness.solicitations.filter { $0.to.address == Self.other }.map(\.at)
                guard times.count > number else { return Duration.zero }
                return times[number] - (number == 0 ? begin : times[0])
            }
            #expect(differs)
        }
        #expect(
            Self.differs { seed in
                var harness = ClientHarness(seed: seed)
                harness.start()
                harness.answer()
                harness.live(.seconds(12), .constant)
                var client = harness.client
                var inquiry = SecondaryInquiry()
                inquiry.begin(Self.other, client.connectivity.context, &client.output, now: harness.now)
                for question in 1...3 {
                    let time = harness.now + .seconds(4 * question)
                    inquiry.handleTimeout(notBefore: time, client.connectivity.context, &client.output, now: time)
                }
                return inquiry.nextQuestion
            }
        )
    }

    @Test("SEC-64, SEC-21: the flags of a client's address")
    func ownFlags() {
        #expect(Self.differs { ClientHarness.qualified(seed: $0).own })
    }

    @Test("SEC-64, SEC-21: the flags of the address that the secondary port would have")
    func flags() {
        #expect(
            Self.differs { seed in
                var harness = ClientHarness.qualified(seed: seed) { $0.determinesRefreshInterval = true }
                harness.client.secondaryPortOpened(now: harness.now)
                harness.drain()
                harness.answer(mapped: DeterminationStepsTests.second)
                harness.forget()
                DeterminationStepsTests.pass(&harness, .seconds(61))
                let probe = DeterminationStepsTests.probes(harness).last?.datagram?.header.destination
                return probe.flatMap { TeredoAddress($0) }?.flags.rawValue
            }
        )
    }
}
