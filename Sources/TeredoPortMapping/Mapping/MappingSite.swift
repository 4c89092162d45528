import TeredoWire

/// What a port mapping is for: a UDP port of this host, and the router to forward it.
struct MappingSite: Hashable, Sendable {
    /// The router.
    let gateway: IPv4Address
    /// This host's address towards the router.
    let client: IPv4Address
    /// The port, inside and, if possible, outside (RFC 6081 section 5.3.2).
    let port: UInt16

    /// Where the router listens for PCP and NAT-PMP.
    var router: UDPEndpoint { UDPEndpoint(gateway, Self.routerPort) }

    /// The port of PCP and NAT-PMP on a router (RFC 6887 section 19.1, RFC 6886 section 3).
    static let routerPort: UInt16 = 5351

    /// How long a router is asked to keep a mapping, in seconds.
    static let lifetime: UInt32 = 7200
    /// The longest time that is believed, in seconds.
    static let longestLifetime: UInt32 = 86_400
}
