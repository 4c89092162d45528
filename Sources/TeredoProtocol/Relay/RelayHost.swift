import TeredoWire

/// The node that a relay runs on: its own addresses, and to whom it may send.
struct RelayHost: Sendable {
    let ipv6Addresses: [IPv6Address]
    let ipv4Addresses: [IPv4Address]
    /// The configured filter with the node's subnets and addresses added.
    let filter: GlobalUnicastFilter
    private let ownServer: IPv4Address?

    init(_ configuration: RelayConfiguration) {
        self.init(
            configuration,
            ipv6: configuration.ownIPv6Addresses,
            ipv4: configuration.ownIPv4Addresses,
            subnets: []
        )
    }

    init(_ configuration: RelayConfiguration, ipv6: [IPv6Address], ipv4: [IPv4Address], subnets: [IPv4Prefix]) {
        ipv6Addresses = ipv6
        ipv4Addresses = ipv4
        ownServer = configuration.ownServer
        var filter = configuration.filter
        filter.ownAddresses += ipv4
        filter.attachedSubnets += subnets
        self.filter = filter
    }

    /// The endpoint as a destination; `nil` when nothing may be sent to it (I6, V14, SEC-34).
    func destination(_ endpoint: UDPEndpoint) -> Destination? { filter.destination(endpoint) }

    /// The server of a client as a destination: this node only when it is its server (I8).
    func destination(server: IPv4Address) -> Destination? { filter.destination(server: server, ownServer: ownServer) }

    /// The global address that errors come from.
    var errorSource: IPv6Address? { ipv6Addresses.first { $0.isGlobalScope && !$0.isTeredo } }

    /// Whether a non-Teredo address leads into another tunnel that ends at this node, or nowhere (rules I9, Y11).
    func loopsThroughOtherTunnel(_ address: IPv6Address) -> Bool {
        // Of most addresses their own bits tell, whatever addresses this node has.
        guard address.isSixToFour || address.isatapIPv4 != nil, !ipv6Addresses.contains(address) else { return false }
        for embedded in [address.sixToFourIPv4, address.isatapIPv4] {
            if let embedded, ipv4Addresses.contains(embedded) { return true }
        }
        return false
    }
}
