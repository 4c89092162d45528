import TeredoWire

/// A rate limit that sources share fairly: whoever took more of late than is left gets no more until that changed.
///
/// A source alone has the whole rate. With more of them each has as much as it asks for, or as every other that asks for more
/// than that. What is asked for in vain costs the others nothing, so that a flood of one source leaves room for all. Networks can
/// be counted beside their members: one gets no more than ``networkShare`` single sources, whatever number of addresses it
/// sends from. Memory is of fixed size.
struct FairBucket: Sendable {
    /// How many single sources a network counts for.
    static let networkShare: Int64 = 4
    /// One token, as ``SourceLevels`` counts it.
    static let unit: Int64 = 1000

    private var bucket: TokenBucket
    private var sources: SourceLevels
    private var networks: SourceLevels?

    /// A full bucket: `rate` tokens a second and `burst` at once for one source, of which twice as many can wait for all.
    ///
    /// `bits` is the logarithm of how many sources are told from each other.
    init(rate: Int, burst: Int, bits: Int = 11, countsNetworks: Bool = false, now: ProtocolInstant) {
        // A source stops where it has taken as much as it leaves.
        bucket = TokenBucket(rate: rate, burst: burst.multipliedReportingOverflow(by: 2).partialValue, now: now)
        sources = SourceLevels(bits: bits)
        networks = countsNetworks ? SourceLevels(bits: bits) : nil
    }

    /// Whether a source with this keyed hash, of a network with that one, may take a token now; the latter is asked for only when
    /// the source itself may.
    func admits(_ source: UInt64, of network: @autoclosure () -> UInt64 = 0, now: ProtocolInstant) -> Bool {
        let left = bucket.credit(now: now)
        guard left >= Self.unit, sources.amount(source, now: now) < left else { return false }
        guard let networks else { return true }
        return networks.amount(network(), now: now) < left * Self.networkShare
    }

    /// Takes a token; `false` when there is none, or none for this source.
    mutating func take(_ source: UInt64, of network: UInt64 = 0, now: ProtocolInstant) -> Bool {
        guard admits(source, of: network, now: now), bucket.take(now: now) else { return false }
        sources.add(source, now: now)
        networks?.add(network, now: now)
        return true
    }
}
