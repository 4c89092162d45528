import Logging
import TeredoHost
import TeredoLinux
import TeredoSettings
import TeredoWire

/// The interface of a role as the host sees it: address, routes and rule, and the operator's hook, which hears of them.
final class HostInterface {
    private var setup: InterfaceSetup
    private var sourceRouting: SourceRouting?
    private let hook: HookRunner?

    /// Brings a fresh interface up.
    ///
    /// `hooks` is started here unless given. With a routing table, packets from the address take the interface by it. `socket`
    /// is a netlink socket of the interface's network namespace, `nil` for that of this process.
    init(
        _ interface: borrowing TUNDevice,
        mtu: Int,
        hook path: String?,
        hooks: HookProcess?,
        routingTable: Int? = nil,
        socket: CInt? = nil,
        logger: Logger
    ) throws(ServiceError) {
        let place = NetworkInterface(name: interface.name, index: interface.index)
        setup = InterfaceSetup(index: place.index, name: place.name, socket: socket)
        hook = try HookRunner(path: path, process: hooks, interface: place, logger: logger)
        try setup.bringUp(mtu: mtu)
        sourceRouting = routingTable.map {
            SourceRouting(table: UInt32($0), index: place.index, name: place.name, socket: socket)
        }
    }

    /// Routes a prefix to the interface.
    func addRoute(_ prefix: IPv6Prefix) throws(ServiceError) { try setup.addRoute(prefix) }

    /// Gives the interface another MTU.
    func setMTU(_ mtu: Int) throws(ServiceError) { try setup.setMTU(mtu) }

    /// Gives the interface an address with these routes.
    func assign(_ address: IPv6Address, routes: [IPv6Prefix], mtu: Int) throws(ServiceError) {
        // A hook like Miredo's takes the interface down with the address.
        if hook != nil { try setup.bringUp(mtu: mtu) } else { try setup.setMTU(mtu) }
        try setup.assign(address, routes: routes)
        try sourceRouting?.establish(for: address)
    }

    /// Tells the hook what the interface has now.
    func announce(address: IPv6Address?, mtu: Int) { hook?.up(address: address, mtu: mtu) }

    /// Puts back what somebody else took away; returns whether an address was put back.
    func restore() -> Bool {
        sourceRouting?.restore()
        return setup.restore()
    }

    /// Takes address and routes away, and tells the hook.
    func withdraw() {
        sourceRouting?.withdraw()
        setup.withdraw()
        hook?.down()
    }

    /// Tells the hook that the role ends, and waits for it.
    func close() { hook?.close() }
}
