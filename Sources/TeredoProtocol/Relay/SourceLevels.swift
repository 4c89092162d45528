import TeredoWire

/// How many clients each /64 of the IPv6 side asked for of late, roughly: levels that run out at a steady rate, shared by those
/// whose hash is the same.
struct SourceLevels: Sendable {
    private struct Level: Sendable {
        var amount: Int32 = 0
        /// In milliseconds.
        var updated: Int64 = 0
    }

    private var levels = [Level](repeating: Level(), count: 4096)
    private let threshold: Int32
    private let leak: Int64

    /// A source is modest that asks for no more than a fifth of `rate` at once, and a twenty-fifth of it per second.
    init(rate: Int) {
        threshold = Int32(clamping: max(1, rate / 5))
        leak = Int64(max(1, rate / 25))
    }

    /// Counts one request of a source; returns whether it is modest.
    mutating func note(_ hash: UInt64, now: ProtocolInstant) -> Bool {
        let place = Int(hash & 4095)
        let instant = now.nanoseconds / 1_000_000
        let elapsed = max(0, min(instant - levels[place].updated, 1_000_000))
        let gone = elapsed * leak / 1000
        // What is less than one request goes on counting.
        if gone > 0 { levels[place].updated = instant }
        let rest = max(0, Int64(levels[place].amount) - gone)
        let most = Int64(threshold) * Self.memory
        levels[place].amount = Int32(clamping: min(rest + 1, most))
        return levels[place].amount <= threshold
    }

    /// Whether a source is modest.
    func isModest(_ hash: UInt64) -> Bool { levels[Int(hash & 4095)].amount <= threshold }

    /// How many times the threshold a level can be, so that a flood that pauses is no modest source at once.
    private static let memory: Int64 = 4
}
