import TeredoHost
import TeredoLinux
import TeredoLoad

/// How long something took, in milliseconds and within 1 %; all `nil` when it did not happen.
package struct LoadTimes: Codable, Hashable, Sendable {
    /// Half of them took no longer.
    package var p50Milliseconds: Double?
    /// Nine in ten took no longer.
    package var p90Milliseconds: Double?
    /// 99 in 100 took no longer.
    package var p99Milliseconds: Double?
    /// 999 in 1000 took no longer.
    package var p999Milliseconds: Double?
    /// None took longer.
    package var longestMilliseconds: Double?

    init(_ histogram: HDRHistogram) {
        func milliseconds(_ time: Duration?) -> Double? { time.map(Milliseconds.number) }
        p50Milliseconds = milliseconds(histogram.quantile(0.5))
        p90Milliseconds = milliseconds(histogram.quantile(0.9))
        p99Milliseconds = milliseconds(histogram.quantile(0.99))
        p999Milliseconds = milliseconds(histogram.quantile(0.999))
        longestMilliseconds = milliseconds(histogram.longest)
    }
}
