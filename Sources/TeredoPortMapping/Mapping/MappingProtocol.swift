/// The protocols that routers speak, in the order in which they are tried.
public enum MappingProtocol: String, Hashable, Sendable, CaseIterable {
    /// Port Control Protocol (RFC 6887).
    case pcp
    /// NAT Port Mapping Protocol (RFC 6886).
    case natPMP = "nat-pmp"
    /// UPnP Internet Gateway Device.
    case upnp

    /// The name as people write it.
    public var name: String {
        switch self {
        case .pcp: "PCP"
        case .natPMP: "NAT-PMP"
        case .upnp: "UPnP"
        }
    }
}
