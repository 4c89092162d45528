import TeredoWire

/// How many strangers each IPv4 address and each /24 has in a list of peers: a host has as many endpoints as ports, and many a
/// network as many hosts as it likes (SEC-30).
///
/// While strangers have less than half of their room nobody is counted against anybody. From there on an address has a sixteenth of
/// the room and a /24 an eighth, so that who comes from elsewhere finds the other half. Counts are kept in two rows each that a keyed
/// hash chooses; the lower one counts, so that nobody can choose whom to share one with. Memory is of fixed size.
struct AddressShares: Sendable {
    private let hash: SipHash
    private let mask: UInt64
    /// Two rows for addresses, then two for networks.
    private var counts: [UInt32]

    /// No strangers yet, for a table of `limit` entries.
    init(limit: Int, _ hash: SipHash) {
        self.hash = hash
        var length = 64
        while length < min(limit / 4, Self.mostPlaces) { length *= 2 }
        mask = UInt64(length - 1)
        counts = Array(repeating: 0, count: 4 * length)
    }

    /// A stranger at an address comes in.
    mutating func enter(_ address: IPv4Address) {
        let places = places(address)
        for row in places.indices { counts[places[row]] += 1 }
    }

    /// A stranger at an address goes, or is none any more.
    mutating func leave(_ address: IPv4Address) {
        let places = places(address)
        for row in places.indices { counts[places[row]] -= 1 }
    }

    /// Whether an address, or its network, has all that it may have when strangers have `used` of `room` places.
    func isUsedUp(_ address: IPv4Address, used: Int, room: Int) -> Bool {
        guard used >= room / 2 else { return false }
        let places = places(address)
        return min(counts[places[0]], counts[places[1]]) >= max(EndpointShares.limit, room / Self.addressDivisor)
            || min(counts[places[2]], counts[places[3]]) >= max(EndpointShares.limit, room / Self.networkDivisor)
    }

    private func places(_ address: IPv4Address) -> InlineArray<4, Int> {
        let own = hash(address)
        let network = hash(networkOf: address)
        let length = Int(mask) + 1
        return [
            Int(own & mask), length + Int(own >> 32 & mask),
            2 * length + Int(network & mask), 3 * length + Int(network >> 32 & mask),
        ]
    }

    private static let mostPlaces = 4096
    private static let addressDivisor = 16
    private static let networkDivisor = 8
}
