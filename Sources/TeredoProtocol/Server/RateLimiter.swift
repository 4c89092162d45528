import TeredoWire

/// Token buckets for IPv4 addresses or endpoints in a table of fixed size: no growth and no allocation, whatever comes in
/// (SEC-40).
///
/// A key has four places that a keyed hash chooses. When all are taken by others, the one that was idle longest is
/// given away; a flood from many addresses can so forget limits of others, never refuse them service for long.
struct RateLimiter: Sendable {
    private struct Entry: Sendable {
        var key: UInt64 = 0
        var bucket: TokenBucket
        var lastUse: ProtocolInstant
    }

    private let limit: RateLimit
    /// The secret of the hash.
    let multiplier: UInt64
    private var entries: [Entry]

    init(_ limit: RateLimit, places: Int, using generator: inout some RandomNumberGenerator, now: ProtocolInstant) {
        self.limit = limit
        multiplier = UInt64.random(in: .min ... .max, using: &generator) | 1
        var count = Self.ways
        while count < places { count *= 2 }
        entries = Array(
            repeating: Entry(
                bucket: TokenBucket(limit, now: now),
                // Free places are taken before any key is forgotten.
                lastUse: ProtocolInstant(nanoseconds: .min)
            ),
            count: count
        )
    }

    /// Takes a token for `address`; `false` when it sent too much.
    mutating func take(_ address: IPv4Address, now: ProtocolInstant) -> Bool {
        take(key: UInt64(address.rawValue) << 16, now: now)
    }

    /// Takes a token for `endpoint`, whose port is not 0; `false` when it sent too much.
    mutating func take(_ endpoint: UDPEndpoint, now: ProtocolInstant) -> Bool {
        take(key: UInt64(endpoint.address.rawValue) << 16 | UInt64(endpoint.port), now: now)
    }

    /// Takes a token for `target`; `false` when there is none, or when `source` took more of late than is left.
    mutating func take(
        _ target: IPv4Address,
        from source: IPv4Address,
        sharing levels: inout SourceLevels,
        now: ProtocolInstant
    ) -> Bool {
        take(key: UInt64(target.rawValue) << 16, from: source, sharing: &levels, now: now)
    }

    /// Takes a token for `target`, whose port is not 0; `false` when there is none, or when `source` took more of late than is left.
    mutating func take(
        _ target: UDPEndpoint,
        from source: IPv4Address,
        sharing levels: inout SourceLevels,
        now: ProtocolInstant
    ) -> Bool {
        let key = UInt64(target.address.rawValue) << 16 | UInt64(target.port)
        return take(key: key, from: source, sharing: &levels, now: now)
    }

    private mutating func take(
        key: UInt64,
        from source: IPv4Address,
        sharing levels: inout SourceLevels,
        now: ProtocolInstant
    ) -> Bool {
        let position = place(of: key, now: now)
        entries[position].lastUse = now
        // Both go into the hash as a whole: no two pairs cancel each other out.
        let pair = ((key &* multiplier) ^ UInt64(source.rawValue)) &* multiplier
        guard levels.amount(pair, now: now) < entries[position].bucket.credit(now: now),
            entries[position].bucket.take(now: now)
        else { return false }
        levels.add(pair, now: now)
        return true
    }

    private mutating func take(key: UInt64, now: ProtocolInstant) -> Bool {
        let position = place(of: key, now: now)
        entries[position].lastUse = now
        return entries[position].bucket.take(now: now)
    }

    private mutating func place(of key: UInt64, now: ProtocolInstant) -> Int {
        let hash = Int(truncatingIfNeeded: (key &* multiplier) >> 33)
        let first = hash & (entries.count - 1) & ~(Self.ways - 1)
        var idlest = first
        for position in first..<first + Self.ways {
            if entries[position].key == key { return position }
            if entries[position].lastUse < entries[idlest].lastUse { idlest = position }
        }
        entries[idlest].key = key
        entries[idlest].bucket = TokenBucket(limit, now: now)
        return idlest
    }

    private static let ways = 4
}
