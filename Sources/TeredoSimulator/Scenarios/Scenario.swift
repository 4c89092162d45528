/// The exchanges of Microsoft's Teredo overview (figures 12 to 24), by name.
public enum Scenario: String, Hashable, Sendable, CaseIterable {
    /// Figure 12: initial configuration of a client.
    case initialConfiguration = "initial-configuration"
    /// Figure 13: maintaining the NAT mapping.
    case maintainingTheMapping = "maintaining-the-mapping"
    /// Figure 14: two clients on one link.
    case sameLink = "same-link"
    /// Figure 15: two clients in different sites behind cone NATs.
    case differentSitesCone = "different-sites-cone"
    /// Figure 16: two clients in different sites behind restricted NATs.
    case differentSitesRestricted = "different-sites-restricted"
    /// Figure 17: from a client behind a cone NAT to a host-specific relay.
    case clientToHostRelayCone = "client-to-host-relay-cone"
    /// Figure 18: from a client behind a restricted NAT to a host-specific relay.
    case clientToHostRelayRestricted = "client-to-host-relay-restricted"
    /// Figure 19: from a host-specific relay to a client behind a cone NAT.
    case hostRelayToClientCone = "host-relay-to-client-cone"
    /// Figure 20: from a host-specific relay to a client behind a restricted NAT.
    case hostRelayToClientRestricted = "host-relay-to-client-restricted"
    /// Figure 21: from a client behind a cone NAT to an IPv6-only host.
    case clientToNativeCone = "client-to-native-cone"
    /// Figure 22: from a client behind a restricted NAT to an IPv6-only host.
    case clientToNativeRestricted = "client-to-native-restricted"
    /// Figure 23: from an IPv6-only host to a client behind a cone NAT.
    case nativeToClientCone = "native-to-client-cone"
    /// Figure 24: from an IPv6-only host to a client behind a restricted NAT.
    case nativeToClientRestricted = "native-to-client-restricted"

    /// The number of the figure.
    public var figure: Int { 12 + (Self.allCases.firstIndex(of: self) ?? 0) }

    /// A title for people.
    public var title: String {
        switch self {
        case .initialConfiguration: "Initial configuration for Teredo clients"
        case .maintainingTheMapping: "Maintaining the NAT mapping"
        case .sameLink: "Initial communication between clients on the same link"
        case .differentSitesCone: "Initial communication between clients in different sites, cone NATs"
        case .differentSitesRestricted: "Initial communication between clients in different sites, restricted NATs"
        case .clientToHostRelayCone: "From a client to a host-specific relay, cone NAT"
        case .clientToHostRelayRestricted: "From a client to a host-specific relay, restricted NAT"
        case .hostRelayToClientCone: "From a host-specific relay to a client, cone NAT"
        case .hostRelayToClientRestricted: "From a host-specific relay to a client, restricted NAT"
        case .clientToNativeCone: "From a client to an IPv6-only host, cone NAT"
        case .clientToNativeRestricted: "From a client to an IPv6-only host, restricted NAT"
        case .nativeToClientCone: "From an IPv6-only host to a client, cone NAT"
        case .nativeToClientRestricted: "From an IPv6-only host to a client, restricted NAT"
        }
    }

    /// Whether the figure shows cone NATs, whose cone bit RFC 5991 nodes ignore: these scenarios switch it on.
    public var usesConeBit: Bool { rawValue.hasSuffix("-cone") }

    /// Sender and receiver of the exchange; `nil` for the first two figures.
    public var path: (from: HostName, to: HostName)? {
        switch self {
        case .initialConfiguration, .maintainingTheMapping: nil
        case .sameLink, .differentSitesCone, .differentSitesRestricted: (.clientA, .clientB)
        case .clientToHostRelayCone, .clientToHostRelayRestricted: (.clientA, .hostRelay)
        case .hostRelayToClientCone, .hostRelayToClientRestricted: (.hostRelay, .clientA)
        case .clientToNativeCone, .clientToNativeRestricted: (.clientA, .native)
        case .nativeToClientCone, .nativeToClientRestricted: (.native, .clientA)
        }
    }
}
