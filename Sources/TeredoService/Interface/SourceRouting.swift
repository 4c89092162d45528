import TeredoHost
import TeredoLinux
import TeredoWire

/// A routing table of its own for packets from a client's address.
///
/// They take the tunnel although the host has another, better default route, which would lose them (RFC 4380 section
/// 5.2.4 knows no other way for them), and although another client on the host has a route to all Teredo addresses, too.
struct SourceRouting {
    /// The number of the table.
    let table: UInt32
    /// Whether the operator chose the table: then it has to work.
    let isRequired: Bool

    /// The preference of the rule: just before the main table.
    static let priority: UInt32 = 32_765

    /// Takes over the table of the operator's choice, or else the one that belongs to the interface; rules that a run
    /// before left when it was killed are removed.
    init(table chosen: Int?, index: Int32, socket: CInt?) {
        isRequired = chosen != nil
        table = chosen.map { UInt32($0) } ?? Self.table(ofInterface: index)
        let former = ((try? Netlink.rules(socket: socket)) ?? []).filter { $0.priority == Self.priority }
        for rule in former where rule.table == table || Self.isAbandoned(rule) {
            try? Netlink.remove(rule, socket: socket)
        }
    }

    /// What leads packets from `address` to the tunnel.
    func route() -> IPv6Route {
        IPv6Route(IPv6Prefix(.unspecified, length: 0), metric: IPv6Route.usualMetric, table: table)
    }

    /// What has packets from `address` look into the table.
    func rule(from address: IPv6Address) -> IPv6Rule {
        IPv6Rule(from: address, table: table, priority: Self.priority)
    }

    /// Adds route and rule; throws when they cannot be added.
    func establish(_ wanted: WantedInterfaceState, _ setup: InterfaceSetup, _ name: String) throws(ServiceError) {
        do {
            for route in wanted.routes where route.table == table {
                try Netlink.add(route, interface: setup.index, socket: setup.socket)
            }
            for rule in wanted.rules { try Netlink.add(rule, socket: setup.socket) }
        } catch {
            throw ServiceError(
                "--routing-table: cannot route packets from the Teredo address to \(name) by table \(table): "
                    + error.reason,
                remedy: "choose a table that nothing else uses (ip -6 route show table \(table); ip -6 rule)"
            )
        }
    }

    /// The table of an interface, which nobody else is likely to use, and which tells people what it is.
    static func table(ofInterface index: Int32) -> UInt32 { firstTable + UInt32(index) % tables }

    /// Whether the table of a rule belongs to an interface that is gone.
    private static func isAbandoned(_ rule: IPv6Rule) -> Bool {
        guard (firstTable..<firstTable + tables).contains(rule.table) else { return false }
        return NetworkInterface(index: Int32(rule.table - firstTable)) == nil
    }

    private static let firstTable: UInt32 = 3_544_000_000
    private static let tables: UInt32 = 700_000_000
}
