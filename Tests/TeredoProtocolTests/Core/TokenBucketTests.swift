import TeredoProtocol
import TeredoWire
import Testing

@Suite struct TokenBucketTests {
    static let start = ProtocolInstant(nanoseconds: 5_000_000_000)

    @Test("A bucket gives its burst at once and then nothing")
    func burst() {
        var bucket = TokenBucket(rate: 10, burst: 20, now: Self.start)
        #expect((0..<100).filter { _ in bucket.take(now: Self.start) }.count == 20)
    }

    @Test("A bucket refills at its rate, to the nanosecond, up to its burst")
    func refill() {
        var bucket = TokenBucket(rate: 10, burst: 20, now: Self.start)
        for _ in 0..<20 { #expect(bucket.take(now: Self.start) == true) }
        #expect(bucket.take(now: Self.start + .nanoseconds(99_999_999)) == false)
        #expect(bucket.take(now: Self.start + .milliseconds(100)) == true)
        #expect(bucket.take(now: Self.start + .milliseconds(199)) == false)
        #expect((0..<100).filter { _ in bucket.take(now: Self.start + .seconds(3600)) }.count == 20)
    }

    @Test("Over a long time a bucket gives its rate", arguments: [(1, 1), (7, 3), (1000, 1000)])
    func longRun(rate: Int, burst: Int) {
        var bucket = TokenBucket(rate: rate, burst: burst, now: Self.start)
        var taken = 0
        for step in 1...100_000 where bucket.take(now: Self.start + .microseconds(step * 100)) { taken += 1 }
        #expect((10 * rate...10 * rate + burst).contains(taken))
    }

    @Test("Time that stands still or jumps back gives no tokens")
    func time() {
        var bucket = TokenBucket(rate: 1000, burst: 1, now: Self.start)
        #expect(bucket.take(now: Self.start) == true)
        #expect(bucket.take(now: Self.start) == false)
        #expect(bucket.take(now: Self.start - .seconds(4)) == false)
    }

    @Test("The largest span of time overflows nothing")
    func extremes() {
        var bucket = TokenBucket(rate: 1_000_000, burst: 1_000_000, now: ProtocolInstant(nanoseconds: 0))
        #expect(bucket.take(now: ProtocolInstant(nanoseconds: .max)) == true)
    }
}
