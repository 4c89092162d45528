import TeredoWire

/// The endpoints whose solicitations were answered lately: each keeps a share of its own, whatever comes in the name of the IPv4
/// address that it shares with others (SEC-40).
///
/// Of one address at most 256 endpoints are known at once. One that comes back in time is never pushed out, by whatever number of
/// others: an endpoint that finds no place has no share of its own. Nothing grows and nothing is allocated.
struct AnsweredEndpoints: Sendable {
    /// The least time between two answers from an endpoint's own share: a client asks every 4 s while it is not answered (SEC-39).
    static let spacing = Duration.seconds(3)
    /// For how long an endpoint is known after its last answer: refreshes come every 30 s, or every two minutes at most where a
    /// longer interval was found to do.
    static let memory = Duration.seconds(180)

    private struct Entry: Sendable {
        /// No endpoint with port 0 is answered.
        var key: UInt64 = 0
        var answered = ProtocolInstant(nanoseconds: .min / 2)
    }

    private let multiplier: UInt64
    private var entries: [Entry]

    /// Room for `places` endpoints at least; the secret odd multiplier decides who shares it.
    init(places: Int, multiplier: UInt64) {
        self.multiplier = multiplier
        var count = Self.ways
        while count < places { count *= 2 }
        entries = Array(repeating: Entry(), count: count)
    }

    /// Whether a solicitation of an endpoint is answered though its address has used up what all behind it have together.
    mutating func take(_ endpoint: UDPEndpoint, now: ProtocolInstant) -> Bool {
        guard let place = place(of: endpoint, now: now), entries[place].key == Self.key(endpoint),
            now - entries[place].answered >= Self.spacing, now - entries[place].answered < Self.memory
        else { return false }
        entries[place].answered = now
        return true
    }

    /// A solicitation of an endpoint was answered.
    mutating func note(_ endpoint: UDPEndpoint, now: ProtocolInstant) {
        guard let place = place(of: endpoint, now: now) else { return }
        entries[place] = Entry(key: Self.key(endpoint), answered: now)
    }

    /// Where an endpoint is, or may be; `nil` when others have all of its places.
    private func place(of endpoint: UDPEndpoint, now: ProtocolInstant) -> Int? {
        let key = Self.key(endpoint)
        // The 32 sets of an address differ by the lowest bits of the port.
        let set = UInt64(endpoint.address.rawValue) << 5 | UInt64(endpoint.port & 31)
        let hash = Int(truncatingIfNeeded: ((set &+ 1) &* multiplier) >> 33)
        let first = hash & (entries.count - 1) & ~(Self.ways - 1)
        var free: Int?
        for position in first..<first + Self.ways {
            if entries[position].key == key { return position }
            if free == nil, now - entries[position].answered >= Self.memory { free = position }
        }
        return free
    }

    private static func key(_ endpoint: UDPEndpoint) -> UInt64 {
        UInt64(endpoint.address.rawValue) << 16 | UInt64(endpoint.port)
    }

    private static let ways = 8
}
