import TeredoWire

/// The strangers of each IPv4 endpoint: one endpoint has room for four of them, whatever number of addresses it makes of itself
/// (the twelve random bits of an address alone make 4,096).
///
/// Places are found by a keyed hash, so that nobody can choose whom to share one with, and are few: what they cost does not
/// grow with the table. An entry of which the place was taken meanwhile is not counted any more; only the newest are.
struct EndpointShares: Sendable {
    /// The most strangers of one endpoint.
    static let limit = 4
    /// How many entries a group remembers, of whatever endpoints share it.
    private static let groupLength = 8
    private static let mostGroups = 4096

    private let hash: SipHash
    private let mask: UInt64
    private var places: [Place]
    /// Where each group remembers the next one.
    private var hands: [UInt8]

    private struct Place: Sendable {
        var endpoint = UDPEndpoint(.unspecified, 0)
        var ticket: PeerTable.Ticket?
    }

    /// No strangers yet, for a table of `limit` entries.
    init(limit: Int, _ hash: SipHash) {
        self.hash = hash
        var groups = 16
        while groups < min(limit / 4, Self.mostGroups) { groups *= 2 }
        mask = UInt64(groups - 1)
        places = Array(repeating: Place(), count: groups * Self.groupLength)
        hands = Array(repeating: 0, count: groups)
    }

    /// The strangers that are remembered of an endpoint, the oldest first.
    func tickets(of endpoint: UDPEndpoint) -> [PeerTable.Ticket] {
        let group = group(of: endpoint)
        return (0..<Self.groupLength).compactMap { step in
            let place = places[group * Self.groupLength + (Int(hands[group]) + step) % Self.groupLength]
            return place.endpoint == endpoint ? place.ticket : nil
        }
    }

    /// Remembers a new stranger of an endpoint, in a place whose entry is gone or else in the oldest.
    mutating func note(_ ticket: PeerTable.Ticket, of endpoint: UDPEndpoint, isUsed: (PeerTable.Ticket) -> Bool) {
        let group = group(of: endpoint)
        for _ in 0..<Self.groupLength {
            let hand = group * Self.groupLength + Int(hands[group])
            guard let known = places[hand].ticket, isUsed(known) else { break }
            hands[group] = (hands[group] + 1) % UInt8(Self.groupLength)
        }
        places[group * Self.groupLength + Int(hands[group])] = Place(endpoint: endpoint, ticket: ticket)
        hands[group] = (hands[group] + 1) % UInt8(Self.groupLength)
    }

    private func group(of endpoint: UDPEndpoint) -> Int {
        let number = UInt64(endpoint.address.rawValue) << 16 | UInt64(endpoint.port)
        return Int(hash(IPv6Address(high: 0, low: number)) & mask)
    }
}
