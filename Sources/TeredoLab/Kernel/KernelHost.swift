/// The hosts of a kernel lab; each is a network namespace.
package enum KernelHost: String, CaseIterable, Hashable, Sendable {
    /// The router in the middle: the IPv4 and the IPv6 Internet.
    case internet
    case server
    case relay
    /// A host with nothing but native IPv6.
    case native
    /// A dual-stack host that can run a host-specific relay.
    case dualStack = "dual-stack"
    /// A carrier's NAT in front of box 1; only in a nested lab.
    case carrier
    case box1 = "box-1"
    case box2 = "box-2"
    case clientA = "client-a"
    case clientB = "client-b"

    // A fleet has these as well.
    case server2 = "server-2"
    case relay2 = "relay-2"
    case relay3 = "relay-3"
    case gateway
    case gateway2 = "gateway-2"
    /// A second host with nothing but native IPv6.
    case native2 = "native-2"
    /// A native host that sends more than its share.
    case flooder
    case box3 = "box-3"
    case box4 = "box-4"
    case clientC = "client-c"
    case clientD = "client-d"
    /// A client without NAT that comes and goes.
    case newcomer
}

/// How the sites of a kernel lab are laid out.
package enum KernelLayout: String, CaseIterable, Hashable, Sendable {
    /// Each client behind a box of its own.
    case separateSites = "separate-sites"
    /// Both clients on the LAN of box 1.
    case sameLAN = "same-lan"
    /// Client A behind two NATs: box 1, and the carrier's (port-restricted) in front of it.
    case nested
    /// Several servers, relays and gateways, as ``FleetNetwork`` has them, and four clients behind a box each.
    case fleet

    /// The layouts with two clients, which differ in nothing else.
    package static let allCases: [Self] = [.separateSites, .sameLAN, .nested]

    /// The hosts that the layout has.
    package var hosts: [KernelHost] {
        let common: [KernelHost] = [.internet, .server, .relay, .native, .dualStack, .box1, .clientA, .clientB]
        return switch self {
        case .separateSites: common + [.box2]
        case .sameLAN: common
        case .nested: common + [.carrier, .box2]
        case .fleet: FleetPlan.hosts
        }
    }
}
