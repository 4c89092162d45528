import Logging
import TeredoHost
import TeredoLinux
import TeredoSettings
import TeredoWire

/// The interface of a role as the host sees it: address, routes and rule, and the operator's hook, which hears of them.
final class HostInterface {
    /// What the role wants the host to have now.
    private(set) var wanted: WantedInterfaceState
    /// The name as it was seen last.
    private(set) var name: String
    private let setup: InterfaceSetup
    private let sourceRouting: SourceRouting?
    private let hook: HookRunner?
    /// Stands before there is an address, and as long as there may be one.
    private let gate: InboundGate
    private let logger: Logger

    /// Brings a fresh interface up; throws when there is no IPv6 on it.
    ///
    /// What may come out of it is what `gate` says, and `changes` carries out what is wanted. `hooks` is started here unless given. With
    /// a routing table, packets from the address take the interface by it. `socket` is a netlink socket of the interface's network
    /// namespace, `nil` for that of this process.
    init(
        _ interface: borrowing TUNDevice,
        behind gate: InboundGate,
        changes: any HostChanging,
        mtu: Int,
        hook path: String?,
        hooks: HookProcess?,
        table: SourceTable = .none,
        socket: CInt? = nil,
        logger: Logger
    ) throws(ServiceError) {
        let place = NetworkInterface(name: interface.name, index: interface.index)
        self.gate = gate
        name = place.name
        setup = InterfaceSetup(index: place.index, socket: socket, changes: changes)
        hook = try HookRunner(path: path, process: hooks, interface: place, logger: logger)
        wanted = WantedInterfaceState(mtu: mtu)
        self.logger = logger
        try setup.bringUp(mtu: mtu)
        sourceRouting = SourceRouting(table, index: place.index, changes)
    }

    /// Routes a prefix to the interface.
    func addRoute(_ prefix: IPv6Prefix) throws(ServiceError) {
        let route = IPv6Route(prefix, metric: IPv6Route.lastResortMetric)
        // It is there when the interface was taken over from an earlier process.
        if (try? setup.state())??.routes.contains(route) != true { try setup.add(route, name) }
        wanted.routes.append(route)
    }

    /// Gives the interface another MTU; what keeps that from happening is found when the host is looked at.
    func setMTU(_ mtu: Int) {
        wanted.mtu = mtu
        try? setup.changes.perform(.setMTU(mtu))
    }

    /// Gives the interface an address with these routes.
    ///
    /// While another program holds the interface down, or has switched IPv6 off for it, that waits: it is wanted then, and
    /// missing. Throws when something else is in the way.
    func assign(_ address: IPv6Address, routes: [IPv6Prefix], mtu: Int) throws(ServiceError) {
        setup.withdraw(wanted)
        wanted = WantedInterfaceState(mtu: mtu, address: address)
        // A hook like Miredo's takes the interface down with the address.
        if hook != nil { try? setup.changes.perform(.bringUp(mtu: mtu)) }
        setMTU(mtu)
        wanted.routes = [IPv6Route(.teredo, metric: IPv6Route.onLinkMetric)]
        wanted.routes += routes.map { IPv6Route($0, metric: IPv6Route.lastResortMetric) }
        if let sourceRouting {
            wanted.routes.append(sourceRouting.route())
            wanted.rules = [sourceRouting.rule(from: address)]
        }
        do {
            try establish(address)
        } catch {
            guard let state = try? setup.state(), !state.holdsAddresses else { throw error }
        }
    }

    private func establish(_ address: IPv6Address) throws(ServiceError) {
        try setup.assign(address, name)
        for route in wanted.routes where route.table == IPv6Route.mainTable && !route.isOnLink {
            try setup.add(route, name)
        }
        guard let sourceRouting else { return }
        do throws(ServiceError) {
            try sourceRouting.establish(wanted, setup, name)
        } catch {
            guard !sourceRouting.isRequired else { throw error }
            logger.notice("packets from \(address) follow the routes of the host: \(error.message)")
            wanted.routes.removeAll { $0.table == sourceRouting.table }
            wanted.rules = []
        }
    }

    /// Tells the hook what the interface has now.
    func announce(address: IPv6Address?, mtu: Int) { hook?.up(address: address, mtu: mtu) }

    /// What the kernel has for the interface now; `nil` when it is gone from its network namespace.
    func state() throws(SystemError) -> InterfaceState? { try setup.state() }

    /// Puts right what another program changed.
    func restore(_ difference: InterfaceDifference) throws(SystemError) { try setup.restore(difference, of: wanted) }

    /// Takes over the name that another program gave to the interface.
    func rename(_ name: String) { self.name = name }

    /// Takes address and routes away, and tells the hook.
    func withdraw() {
        setup.withdraw(wanted)
        wanted = WantedInterfaceState(isUp: hook == nil, mtu: wanted.mtu)
        hook?.down()
    }

    /// Tells the hook that the role ends, and waits for it.
    func close() { hook?.close() }
}
