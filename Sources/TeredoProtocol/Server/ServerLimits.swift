/// The rate limits of a server, in packets per second (SEC-40); every number is at least 1.
public struct ServerLimits: Hashable, Sendable {
    /// Datagrams from one IPv4 address.
    public var sourceRate = 10
    /// Datagrams from one IPv4 address at once.
    public var sourceBurst = 20
    /// Datagrams to one mapped IPv4 address.
    public var targetRate = 20
    /// Datagrams to one mapped IPv4 address at once.
    public var targetBurst = 40
    /// Solicitations from one IPv4 address; many clients can share one behind a carrier's NAT.
    public var solicitationRate = 4
    /// Solicitations from one IPv4 address at once.
    public var solicitationBurst = 8
    /// Packets to native IPv6 in all.
    public var nativeRate = 1000
    /// Echo replies of the server itself.
    public var echoRate = 10
    /// The number of IPv4 addresses whose rates are kept at the same time; memory is 40 octets for each.
    public var bucketCount = 16_384

    /// The defaults.
    public init() {}
}
