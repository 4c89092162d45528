package import TeredoWire

/// A configuration of BIRD 2 that passes on what a role announces in its table, and nothing else (docs/fleet.md).
package struct BirdConfiguration: Hashable, Sendable {
    /// A router that BGP is spoken with.
    package enum Neighbor: Hashable, Sendable {
        case ipv4(IPv4Address)
        case ipv6(IPv6Address)
    }

    /// The role, for the comment at the top.
    package var role: Role
    /// The table of the role.
    package var table: Int
    /// The identifier of this router.
    package var routerIdentifier: IPv4Address
    /// The number of the own autonomous system.
    package var localSystem: Int
    /// The routers, in one autonomous system.
    package var neighbors: [Neighbor]
    /// The number of theirs.
    package var neighborSystem: Int
    /// How often BFD says that this host lives, in milliseconds; `nil` for no BFD.
    ///
    /// Three in a row that are missing end the session.
    package var bfdInterval: Int?
    /// Whether 2001::/32 is announced.
    package var announcesTeredo: Bool
    /// The addresses of a server that are announced, because several hosts have them.
    package var addresses: [IPv4Address]
    /// The metric of the role's route from which on it is a reserve.
    package var reserveMetric: UInt32

    /// Describes what BIRD is to do.
    package init(
        role: Role,
        table: Int,
        routerIdentifier: IPv4Address,
        localSystem: Int,
        neighbors: [Neighbor],
        neighborSystem: Int,
        bfdInterval: Int?,
        addresses: [IPv4Address],
        reserveMetric: UInt32
    ) {
        self.role = role
        self.table = table
        self.routerIdentifier = routerIdentifier
        self.localSystem = localSystem
        self.neighbors = neighbors
        self.neighborSystem = neighborSystem
        self.bfdInterval = bfdInterval
        announcesTeredo = role != .server
        self.addresses = addresses
        self.reserveMetric = reserveMetric
    }

    /// Throws for the first thing that would leave nothing to announce, or nobody to announce it to.
    package func validate() throws(ConfigurationError) {
        try RoutingTable.validate(table, option: "--\(Setting.announceTable.key)")
        for (option, number) in [("--as", localSystem), ("--neighbor-as", neighborSystem)]
        where !(1...Int(UInt32.max)).contains(number) {
            throw ConfigurationError(option, "\(number) is outside 1 to \(UInt32.max)")
        }
        guard !neighbors.isEmpty else {
            throw ConfigurationError(
                "--neighbor",
                "is missing: give the address of the router that is to learn the route"
            )
        }
        try validateAddresses()
        if let bfdInterval, !Self.bfdIntervals.contains(bfdInterval) {
            throw ConfigurationError(
                "--bfd-interval",
                "\(bfdInterval) is outside \(Self.bfdIntervals.lowerBound) to \(Self.bfdIntervals.upperBound) milliseconds"
            )
        }
        guard announcesTeredo || !addresses.isEmpty else {
            throw ConfigurationError("--address", "is missing: a server is announced by its addresses")
        }
        if announcesTeredo, !neighbors.contains(where: \.isIPv6) {
            throw ConfigurationError("--neighbor", "2001::/32 is announced to IPv6 addresses: give the router's")
        }
        if !addresses.isEmpty, neighbors.allSatisfy(\.isIPv6) {
            throw ConfigurationError(
                "--neighbor",
                "addresses of a server are announced to IPv4 addresses: give the router's"
            )
        }
        if let useless = neighbors.first(where: { $0.isIPv6 ? !announcesTeredo : addresses.isEmpty }) {
            throw ConfigurationError(
                "--neighbor",
                "there is nothing to announce to \(useless.text): leave it out"
                    + (role == .gateway ? ", or give --address" : "")
            )
        }
    }

    /// Throws for addresses that BIRD refuses, or that cannot be what they are given for.
    private func validateAddresses() throws(ConfigurationError) {
        for (option, address) in [("--router-id", routerIdentifier)] + addresses.map({ ("--address", $0) })
        where !BirdConfiguration.Neighbor.ipv4(address).isHost {
            throw ConfigurationError(option, "\(address) is not an address of a host: give one of this host")
        }
        var known: Set<Neighbor> = []
        for neighbor in neighbors {
            guard neighbor.isHost else {
                throw ConfigurationError(
                    "--neighbor",
                    "\(neighbor.text) is not a global address of a router: give the one that it speaks BGP with"
                )
            }
            guard known.insert(neighbor).inserted else {
                throw ConfigurationError("--neighbor", "\(neighbor.text) is given twice: leave one out")
            }
        }
    }

    /// The intervals of BFD that are allowed, in milliseconds.
    package static let bfdIntervals = 10...60_000
    /// What it is unless told otherwise: a host that dies is noticed within 300 ms.
    package static let usualBFDInterval = 100
}

extension BirdConfiguration.Neighbor {
    /// Reads an address of either family; `nil` for anything else.
    package init?(_ text: String) {
        if let address = IPv6Address(text) {
            self = .ipv6(address)
        } else if let address = IPv4Address(text) {
            self = .ipv4(address)
        } else {
            return nil
        }
    }

    /// Whether it can be the address of one host without more words; link-local IPv6 addresses would need an interface.
    var isHost: Bool {
        switch self {
        case .ipv4(let address):
            address != .unspecified && !address.isMulticast && address != .broadcast
        case .ipv6(let address):
            address != .unspecified && !address.isMulticast && !address.isLinkLocal && address != .loopback
        }
    }

    /// Whether it is told of IPv6 routes; the other ones are told of IPv4 routes.
    package var isIPv6: Bool {
        if case .ipv6 = self { true } else { false }
    }

    var text: String {
        switch self {
        case .ipv4(let address): address.description
        case .ipv6(let address): address.description
        }
    }
}
