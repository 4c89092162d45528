import TeredoTestSupport
import Testing

@testable import TeredoLoad

@Suite struct HDRHistogramTests {
    @Test("quantiles are within 1 % of those of all values in order, whatever their size", arguments: [1, 2, 3])
    func quantiles(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var histogram = HDRHistogram()
        var values: [UInt64] = []
        for _ in 0..<20_000 {
            let value = UInt64.random(in: 0...(1 << UInt64.random(in: 0...31, using: &generator)), using: &generator)
            values.append(value)
            histogram.record(microseconds: value)
        }
        values.sort()
        for share in [0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = values[max(0, Int((share * Double(values.count)).rounded(.up)) - 1)]
            let found = try #require(histogram.quantile(share)) / .microseconds(1)
            #expect(found >= Double(exact) && found <= Double(exact) * 1.01 + 0.001, "\(share): \(exact) \(found)")
        }
        #expect(histogram.longest == .microseconds(values.last ?? 0))
        #expect(histogram.count == 20_000)
    }

    @Test("an empty histogram has no quantiles, and what is too long or negative counts at the ends")
    func ends() {
        var histogram = HDRHistogram()
        #expect(histogram.quantile(0.5) == nil && histogram.mean == nil && histogram.longest == nil)
        histogram.record(.seconds(-1))
        #expect(histogram.quantile(1) == .zero)
        histogram.record(.seconds(100_000))
        #expect(histogram.quantile(1) == .microseconds(Int64(UInt32.max)))
    }
}
