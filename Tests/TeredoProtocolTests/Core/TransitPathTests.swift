import TeredoWire
import Testing

@testable import TeredoProtocol

/// The way to a peer through the transit relay (docs/transit.md section 5).
@Suite struct TransitPathTests {
    private static let start = ProtocolInstant(nanoseconds: 1_000_000_000_000)

    @Test("transit 5.3: the relay's word holds for 60 s")
    func validity() {
        var path = TransitPath(nonce: 1, through: .discoveryGroup, or: nil, deadline: Self.start)
        #expect(!path.isOpen(now: Self.start))
        path.becomeReady(now: Self.start)
        #expect(path.isOpen(now: Self.start + .seconds(60) - .nanoseconds(1)))
        #expect(!path.isOpen(now: Self.start + .seconds(60)))
    }

    @Test(
        "transit 5.1: six requests come one pause apart, six two, then the pause doubles; after six no answer is waited for"
    )
    func pauses() {
        var path = TransitPath(nonce: 1, through: .discoveryGroup, or: nil, deadline: Self.start)
        var pauses: [Duration] = []
        for attempt in 0..<15 {
            #expect(path.isPromising == (attempt < 6), "\(attempt)")
            pauses.append(path.pause(patience: .seconds(1)))
            path.countAttempt()
        }
        #expect(pauses == [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 4, 8, 16].map { .seconds($0) })
        path.becomeReady(now: Self.start)
        #expect(!path.isPromising, "nothing more is to be expected")
    }
}
