/// What an operator can set about transit: how much a relay carries for whom (docs/transit.md section 6).
public struct TransitConfiguration: Hashable, Sendable {
    /// The most clients at once.
    public var clientLimit = 4096
    /// The most clients with one IPv4 address at once.
    public var clientsPerAddress = 64
    /// The most peers of one client at once.
    public var peersPerClient = 16
    /// The most new clients per second, and at once.
    public var newClientsPerSecond = 100
    /// How many octets per second are carried from one client.
    public var octetsPerSecond = 1_250_000
    /// How many octets of one client may come at once.
    public var burstOctets = 131_072
    /// How many octets per second are carried in all.
    public var totalOctetsPerSecond = 125_000_000

    /// The defaults: 10 Mbit/s for each client, 1 Gbit/s in all.
    public init() {}
}
