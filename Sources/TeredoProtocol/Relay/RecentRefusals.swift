import TeredoWire

/// The clients that were refused of late, as tags in places that a keyed hash chooses; a flood overwrites them after some seconds.
struct RecentRefusals: Sendable {
    /// 22 bits of the hash and the time in eighths of a second; 0 in a free place.
    private var tags: [UInt32] = []

    /// Notes that a client was refused; returns whether it was refused before, a quarter of a second to 16 s ago.
    mutating func note(_ hash: UInt64, now: ProtocolInstant) -> Bool {
        // There is no need for the memory until something is refused.
        if tags.isEmpty { tags = Array(repeating: 0, count: Self.count) }
        let place = Int(truncatingIfNeeded: hash >> 40) & (Self.count - 1)
        let instant = UInt32(truncatingIfNeeded: now.nanoseconds / 125_000_000) & Self.timeMask
        let tag = UInt32(truncatingIfNeeded: hash) & ~Self.timeMask | 1 << 10
        let known = tags[place]
        let age = (instant &- known) & Self.timeMask
        if known & ~Self.timeMask == tag, age < 128 { return age >= 2 }
        tags[place] = tag | instant
        return false
    }

    private static let count = 1 << 18
    private static let timeMask: UInt32 = 1 << 10 - 1
}
