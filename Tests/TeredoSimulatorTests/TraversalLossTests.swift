import TeredoProtocol
import TeredoSimulator
import TeredoWire
import Testing

/// What the loss of one datagram costs.
@Suite struct TraversalLossTests {
    @Test(
        "The loss of any one datagram of a contact costs a retry of 2 s at most, and no packet",
        arguments: TraversalMatrixTests.pairs.filter { NATMatrix.reachesDirectly($0.source, $0.destination) }
    )
    func oneLost(pair: TraversalMatrixTests.Pair) throws {
        var number = 0
        var worst = Duration.zero
        while true {
            let internet = try TraversalFlowTests.clients(pair)
            let start = internet.now
            let row = internet.trace.count
            internet.loseDatagram(after: number)
            internet.send([1, 2, 3], from: .clientA, to: .clientB)
            internet.run(for: .seconds(7))
            let lost = internet.trace.dropFirst(row).first { $0.outcome == .lost("link") }
            guard let lost, lost.time - start < .seconds(2) else { break }
            // Nobody repeats a packet of the host; what Teredo sends is repeated.
            if lost.meaning != "data" {
                let arrival = internet.stack(of: .clientB).arrivals.first
                let time = arrival.map { $0.time - start }
                worst = max(worst, time ?? .zero)
                #expect(
                    time.map { $0 <= .milliseconds(2400) } == true,
                    "\(number): \(lost.summary), \(String(describing: time))"
                )
            }
            number += 1
            try #require(number < 60)
        }
        #expect(number >= 3)
        #expect(worst >= .seconds(2), "the indirect bubble is needed")
    }
}
