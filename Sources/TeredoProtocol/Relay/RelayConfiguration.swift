public import TeredoWire

/// What an operator can set about a relay or host-specific relay.
public struct RelayConfiguration: Hashable, Sendable {
    /// The two kinds of relay (RFC 4380 sections 5.4 and 5.4.2).
    public enum Kind: Hashable, Sendable {
        /// A router for hosts with addresses in the given prefixes; none means for all.
        case router(servedPrefixes: [IPv6Prefix])
        /// A host that speaks for itself only.
        case hostSpecific
    }

    /// Router or host.
    public var kind: Kind
    /// The node's own global IPv6 addresses: sources of errors; a host-specific relay serves them and no others.
    public var ownIPv6Addresses: [IPv6Address]
    /// The node's own IPv4 addresses: never a destination (rules I7, I9, Y11).
    public var ownIPv4Addresses: [IPv4Address]
    /// The server in the same process, whose clients are asked through it although its address is an own one (docs/gateway.md); whoever drives the relay hands the server what is for it.
    public var ownServer: IPv4Address?
    /// Whether the relay is behind a NAT that is no cone NAT: a direct bubble accompanies each indirect one.
    public var isBehindNAT = false
    /// Whether packets go straight to clients whose address has the cone bit; RFC 5991 section 3.2 says no (X2).
    public var honoursConeBit = false
    /// Whether bubbles carry a keyed link-local source, so that clients behind symmetric NATs can answer (Y5).
    public var usesKeyedBubbles = true
    /// Whether packets are carried between two clients that cannot reach each other, and how many; `nil` for no transit.
    public var transit: TransitConfiguration?
    /// Which IPv4 addresses may be sent to.
    public var filter = GlobalUnicastFilter()
    /// Native hosts and IPv4 addresses that are not served.
    public var denied = DenyList()
    /// IPv4 addresses of relays of other tunnel mechanisms, which are never sent to (SEC-54).
    public var foreignTunnelRelays: [IPv4Address] = []
    /// The other relays that packets of the same native hosts may come through, which this relay names to clients that ask
    /// (docs/fleet.md); at most 8.
    public var siblings: [UDPEndpoint] = []
    /// Whether the relay is about to end: clients that ask for its siblings get no answer, so that they turn to another relay.
    var isDraining = false
    /// What the relay shares with the others of its fleet (docs/fleet.md section 11); `nil` for a random secret of its own.
    public var fleet: FleetKey?
    /// The most clients that are remembered, at least 1.
    public var peerLimit = 65_536
    /// The share of ``peerLimit`` that clients without proof may take, in percent.
    public var untrustedShare = 25
    /// The most new clients per second, and at once: as many for whom the IPv6 side has packets, and as many from whom something
    /// came (SEC-31).
    public var newPeersPerSecond = 250
    /// Whether the octets of each client are counted: a cache line more for each packet.
    public var countsPeerOctets = false
    /// How much may wait for clients.
    public var queueLimits = QueueLimits()
    /// The MTU of the tunnel in octets.
    public var mtu = TeredoConstants.mtu

    /// Makes a configuration.
    public init(kind: Kind, ownIPv6Addresses: [IPv6Address], ownIPv4Addresses: [IPv4Address]) {
        self.kind = kind
        self.ownIPv6Addresses = ownIPv6Addresses
        self.ownIPv4Addresses = ownIPv4Addresses
    }
}
