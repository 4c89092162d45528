import TeredoWire

/// How many octets go to IPv4 addresses that others name: servers and endpoints in the addresses of strangers, or of
/// clients that packets of the IPv6 side are for (SEC-33, SEC-44).
///
/// Whoever names one pays: what goes there is no more than what came in its name, but for a first burst, whatever number of
/// peers is said to be behind it. The same holds for all addresses of a network together, so that to name another address of it each
/// time gains nothing. What was paid can be spent for the time of one to two exchanges, so that a thousand peers of one
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

    /// Accounts of addresses, and of networks of three sizes.
    ///
    /// Those of the largest are never forgotten: who makes others forgotten by naming many has to pay there.
    private var levels: [ThirdPartyAccounts]

    init(_ hash: SipHash) {
        levels = [
            ThirdPartyAccounts(prefixLength: 32, burst: Self.burst, groups: 256, hash),
            ThirdPartyAccounts(prefixLength: 24, burst: 2 * Self.burst, groups: 64, hash),
            ThirdPartyAccounts(prefixLength: 16, burst: 4 * Self.burst, groups: 64, hash),
            ThirdPartyAccounts(prefixLength: 8, burst: 8 * Self.burst, groups: 64, hash),
        ]
    }

    /// Something of `octets` came in the name of `address`, and of `other` if given, without its headers when it did not come in a
    /// datagram.
    ///
    /// A third as much again counts, up to one bubble: a packet without content could not pay for one, and a server adds some
    /// octets to what it passes on. A network that both are in is paid once.
    mutating func earn(
        _ address: IPv4Address,
        and other: IPv4Address? = nil,
        octets: Int,
        now: ProtocolInstant
    ) {
        let earned = max(octets, min(Self.leastLength, octets * 4 / 3))
        for level in levels.indices {
            levels[level].earn(address, octets: earned, now: now)
            guard let other, !levels[level].isShared(address, other) else { continue }
            levels[level].earn(other, octets: earned, now: now)
        }
    }

    /// Somebody answered what only he could know who got it from `address`, or from `other`.
    mutating func refund(_ address: IPv4Address, and other: IPv4Address? = nil, now: ProtocolInstant) {
        earn(address, and: other, octets: Self.refund, now: now)
    }

    /// Whether a datagram with `octets` of payload may go to `address`, or on its account.
    mutating func take(_ address: IPv4Address, octets: Int, now: ProtocolInstant) -> Bool {
        let price = octets + Self.headerLength
        for level in levels.indices where !levels[level].covers(price, to: address, now: now) { return false }
        for level in levels.indices { levels[level].pay(price, to: address, now: now) }
        return true
    }
}
