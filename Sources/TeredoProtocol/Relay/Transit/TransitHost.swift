/// What a relay carries from one IPv4 address, whatever number of endpoints it has: a host has as many as ports.
struct TransitHost: Sendable {
    /// How many endpoints' rates all behind one address have together: many clients may share one behind the NAT of a carrier.
    static let rateShare = 4

    /// The clients that were proved there.
    var clients = 0
    /// What may be carried from all of them together.
    var credit: TokenBucket
}
