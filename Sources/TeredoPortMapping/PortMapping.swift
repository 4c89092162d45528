package import TeredoWire

/// A UDP port that a router forwards to this host.
package struct PortMapping: Hashable, Sendable {
    /// The protocol that it was made with.
    package let mappingProtocol: MappingProtocol
    /// Where the outside world sends to, as the router says; with nested NATs that may be a private address.
    package let external: UDPEndpoint
    /// The port of this host.
    package let internalPort: UInt16
    /// How long the router keeps it, from the time of its answer; `nil` for ever.
    package let lifetime: Duration?

    /// Makes a description of a mapping.
    package init(mappingProtocol: MappingProtocol, external: UDPEndpoint, internalPort: UInt16, lifetime: Duration?) {
        self.mappingProtocol = mappingProtocol
        self.external = external
        self.internalPort = internalPort
        self.lifetime = lifetime
    }
}

/// The protocols that routers speak, in the order in which they are tried.
package enum MappingProtocol: String, Hashable, Sendable, CaseIterable {
    /// Port Control Protocol (RFC 6887).
    case pcp
    /// NAT Port Mapping Protocol (RFC 6886).
    case natPMP = "nat-pmp"
    /// UPnP Internet Gateway Device.
    case upnp

    /// The name as people write it.
    package var name: String {
        switch self {
        case .pcp: "PCP"
        case .natPMP: "NAT-PMP"
        case .upnp: "UPnP"
        }
    }
}
