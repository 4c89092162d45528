/// How often something took how long, in fixed buckets, with the sum of all times.
///
/// Recording allocates nothing: a machine counts what it measures itself, and whoever asks gets a copy.
public struct DurationHistogram: Hashable, Sendable {
    /// The upper bounds of the buckets but the last one, which has none; a time that is equal to a bound is below it.
    public static let bounds: [Duration] = [
        .milliseconds(1), .microseconds(2500), .milliseconds(5), .milliseconds(10), .milliseconds(25),
        .milliseconds(50),
        .milliseconds(100), .milliseconds(250), .milliseconds(500), .seconds(1), .milliseconds(2500), .seconds(5),
        .seconds(10), .seconds(30), .seconds(60), .seconds(300),
    ]

    /// How many times fell into each bucket, one more than there are bounds.
    public private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    /// All times together.
    public private(set) var sum = Duration.zero

    /// Nothing measured yet.
    public init() {}

    /// How many times were recorded.
    public var count: UInt64 { counts.reduce(0, &+) }

    /// Counts one time; a negative one, which no clock here gives, counts as none at all.
    public mutating func record(_ time: Duration) {
        let time = max(.zero, time)
        counts[Self.bounds.firstIndex { time <= $0 } ?? Self.bounds.count] &+= 1
        sum += time
    }
}
