package import TeredoPortMapping

/// Which port-mapping protocols a client may use.
package enum PortMappingChoice: String, Hashable, Sendable, CaseIterable {
    /// PCP, NAT-PMP, UPnP, in this order.
    case auto
    /// None.
    case off
    /// PCP only.
    case pcp
    /// NAT-PMP only.
    case natPMP = "nat-pmp"
    /// UPnP only.
    case upnp

    /// The protocols to try.
    package var protocols: Set<MappingProtocol> {
        switch self {
        case .auto: Set(MappingProtocol.allCases)
        case .off: []
        case .pcp: [.pcp]
        case .natPMP: [.natPMP]
        case .upnp: [.upnp]
        }
    }
}
