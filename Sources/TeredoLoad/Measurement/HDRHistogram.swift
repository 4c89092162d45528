import TeredoWire

/// How often something took how long, right to 1 % whatever the time: a histogram of high dynamic range (HDR).
///
/// Buckets are as wide as one 128th of the power of two that they are in, from 1 µs to 71 minutes; what takes longer counts as
/// that. It takes 27 kB and recording allocates nothing.
package struct HDRHistogram: Hashable, Sendable {
    private static let subBits = 7
    private static let subCount = 1 << subBits
    private static let largest = UInt64(UInt32.max)

    private var counts = [UInt64](repeating: 0, count: (32 - subBits + 1) * subCount)
    /// How many times were recorded.
    package private(set) var count: UInt64 = 0
    private var sum: UInt64 = 0
    private var most: UInt64 = 0

    /// Nothing recorded yet.
    package init() {}

    /// Counts one time, in microseconds.
    package mutating func record(microseconds: UInt64) {
        let value = min(microseconds, Self.largest)
        counts[Self.index(of: value)] &+= 1
        count &+= 1
        sum &+= value
        most = max(most, value)
    }

    /// Counts one time; a negative one counts as none at all.
    package mutating func record(_ time: Duration) {
        record(microseconds: UInt64(max(0, time.wholeNanoseconds)) / 1000)
    }

    /// The time that `share` of all times, 0 to 1, are not above, within 1 %; `nil` when nothing was recorded.
    package func quantile(_ share: Double) -> Duration? {
        guard count > 0 else { return nil }
        let rank = max(1, UInt64((min(max(share, 0), 1) * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for index in counts.indices {
            seen &+= counts[index]
            if seen >= rank { return .microseconds(min(Self.upperBound(of: index), most)) }
        }
        return longest
    }

    /// The longest time; `nil` when nothing was recorded.
    package var longest: Duration? { count > 0 ? .microseconds(most) : nil }

    /// The mean time; `nil` when nothing was recorded.
    package var mean: Duration? { count > 0 ? .microseconds(sum / count) : nil }

    private static func index(of value: UInt64) -> Int {
        let exponent = max(0, 63 - value.leadingZeroBitCount - subBits)
        return (exponent << subBits) + Int(value >> UInt64(exponent))
    }

    /// The largest time of a bucket.
    private static func upperBound(of index: Int) -> UInt64 {
        guard index >= subCount else { return UInt64(index) }
        let exponent = UInt64(index >> subBits) - 1
        return UInt64(index & (subCount - 1) + subCount + 1) << exponent - 1
    }
}
