import TeredoHost
import TeredoLinux
import TeredoWire

/// The host's IPv4 side as a client sees it: the way to its server.
struct ClientNetwork {
    /// Where the service port is bound.
    var bound: UDPEndpoint
    /// The primary address that the way is looked up for, once it is known.
    var server: IPv4Address?
    /// What was seen last.
    private(set) var current: LocalNetwork

    /// How the host's network differs from what was seen before.
    enum Change {
        case none
        /// Another address towards the server, or none any more.
        case address
        /// The same address towards the server, and another router or interface on the way there.
        case way
        /// Other subnets or addresses only: an interface that came or went elsewhere.
        case subnets
    }

    /// Looks at `addresses` of the host.
    init(_ addresses: [InterfaceAddress<IPv4Address>], server: IPv4Address?, bound: UDPEndpoint) {
        self.bound = bound
        self.server = server
        current = Self.look(addresses, towards: server, bound: bound.address)
    }

    /// The service port as the host sees it; `nil` while there is no way to the server.
    var localEndpoint: UDPEndpoint? { current.address.map { UDPEndpoint($0, bound.port) } }

    /// The router on the way to the server.
    var gateway: IPv4Address? { current.gateway }

    /// Looks at `addresses` of the host again.
    mutating func refresh(_ addresses: [InterfaceAddress<IPv4Address>]) -> Change {
        let previous = current
        current = Self.look(addresses, towards: server, bound: bound.address)
        if current.address != previous.address { return .address }
        if (current.gateway, current.interface) != (previous.gateway, previous.interface) { return .way }
        return current == previous ? .none : .subnets
    }

    /// Looks from now on for the way to the first of the servers to which there is one.
    mutating func choose(_ servers: [IPv4Address]) {
        guard let first = servers.first else { return }
        server = servers.first { Netlink.sourceAddress(towards: $0) != nil } ?? first
    }

    /// Without a way to the server the way to the Internet counts: the server may have another address by now, and a client that
    /// waits for the network would never ask for it.
    private static func look(
        _ addresses: [InterfaceAddress<IPv4Address>],
        towards server: IPv4Address?,
        bound: IPv4Address
    ) -> LocalNetwork {
        let network = LocalNetwork(addresses, towards: server ?? anyGlobalAddress, bound: bound)
        guard network.address == nil, server != nil else { return network }
        let other = LocalNetwork(addresses, towards: anyGlobalAddress, bound: bound)
        return other.address == nil ? network : other
    }

    /// An address that only serves to ask the kernel for a route while the server's address is unknown.
    private static let anyGlobalAddress = IPv4Address(192, 0, 2, 1)
}
