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

    /// Takes over a table for the interface with this index; `nil` when there is to be none.
    ///
    /// Rules that a run before left when it was killed are removed.
    init?(_ choice: SourceTable, index: Int32, _ changes: any HostChanging) {
        guard let number = choice.number(forInterface: index) else { return nil }
        table = number
        isRequired = choice != .ofInterface
        try? changes.perform(.removeFormerRules)
    }

    /// What leads packets from `address` to the tunnel.
    func route() -> IPv6Route {
        IPv6Route(IPv6Prefix(.unspecified, length: 0), metric: IPv6Route.usualMetric, table: table)
    }

    /// What has packets from `address` look into the table.
    func rule(from address: IPv6Address) -> IPv6Rule {
        IPv6Rule(from: address, table: table, priority: SourceTable.priority)
    }

    /// Adds route and rule; throws when they cannot be added.
    func establish(_ wanted: WantedInterfaceState, _ setup: InterfaceSetup, _ name: String) throws(ServiceError) {
        do {
            for route in wanted.routes where route.table == table { try setup.changes.perform(.addRoute(route)) }
            for rule in wanted.rules { try setup.changes.perform(.addRule(rule)) }
        } catch {
            throw ServiceError(
                "--routing-table: cannot route packets from the Teredo address to \(name) by table \(table): "
                    + error.reason,
                remedy: "choose a table that nothing else uses (ip -6 route show table \(table); ip -6 rule)"
            )
        }
    }
}
