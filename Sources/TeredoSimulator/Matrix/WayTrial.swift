public import TeredoProtocol
import TeredoWire

/// A way through the Internet that is long or loses datagrams, and how soon two clients reach each other over it.
///
/// Nothing is lost before both are qualified and have measured what they can: a trial is about opening a path.
public struct WayTrial: Hashable, Sendable {
    /// How long each way takes.
    public var latency: Duration
    /// How many of 1,000 datagrams are lost, on each link.
    public var lossPerMille: Int
    /// How often the first client's host sends a ping until one is answered.
    public var interval: Duration
    /// How long it tries.
    public var limit: Duration
    /// What the clients may use.
    public var means = TraversalMeans.transit

    /// Makes a trial.
    public init(latency: Duration, lossPerMille: Int = 0, interval: Duration = .seconds(1), limit: Duration) {
        self.latency = latency
        self.lossPerMille = lossPerMille
        self.interval = interval
        self.limit = limit
    }

    /// When the first ping was answered that a client behind `source` sent to one behind `destination`; `nil` when none was, or
    /// when a client did not qualify within 60 s.
    ///
    /// - Throws: `ServerConfigurationError`, which the configuration of a trial never causes.
    public func firstReply(
        from source: NATKind,
        to destination: NATKind,
        seed: UInt64,
        authenticator: any MessageAuthenticator
    ) throws(ServerConfigurationError) -> Duration? {
        var options = InternetOptions(seed: seed)
        options.natA = source
        options.natB = destination
        options.fault = LinkFault(latency: latency)
        options.fleet.hasTransit = means == .transit
        options.recordsTrace = false
        let means = means
        options.adjustClient = { means.configure(&$0) }
        let internet = try SimulatedInternet(options: options, authenticator: authenticator)
        guard internet.qualify(within: .seconds(60)) else { return nil }
        internet.run(for: .seconds(12))
        internet.setFault(LinkFault(latency: latency, lossPerMille: lossPerMille))
        return internet.firstReply(from: .clientA, to: .clientB, every: interval, within: limit)
    }
}
