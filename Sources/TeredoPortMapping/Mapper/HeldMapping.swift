import TeredoWire

/// A mapping that was made, and what it takes to renew and to remove it.
struct HeldMapping: Hashable, Sendable {
    /// The mapping.
    let mapping: PortMapping
    /// The service that made it, with UPnP.
    let service: GatewayService?
    /// When the router made or renewed it last.
    let since: ProtocolInstant

    /// When it is gone unless it is renewed.
    ///
    /// The router may have forgotten a permanent one too, by a restart: unless it confirms it for as long as another
    /// one lasts, it counts as gone.
    var end: ProtocolInstant { since + (mapping.lifetime ?? .seconds(MappingSite.lifetime)) }

    /// When to renew it: at half of its time (RFC 6887 section 11.2.1, RFC 6886 section 3.3) or sooner, since a router
    /// that restarts forgets its mappings.
    var renewal: ProtocolInstant { since + max(Self.shortestPause, min((end - since) / 2, Self.longestPause)) }

    /// When to try again after a renewal failed: at half of what is left.
    func nextTry(now: ProtocolInstant) -> ProtocolInstant {
        now + max(Self.shortestPause, min((end - now) / 2, Self.retryPause))
    }

    /// Whether both are the same entry of the same router.
    func isSame(as other: Self) -> Bool {
        mapping.mappingProtocol == other.mapping.mappingProtocol && service == other.service
    }

    private static let shortestPause = Duration.seconds(10)
    private static let longestPause = Duration.seconds(600)
    private static let retryPause = Duration.seconds(120)
}
