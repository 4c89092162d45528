public import TeredoWire

/// A rate limit: tokens come at a steady rate up to a burst.
public struct TokenBucket: Hashable, Sendable {
    /// Tokens per second, at least 1.
    public let rate: Int
    /// The most tokens that can wait, at least 1.
    public let burst: Int
    private var credit: Int64
    private var updated: ProtocolInstant

    /// A full bucket; `rate` and `burst` must be at least 1.
    public init(rate: Int, burst: Int, now: ProtocolInstant) {
        precondition(rate >= 1 && burst >= 1, "a token bucket needs a rate and a burst of at least 1")
        self.rate = rate
        self.burst = burst
        credit = Int64(burst) * Self.unit
        updated = now
    }

    /// Takes `count` tokens, one unless told; `false`, and none are taken, when there are fewer.
    public mutating func take(_ count: Int = 1, now: ProtocolInstant) -> Bool {
        credit = due(now)
        updated = now
        let price = Int64(count) * Self.unit
        guard credit >= price else { return false }
        credit -= price
        return true
    }

    /// The tokens that wait, in thousandths.
    func credit(now: ProtocolInstant) -> Int64 { due(now) / (Self.unit / 1000) }

    private func due(_ now: ProtocolInstant) -> Int64 {
        let full = Int64(burst) * Self.unit
        let elapsed = max(0, min(now.nanoseconds &- updated.nanoseconds, full / Int64(rate) + 1))
        return min(full, credit + elapsed * Int64(rate))
    }

    private static let unit: Int64 = 1_000_000_000
}
