public import TeredoProtocol

/// What a simulated Internet is made of.
public struct InternetOptions: Sendable {
    /// How the two clients are connected.
    public enum Layout: Hashable, Sendable {
        /// Each behind a NAT of its own.
        case separateSites
        /// Both on one LAN behind the NAT of client A.
        case sameSite
        /// Each behind a NAT of its own, both NATs behind one more of the given kind (a carrier's).
        case nested(NATKind)
    }

    /// How many routers of the Internet stand between any two of its members unless somebody says otherwise.
    public static let usualRouters: UInt8 = 8

    /// The seed of every random choice.
    public var seed: UInt64
    /// The NAT of client A.
    public var natA = NATKind.portRestricted
    /// The NAT of client B.
    public var natB = NATKind.portRestricted
    /// Changes to the behaviour of every NAT, the carrier's included.
    public var adjustNAT: @Sendable (inout NATBehavior) -> Void = { _ in }
    /// How the clients are connected.
    public var layout = Layout.separateSites
    /// What the Internet does to datagrams.
    public var fault = LinkFault()
    /// How many routers of the Internet stand between any two of its members, at most 32; with none, two boxes are neighbours.
    public var routers = usualRouters
    /// Whether routers tell the clients where datagrams die, so that these find out how far away their NATs are.
    public var tellsNearHops = true
    /// Whether client B has another server than client A.
    public var usesTwoServers = false
    /// Whether both clients know both servers, each its own one first.
    public var sharesServers = false
    /// How many more clients there are behind the NAT of client A, at most 200; they have the servers of client A.
    public var crowd = 0
    /// How many relays there are; the IPv6 Internet spreads packets for clients over them by whatever they contain, packet by
    /// packet, which is the worst that equal-cost routing can do.
    public var relays = 1
    /// Whether the relays name each other to clients that ask (docs/fleet.md).
    public var namesSiblings = true
    /// Whether each server is a gateway, with a relay beside it: the first relays are those of the servers.
    package var usesGateways = false
    /// The clocks of the clients: how much they show more than the network's at its beginning (1 s), and how many microseconds a
    /// second they gain; client A's first.
    package var clocks: [(offset: Duration, drift: Int64)] = []
    /// Whether the relay carries packets between clients and the servers announce that.
    public var hasTransit = false
    /// Whether the second server announces the second relay for transit, so that each client has a transit relay of its own; for
    /// two servers and two relays.
    public var separatesTransit = false
    /// Changes to the configuration of both clients.
    public var adjustClient: @Sendable (inout ClientConfiguration) -> Void = { _ in }
    /// Changes to the configuration of the server; its addresses must stay.
    public var adjustServer: @Sendable (inout ServerConfiguration) -> Void = { _ in }
    /// Changes to the configuration of relay and host-specific relay.
    public var adjustRelay: @Sendable (inout RelayConfiguration) -> Void = { _ in }
    /// How many octets of a payload hosts and NATs quote in ICMPv4 errors about what finds a closed port; `nil` when they send none.
    public var errorQuote: Int?
    /// Whether packets are recorded.
    public var recordsTrace = true

    /// Makes options with two restricted NATs and a perfect Internet.
    public init(seed: UInt64) {
        self.seed = seed
    }
}
