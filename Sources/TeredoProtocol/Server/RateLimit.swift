import TeredoWire

/// How much may pass: a steady rate, and what may come at once.
public struct RateLimit: Hashable, Sendable {
    /// Datagrams per second, at least 1.
    public var rate: Int
    /// Datagrams at once, at least 1.
    public var burst: Int

    /// A rate with twice as much at once unless told otherwise.
    public init(rate: Int, burst: Int? = nil) {
        self.rate = rate
        // A rate that nobody allows may be kept here until it is refused; it must not overflow.
        self.burst = burst ?? rate.multipliedReportingOverflow(by: 2).partialValue
    }

    /// The share of one of `count`.
    func divided(among count: Int) -> Self { Self(rate: max(1, rate / count), burst: max(1, burst / count)) }
}

extension TokenBucket {
    /// A full bucket.
    init(_ limit: RateLimit, now: ProtocolInstant) { self.init(rate: limit.rate, burst: limit.burst, now: now) }
}
