package import TeredoWire

/// A route through one interface, as a program of this host makes it.
package struct IPv6Route: Hashable, Sendable {
    /// Where it leads.
    package let prefix: IPv6Prefix
    /// The metric; a lower one wins.
    package let metric: UInt32
    /// The number of the table that it is in.
    package let table: UInt32

    /// The number of the main table.
    package static let mainTable: UInt32 = 254
    /// The metric that the kernel gives to routes without one.
    package static let usualMetric: UInt32 = 1024

    /// The metric of the routes that the kernel makes to the prefixes of addresses.
    package static let onLinkMetric: UInt32 = 256

    /// The metric of a route of last resort: above all that usual programs give native routes.
    ///
    /// The kernel gives 1024, systemd-networkd up to 2048, dhcpcd 3000 and more to wireless links, and NetworkManager adds
    /// 20000 for a link without connectivity.
    package static let lastResortMetric: UInt32 = 1_000_000

    /// Whether the kernel makes the route, together with an address.
    package var isOnLink: Bool { metric == Self.onLinkMetric && table == Self.mainTable }

    /// Describes a route.
    package init(_ prefix: IPv6Prefix, metric: UInt32, table: UInt32 = Self.mainTable) {
        self.prefix = prefix
        self.metric = metric
        self.table = table
    }
}

/// A rule that has packets from one address look into a table.
package struct IPv6Rule: Hashable, Sendable {
    /// The address.
    package let source: IPv6Address
    /// The number of the table.
    package let table: UInt32
    /// The preference; rules with lower ones come first.
    package let priority: UInt32

    /// Describes a rule.
    package init(from source: IPv6Address, table: UInt32, priority: UInt32) {
        self.source = source
        self.table = table
        self.priority = priority
    }
}
