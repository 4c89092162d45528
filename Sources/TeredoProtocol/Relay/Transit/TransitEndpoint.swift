import TeredoWire

/// What a relay carries from one IPv4 endpoint, whatever number of Teredo addresses it makes of itself.
struct TransitEndpoint: Sendable {
    /// The most addresses of one endpoint at once: a client has another one whenever it qualifies anew.
    static let addressLimit = 4

    /// The addresses that were proved there.
    var addresses: [IPv6Address] = []
    /// What may be carried from all of them together.
    var credit: TokenBucket
}
