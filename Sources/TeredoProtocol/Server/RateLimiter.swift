import TeredoWire

/// Token buckets for IPv4 addresses in a table of fixed size: no growth and no allocation, whatever comes in (SEC-40).
///
/// An address has four places that a keyed hash chooses. When all are taken by others, the one that was idle longest is
/// given away; a flood from many addresses can so forget limits of others, never refuse them service for long.
struct RateLimiter: Sendable {
    private struct Entry: Sendable {
        var address: UInt32 = 0
        var bucket: TokenBucket
        var lastUse: ProtocolInstant
    }

    private let rate: Int
    private let burst: Int
    private let multiplier: UInt64
    private var entries: [Entry]

    init(rate: Int, burst: Int, places: Int, using generator: inout some RandomNumberGenerator, now: ProtocolInstant) {
        self.rate = rate
        self.burst = burst
        multiplier = UInt64.random(in: .min ... .max, using: &generator) | 1
        var count = Self.ways
        while count < places { count *= 2 }
        entries = Array(
            repeating: Entry(
                bucket: TokenBucket(rate: rate, burst: burst, now: now),
                // Free places are taken before any address is forgotten.
                lastUse: ProtocolInstant(nanoseconds: .min)
            ),
            count: count
        )
    }

    /// Takes a token for `address`; `false` when it sent too much.
    mutating func take(_ address: IPv4Address, now: ProtocolInstant) -> Bool {
        let position = place(of: address, now: now)
        entries[position].lastUse = now
        return entries[position].bucket.take(now: now)
    }

    private mutating func place(of address: IPv4Address, now: ProtocolInstant) -> Int {
        let hash = Int(truncatingIfNeeded: (UInt64(address.rawValue) &* multiplier) >> 33)
        let first = hash & (entries.count - 1) & ~(Self.ways - 1)
        var idlest = first
        for position in first..<first + Self.ways {
            if entries[position].address == address.rawValue { return position }
            if entries[position].lastUse < entries[idlest].lastUse { idlest = position }
        }
        entries[idlest].address = address.rawValue
        entries[idlest].bucket = TokenBucket(rate: rate, burst: burst, now: now)
        return idlest
    }

    private static let ways = 4
}
