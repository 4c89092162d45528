import TeredoHost
import TeredoLinux
import TeredoWire

/// A routing table of its own for packets from a client's address: they take the tunnel although the host has another,
/// better default route, which would lose them (RFC 4380 section 5.2.4 knows no other way for them).
struct SourceRouting {
    private let table: UInt32
    private let index: Int32
    private let name: String
    private let socket: CInt?
    private var address: IPv6Address?

    /// The preference of the rule: just before the main table.
    static let priority: UInt32 = 32_765

    /// Takes the table over: rules of a run before, which a crash left, are removed.
    init(table: UInt32, index: Int32, name: String, socket: CInt?) {
        self.table = table
        self.index = index
        self.name = name
        self.socket = socket
        Netlink.removeRules(table: table, priority: Self.priority, socket: socket)
    }

    /// Has packets from `newAddress` take the tunnel.
    mutating func establish(for newAddress: IPv6Address) throws(ServiceError) {
        withdraw()
        do {
            try Netlink.addDefaultRoute(interface: index, table: table, socket: socket)
            try Netlink.addRule(from: newAddress, table: table, priority: Self.priority, socket: socket)
        } catch {
            throw ServiceError(
                "--routing-table: cannot route packets from \(newAddress) to \(name) by table \(table): \(error.reason)",
                remedy: "choose a table that nothing else uses (ip -6 route show table \(table); ip -6 rule)"
            )
        }
        address = newAddress
    }

    /// Puts the route back after the link was down, which removed it.
    func restore() {
        // A link that is still down is looked at again when it comes up; a route that is there stays.
        if address != nil { try? Netlink.addDefaultRoute(interface: index, table: table, socket: socket) }
    }

    /// Removes rule and route.
    mutating func withdraw() {
        guard address != nil else { return }
        Netlink.removeRules(table: table, priority: Self.priority, socket: socket)
        try? Netlink.removeDefaultRoute(interface: index, table: table, socket: socket)
        address = nil
    }
}
