import TeredoTestSupport
import TeredoWire
import Testing

@testable import TeredoProtocol

/// How a client with another server to go to makes sure that its server is there.
@Suite struct ServerCheckTests {
    @Test("A server that answers solicitations alone is asked four times, where things get lost up to ten times")
    func solicitations() {
        for (limit, count) in [(7, 4), (8, 4), (9, 5), (13, 7), (19, 10), (21, 10), (99, 10)] {
            let check = ServerCheck(usesEcho: false, limit: limit, roundTrip: .zero)
            #expect(check.limit == count, "\(limit)")
            #expect((1...count).allSatisfy(check.solicits))
        }
    }

    @Test("SEC-39: the first questions come 0.5 s or three round trips apart, later ones 4 s")
    func pauses() {
        for (roundTrip, spacing) in [(0, 500), (166, 500), (200, 600), (1300, 3900), (1400, 4000), (5000, 4000)] {
            let four = ServerCheck(usesEcho: false, limit: 7, roundTrip: .milliseconds(roundTrip))
            #expect((1...4).map(four.pause) == Array(repeating: .milliseconds(spacing), count: 4), "\(roundTrip) ms")
            let six = ServerCheck(usesEcho: false, limit: 11, roundTrip: .milliseconds(roundTrip))
            let pauses = [spacing, spacing, spacing, 4000, 4000, 4000].map(Duration.milliseconds)
            #expect((1...6).map(six.pause) == pauses, "\(roundTrip) ms")
        }
    }

    @Test("Bubbles come 250 ms or one and a half round trips apart; the second, fourth and sixth is a solicitation too")
    func bubbles() {
        for (roundTrip, spacing) in [(0, 250), (166, 250), (200, 300), (2600, 3900), (2700, 4000), (5000, 4000)] {
            let check = ServerCheck(usesEcho: true, limit: 21, roundTrip: .milliseconds(roundTrip))
            #expect(check.limit == 21)
            #expect((1...21).filter(check.solicits) == [2, 4, 6])
            #expect((1...21).allSatisfy { check.pause(after: $0) == .milliseconds(spacing) }, "\(roundTrip) ms")
        }
    }
}
