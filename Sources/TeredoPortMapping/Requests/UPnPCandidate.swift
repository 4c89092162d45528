import TeredoWire

/// A service that may map ports, and what is known of it.
struct UPnPCandidate: Hashable, Sendable {
    /// What the router says about where it is reached from outside.
    enum ExternalAddress: Hashable, Sendable {
        /// The question is on its way.
        case asked
        /// It is reached there.
        case told(IPv4Address)
        /// It does not know, or its line is down.
        case unknown
        /// The service does not answer at all.
        case silent
    }

    /// The service.
    let service: GatewayService
    /// Where it leads.
    var external = ExternalAddress.asked
    /// Whether a mapping was asked for.
    var isTried = false
    /// The version of HTTP that it understands.
    var version = HTTPRequest.Version.http11
    /// The forms of lease that were not refused yet.
    var leases = MappingLease.allCases
    /// Whether the entry that is in the way was looked at.
    var isInspected = false

    /// How much hope there is, less being better, when the outside sees this host at `observed`; `nil` for none.
    func rank(observed: IPv4Address?) -> Int? {
        switch external {
        case .told(let address): address == observed ? 0 : 1
        case .asked, .unknown: 2
        case .silent: nil
        }
    }
}
