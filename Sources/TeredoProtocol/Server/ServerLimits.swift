/// The rate limits of a server (RFC 4380 section 7.4; SEC-40).
///
/// Two keep what others are sent within bounds (``target`` and ``targetAddress``), the others what one sender can cause. A
/// source that proved nothing can be spoofed, so that its share is small; a relay that proved that it receives has
/// ``relay`` (docs/trailers.md).
public struct ServerLimits: Hashable, Sendable {
    /// Datagrams from one IPv4 address that proved nothing, and from one client.
    public var source = RateLimit(rate: 10)
    /// Datagrams from all clients behind one IPv4 address.
    public var sourceAddress = RateLimit(rate: 50)
    /// Bubbles from one IPv4 address of a relay that proved that it receives.
    public var relay = RateLimit(rate: 1000)
    /// Datagrams to one mapped endpoint.
    public var target = RateLimit(rate: 20)
    /// Datagrams to all clients behind one IPv4 address.
    public var targetAddress = RateLimit(rate: 500)
    /// Solicitations from one IPv4 address; many clients can share one behind a carrier's NAT.
    public var solicitation = RateLimit(rate: 4)
    /// Packets to native IPv6 in all.
    public var native = RateLimit(rate: 1000, burst: 1000)
    /// Echo replies of the server itself.
    public var echo = RateLimit(rate: 10, burst: 10)
    /// The number of IPv4 addresses or endpoints whose rates are kept at the same time, for each limit; memory is 48 octets
    /// for each.
    public var bucketCount = 16_384

    /// The defaults.
    public init() {}

    /// The share of one of `count` servers that divide the senders of one address among them: what is limited over all
    /// senders is divided.
    package func divided(among count: Int) -> Self {
        var share = self
        share.target = target.divided(among: count)
        share.targetAddress = targetAddress.divided(among: count)
        share.native = native.divided(among: count)
        share.echo = echo.divided(among: count)
        share.bucketCount = max(1, bucketCount / count)
        return share
    }
}
