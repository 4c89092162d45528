import TeredoWire

/// What may go to IPv4 networks of one size, or to addresses, that others name: each has an account, in octets.
///
/// What was paid in can be spent for the time of one to two exchanges. Memory is bounded, and a keyed hash decides which networks
/// share a group of accounts; the one that was used longest ago makes room.
struct ThirdPartyAccounts: Sendable {
    private struct Account: Sendable {
        var network = IPv4Address.unspecified
        var credit: Int
        /// What came in the name of the network in this exchange's time and in the one before.
        var earned = (current: 0, previous: 0)
        /// The number of this exchange's time.
        var epoch: Int64 = 0
        /// When the account was last used, in the order of uses.
        var lastUse: UInt32 = 0

        /// What was earned longer ago than that is no credit any more.
        mutating func age(to now: Int64, burst: Int) {
            guard now != epoch else { return }
            earned = (0, now == epoch + 1 ? earned.current : 0)
            epoch = now
            credit = min(credit, limit(burst))
        }

        mutating func earn(_ octets: Int, burst: Int) {
            earned.current += octets
            credit = min(credit + octets, limit(burst))
        }

        private func limit(_ burst: Int) -> Int { burst + earned.current + earned.previous }
    }

    private let prefixLength: Int
    private let burst: Int
    private let groups: Int
    private let hash: SipHash
    private var accounts: [Account]
    private var uses: UInt32 = 0

    /// Accounts for networks with `prefixLength` bits, each with `burst` octets to begin with.
    ///
    /// - Parameters:
    ///   - prefixLength: 32 for addresses; for 8 and less each network keeps its account for good.
    ///   - burst: What may go to a network that nobody named before.
    ///   - groups: How many groups of four accounts there are.
    ///   - hash: Decides who shares a group.
    init(prefixLength: Int, burst: Int, groups: Int, _ hash: SipHash) {
        self.prefixLength = prefixLength
        self.burst = burst
        self.groups = groups
        self.hash = hash
        accounts = Array(repeating: Account(credit: burst), count: groups * Self.groupLength)
    }

    /// Whether two addresses are of one network.
    func isShared(_ one: IPv4Address, _ other: IPv4Address) -> Bool { network(of: one) == network(of: other) }

    /// Octets came in the name of an address.
    mutating func earn(_ address: IPv4Address, octets: Int, now: ProtocolInstant) {
        let account = account(of: address, now: now)
        accounts[account].earn(octets, burst: burst)
    }

    /// Whether there is enough for so many octets to an address.
    mutating func covers(_ octets: Int, to address: IPv4Address, now: ProtocolInstant) -> Bool {
        accounts[account(of: address, now: now)].credit >= octets
    }

    /// So many octets go to an address.
    mutating func pay(_ octets: Int, to address: IPv4Address, now: ProtocolInstant) {
        let account = account(of: address, now: now)
        accounts[account].credit -= octets
    }

    private func network(of address: IPv4Address) -> IPv4Address {
        IPv4Prefix(address, length: prefixLength).address
    }

    /// The account of an address, or the one of its group that was used longest ago, which it has from now on.
    private mutating func account(of address: IPv4Address, now: ProtocolInstant) -> Int {
        uses &+= 1
        let epoch = now.nanoseconds / Self.epochLength
        let network = network(of: address)
        let group = group(of: network)
        let known = group.first { accounts[$0].network == network && accounts[$0].lastUse != 0 }
        let oldest = group.max { uses &- accounts[$0].lastUse < uses &- accounts[$1].lastUse }
        let account = known ?? oldest ?? group.lowerBound
        if known == nil { accounts[account] = Account(network: network, credit: burst, epoch: epoch) }
        accounts[account].age(to: epoch, burst: burst)
        accounts[account].lastUse = uses
        return account
    }

    private func group(of network: IPv4Address) -> Range<Int> {
        // So few networks have one place each, so that nobody can have one forgotten.
        if prefixLength <= Self.completeLength {
            let place = Int(network.rawValue >> (32 - UInt32(Self.completeLength))) % accounts.count
            return place..<place + 1
        }
        let first = Int(hash(network) % UInt64(groups)) * Self.groupLength
        return first..<first + Self.groupLength
    }

    private static let groupLength = 4
    /// The longest prefixes of which all networks have a place, in 64 groups.
    private static let completeLength = 8
    private static let epochLength = 8_000_000_000 as Int64
}
