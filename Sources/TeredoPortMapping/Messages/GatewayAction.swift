import TeredoWire

/// The actions of a gateway's service that are used (WANIPConnection:1 section 2.4).
enum GatewayAction: Hashable, Sendable {
    /// Forwards a UDP port of `client`, the same one outside as inside, for some time.
    case addMapping(port: UInt16, client: IPv4Address, lease: MappingLease)
    /// Says where the router is reached from outside.
    case externalAddress
    /// Says whom a port outside is forwarded to.
    case specificEntry(external: UInt16)
    /// Forwards a port no more.
    case deleteMapping(external: UInt16)

    /// The name of the action.
    var name: String {
        switch self {
        case .addMapping: "AddPortMapping"
        case .externalAddress: "GetExternalIPAddress"
        case .specificEntry: "GetSpecificPortMappingEntry"
        case .deleteMapping: "DeletePortMapping"
        }
    }

    /// The arguments as XML.
    var arguments: String {
        switch self {
        case .addMapping(let port, let client, let lease):
            Self.entry(port) + "<NewInternalPort>\(port)</NewInternalPort>"
                + "<NewInternalClient>\(client)</NewInternalClient><NewEnabled>1</NewEnabled>"
                + "<NewPortMappingDescription>\(Self.description)</NewPortMappingDescription>"
                + "<NewLeaseDuration>\(lease.seconds)</NewLeaseDuration>"
        case .externalAddress: ""
        case .specificEntry(let external), .deleteMapping(let external): Self.entry(external)
        }
    }

    private static func entry(_ external: UInt16) -> String {
        "<NewRemoteHost></NewRemoteHost><NewExternalPort>\(external)</NewExternalPort><NewProtocol>UDP</NewProtocol>"
    }

    /// What RFC 6081 section 5.3.2 has mappings called.
    private static let description = "TEREDO"
}
