import TeredoWire

/// How many octets go to IPv4 addresses that others name: servers and endpoints in the addresses of strangers, or of
/// clients that packets of the IPv6 side are for (SEC-33, SEC-44).
///
/// Whoever names one pays: what goes there is no more than what came in its name, but for a first burst, whatever number of
/// peers is said to be behind it. What was paid can be spent for the time of one to two exchanges, so that a thousand peers of one
/// server are asked as often as each of them may be. What the third party shows to have wanted, by passing on a bubble that is
/// answered, is given back. Memory is bounded, and a keyed hash decides who shares it.
struct ThirdPartyBudget: Sendable {
    /// What may go to an address that nobody named before, in octets with their headers: some thirty bubbles.
    static let burst = 2176
    /// The octets of IPv4 and UDP headers.
    static let headerLength = 28
    /// The least that a datagram has with which somebody names an address.
    static let leastLength = headerLength + TeredoBubble.length
    /// What one exchange with a peer may have cost: it is given back when the peer answers.
    private static let refund = 640
    private static let groups = 256
    private static let groupLength = 4

    private struct Place: Sendable {
        var address = IPv4Address.unspecified
        var credit = ThirdPartyBudget.burst
        /// What came in the name of the address in this exchange's time and in the one before.
        var earned = (current: 0, previous: 0)
        /// The number of this exchange's time.
        var epoch: Int64 = 0
        /// When the place was last used, in the order of uses.
        var lastUse: UInt32 = 0

        /// What was earned longer ago than that is no credit any more.
        mutating func age(to now: Int64) {
            guard now != epoch else { return }
            earned = (0, now == epoch + 1 ? earned.current : 0)
            epoch = now
            credit = min(credit, limit)
        }

        mutating func earn(_ octets: Int) {
            earned.current += octets
            credit = min(credit + octets, limit)
        }

        private var limit: Int { ThirdPartyBudget.burst + earned.current + earned.previous }
    }

    private let hash: SipHash
    private var places = [Place](repeating: Place(), count: groups * groupLength)
    private var uses: UInt32 = 0

    init(_ hash: SipHash) { self.hash = hash }

    /// Something of `octets` came in the name of `address`, without its headers when it did not come in a datagram.
    ///
    /// Half as much again counts, up to one bubble: a packet without content could not pay for one.
    mutating func earn(_ address: IPv4Address, octets: Int, now: ProtocolInstant) {
        let place = place(of: address, now: now)
        places[place].earn(max(octets, min(Self.leastLength, octets * 3 / 2)))
    }

    /// Somebody answered what only he could know who got it from `address`.
    mutating func refund(_ address: IPv4Address, now: ProtocolInstant) {
        earn(address, octets: Self.refund, now: now)
    }

    /// Whether a datagram with `octets` of payload may go to `address`, or on its account.
    mutating func take(_ address: IPv4Address, octets: Int, now: ProtocolInstant) -> Bool {
        let place = place(of: address, now: now)
        let price = octets + Self.headerLength
        guard places[place].credit >= price else { return false }
        places[place].credit -= price
        return true
    }

    /// The place of an address, or the one of its group that was used longest ago, which it has from now on.
    private mutating func place(of address: IPv4Address, now: ProtocolInstant) -> Int {
        uses &+= 1
        let epoch = now.nanoseconds / Self.epochLength
        let number = hash(IPv6Address(high: 0, low: UInt64(address.rawValue)))
        let first = Int(number % UInt64(Self.groups)) * Self.groupLength
        let group = first..<first + Self.groupLength
        let known = group.first { places[$0].address == address && places[$0].lastUse != 0 }
        let place = known ?? group.max { uses &- places[$0].lastUse < uses &- places[$1].lastUse } ?? first
        if known == nil { places[place] = Place(address: address, epoch: epoch) }
        places[place].age(to: epoch)
        places[place].lastUse = uses
        return place
    }

    private static let epochLength = 8_000_000_000 as Int64
}
