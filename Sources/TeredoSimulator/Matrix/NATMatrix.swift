public import TeredoProtocol

/// Who reaches whom: a simulated Internet for every ordered pair of NAT kinds, with one ping each.
public struct NATMatrix: Sendable {
    /// What was found for a pair.
    public enum Cell: Hashable, Sendable {
        /// The reply to the first ping came after this time.
        case connected(Duration)
        /// An ICMPv6 error came after this time.
        case unreachable(Duration)
        /// A client was off-line.
        case offline
        /// Neither reply nor error.
        case silent

        /// Whether the pair connects.
        public var isConnected: Bool {
            if case .connected = self { true } else { false }
        }
    }

    /// The kinds in the order of the table: those of RFC 6081, on boxes that remember nothing of stray packets.
    public static let kinds = NATKind.forgetfulOnes
    /// The kinds for which it matters whether the box remembers stray packets: without memory first, then with it.
    public static let boxKinds = {
        let accepting = NATKind.allCases.filter { !kinds.contains($0) }
        return accepting.map(\.forgetful) + accepting
    }()

    /// Whether a client behind `source` reaches one behind `destination` directly when it sends first.
    public static func reachesDirectly(_ source: NATKind, _ destination: NATKind) -> Bool {
        source.reachesDirectly(destination)
    }

    /// What the clients may use.
    public var means: TraversalMeans
    /// Whether the clients have different servers.
    public var usesTwoServers = false
    /// How many routers stand between the boxes.
    public var routers: UInt8 = InternetOptions.usualRouters
    /// The seed of every run.
    public var seed: UInt64 = 1
    /// Further changes to the clients.
    public var adjustClient: @Sendable (inout ClientConfiguration) -> Void = { _ in }
    /// How long each way through the Internet takes.
    public static let latency = Duration.milliseconds(20)

    /// Makes a matrix for some means.
    public init(_ means: TraversalMeans) {
        self.means = means
    }

    /// The Internet of one pair; nothing runs yet.
    ///
    /// - Throws: `ServerConfigurationError`, which the addresses of a matrix never cause.
    public func internet(
        _ source: NATKind,
        _ destination: NATKind,
        authenticator: any MessageAuthenticator
    ) throws(ServerConfigurationError) -> SimulatedInternet {
        var options = InternetOptions(seed: seed)
        options.natA = source
        options.natB = destination
        options.fleet.usesTwoServers = usesTwoServers
        options.routers = routers
        options.recordsTrace = false
        options.fleet.hasTransit = means == .transit
        options.fault = LinkFault(latency: Self.latency)
        let (means, adjust) = (means, adjustClient)
        options.adjustClient = {
            means.configure(&$0)
            adjust(&$0)
        }
        return try SimulatedInternet(options: options, authenticator: authenticator)
    }

    /// Runs one pair: the client behind `source` pings the one behind `destination`, at most 12 s after both qualified within 30 s.
    ///
    /// - Throws: `ServerConfigurationError`, which the addresses of a matrix never cause.
    public func cell(
        _ source: NATKind,
        _ destination: NATKind,
        authenticator: any MessageAuthenticator
    ) throws(ServerConfigurationError) -> Cell {
        let internet = try internet(source, destination, authenticator: authenticator)
        guard internet.qualify(within: .seconds(30)) else { return .offline }
        internet.run(for: .milliseconds(500))
        switch internet.ping(from: .clientA, to: .clientB) {
        case .reply(let time): return .connected(time)
        case .unreachable(let time): return .unreachable(time)
        case .timeout, .noAddress: return .silent
        }
    }
}
