import TeredoProtocol
import Testing

@Suite struct DurationHistogramTests {
    @Test("a time falls into the first bucket whose bound it does not exceed, and into the last one beyond all bounds")
    func buckets() {
        for (index, bound) in DurationHistogram.bounds.enumerated() {
            var histogram = DurationHistogram()
            histogram.record(bound)
            #expect(histogram.counts[index] == 1, "\(bound)")
            histogram.record(bound + .nanoseconds(1))
            #expect(histogram.counts[index + 1] == 1, "\(bound)")
            #expect(histogram.count == 2)
            #expect(histogram.sum == bound * 2 + .nanoseconds(1))
        }
        #expect(DurationHistogram.bounds == DurationHistogram.bounds.sorted())
        #expect(DurationHistogram().counts.count == DurationHistogram.bounds.count + 1)
    }

    @Test("a time below zero counts as none")
    func negative() {
        var histogram = DurationHistogram()
        histogram.record(.seconds(-1))
        #expect(histogram.counts[0] == 1 && histogram.sum == .zero)
    }
}
