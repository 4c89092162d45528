import TeredoWire

extension FairBucket {
    /// A bucket that hosts share fairly by IPv4 address, and networks by /24, see ``init(rate:burst:bits:countsNetworks:now:)``.
    static func forAddresses(rate: Int, burst: Int, bits: Int = 11, now: ProtocolInstant) -> Self {
        Self(rate: rate, burst: burst, bits: bits, countsNetworks: true, now: now)
    }

    /// Takes a token for `address`; `false` when there is none, or none for it or its /24.
    ///
    /// `hash` is keyed, so that nobody can choose whom to share a place with.
    mutating func take(for address: IPv4Address, _ hash: SipHash, now: ProtocolInstant) -> Bool {
        take(hash(address), of: hash(networkOf: address), now: now)
    }
}

extension SipHash {
    /// The hash of the /24 of an IPv4 address: another one than that of any address.
    func callAsFunction(networkOf address: IPv4Address) -> UInt64 {
        self(IPv6Address(high: 24, low: UInt64(address.rawValue & ~0xFF)))
    }
}
