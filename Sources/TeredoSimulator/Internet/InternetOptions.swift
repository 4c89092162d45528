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
    /// Whether client B has another server than client A.
    public var usesTwoServers = false
    /// Whether both clients know both servers, each its own one first.
    public var sharesServers = false
    /// Whether the relay carries packets between clients and the servers announce that.
    public var hasTransit = false
    /// Changes to the configuration of both clients.
    public var adjustClient: @Sendable (inout ClientConfiguration) -> Void = { _ in }
    /// Changes to the configuration of the server; its addresses must stay.
    public var adjustServer: @Sendable (inout ServerConfiguration) -> Void = { _ in }
    /// Changes to the configuration of relay and host-specific relay.
    public var adjustRelay: @Sendable (inout RelayConfiguration) -> Void = { _ in }
    /// Whether packets are recorded.
    public var recordsTrace = true

    /// Makes options with two restricted NATs and a perfect Internet.
    public init(seed: UInt64) {
        self.seed = seed
    }
}
