package import TeredoHost
package import TeredoProtocol

/// What a client notices of the NAT by itself; `nil` stands for unknown, and every key is always there.
package struct NATObservation: Hashable, Sendable, Codable {
    /// The kinds that a client can tell apart.
    package enum Kind: String, Hashable, Sendable, Codable {
        /// There is no NAT.
        case none
        /// Anybody can send to the mapped endpoint.
        case cone
        /// Only those can who were sent to; under RFC 5991 it may also be a cone NAT.
        case restricted
        /// Each peer sees another endpoint.
        case symmetric
    }

    /// The kind of NAT; `nil` while unknown.
    @OrNull package var kind: Kind?
    /// Whether the NAT keeps port numbers.
    @OrNull package var isPortPreserving: Bool?
    /// Whether a diagnosis is under way.
    package var isBeingDiagnosed = false
    /// How long an idle mapping lives at least, when that is determined.
    @JSONTimeOrNull<Seconds> package var leastLifetime: Duration?

    /// The shortest time after which a mapping was gone that the client had left alone.
    @JSONTimeOrNull<Seconds> package var mostLifetime: Duration?

    private enum CodingKeys: String, CodingKey {
        case kind = "type"
        case isPortPreserving = "portPreserving"
        case isBeingDiagnosed = "beingDiagnosed"
        case leastLifetime = "mappingLifetimeAtLeastSeconds"
        case mostLifetime = "mappingLifetimeBelowSeconds"
    }

    /// Nothing known.
    package init() {}

    /// Draws the conclusions from what a client found out; `isDirect` when it is seen as it sees itself.
    package init(natClass: NATClass?, isPortPreserving: Bool?, isDirect: Bool) {
        self.isPortPreserving = isPortPreserving
        kind =
            switch natClass {
            case _ where isDirect: Kind.none
            case .cone: .cone
            case .restricted: .restricted
            case .symmetric: .symmetric
            case .unknown, nil: nil
            }
    }
}
