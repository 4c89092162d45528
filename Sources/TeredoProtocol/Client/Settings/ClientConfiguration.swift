public import TeredoWire

/// What an administrator can set about a client; the defaults are those of RFC 4380 as amended by RFC 5991.
public struct ClientConfiguration: Hashable, Sendable {
    /// How the client qualifies.
    public var qualification = QualificationPolicy()
    /// The extensions of RFC 6081.
    public var extensions = ClientExtensions()
    /// Transit through a relay.
    public var transit = ClientTransitConfiguration()
    /// The refresh interval, 1 s to 86,400 s (RFC 4380 section 5.2.5).
    public var refreshInterval = RFC4380.refreshInterval
    /// How often the server is asked for a sign of life while another one could take over; less often where questions get
    /// lost, and not less often than the mapping is refreshed.
    public var serverCheckInterval = Duration.seconds(3)
    /// The pauses between attempts while the service is away.
    public var backoff = BackoffLimits()
    /// Whether the refresh interval is determined by experiment (RFC 4380 section 5.2.7).
    public var determinesRefreshInterval = false
    /// The search for clients on the same link.
    public var localDiscovery = LocalDiscoveryPolicy()
    /// Whether indirect bubbles carry a keyed link-local source, so that peers behind symmetric NATs can answer
    /// (R9a, SEC-11).
    public var usesKeyedBubbles = true
    /// Whether the bubbles that open one's own NATs die beyond them, where it is known how far that is, so that no NAT box of a
    /// peer remembers them.
    public var limitsOpeners = true
    /// Whether packets go straight to peers whose address has the cone bit; RFC 5991 section 3.2 says no.
    public var honoursConeBit = false
    /// The interface identifier of the link-local address without its cone bit; Windows XP used "TEREDO".
    public var linkLocalIdentifier: UInt64 = 0x0000_FFFF_FFFF_FFFF
    /// Client identifier and secret of secure qualification (RFC 4380 section 5.2.2).
    public var secret: SharedSecret?
    /// The address before a restart: its random flag bits hold on while server and mapping are the same (SEC-21).
    public var rememberedAddress: TeredoAddress?
    /// IPv4 addresses and peers that nothing is taken from.
    public var denied = DenyList()
    /// Which IPv4 addresses may be sent to; the client adds the host's own subnets.
    public var filter = GlobalUnicastFilter()
    /// The most peers that are remembered, at least 1.
    public var peerLimit = 4096
    /// Whether the octets of each peer are counted.
    public var countsPeerOctets = true
    /// How much may wait for peers.
    public var queueLimits = QueueLimits()
    /// The MTU of the interface until the server advertises another, in octets.
    public var mtu = TeredoConstants.mtu

    /// The defaults.
    public init() {}

    /// Takes over what can change while a client runs (``TeredoClient/adopt(_:now:)``).
    package mutating func adopt(_ fresh: Self) {
        extensions = fresh.extensions
        secret = fresh.secret
        serverCheckInterval = fresh.serverCheckInterval
        countsPeerOctets = fresh.countsPeerOctets
        refreshInterval = fresh.refreshInterval
        transit = fresh.transit
        denied = fresh.denied
    }
}
