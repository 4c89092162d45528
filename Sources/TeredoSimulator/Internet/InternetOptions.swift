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
    /// The servers and relays.
    public var fleet = FleetOptions()
    /// How many more clients there are behind the NAT of client A, at most 200; they have the servers of client A.
    public var crowd = 0
    /// The clocks of the clients: how much they show more than the network's at its beginning (1 s), and how many microseconds a
    /// second they gain; client A's first.
    package var clocks: [(offset: Duration, drift: Int64)] = []
    /// Changes to the configuration of both clients.
    public var adjustClient: @Sendable (inout ClientConfiguration) -> Void = { _ in }
    /// How many octets of a payload hosts and NATs quote in ICMPv4 errors about what finds a closed port; `nil` when they send none.
    public var errorQuote: Int?
    /// Whether packets are recorded.
    public var recordsTrace = true

    /// Makes options with two restricted NATs and a perfect Internet.
    public init(seed: UInt64) {
        self.seed = seed
    }
}
