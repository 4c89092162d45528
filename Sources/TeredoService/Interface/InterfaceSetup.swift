import TeredoHost
import TeredoLinux
import TeredoSettings
import TeredoWire

/// What is done to a TUN interface, with errors that say what to do; the kernel undoes all but rules with the interface.
struct InterfaceSetup {
    /// The index of the interface.
    let index: Int32
    /// A netlink socket of the network namespace of the interface; `nil` for that of this process.
    let socket: CInt?

    /// The metric of a route of last resort: above all that usual programs give native routes.
    ///
    /// The kernel gives 1024, systemd-networkd up to 2048, dhcpcd 3000 and more to wireless links, and NetworkManager adds
    /// 20000 for a link without connectivity.
    static let lastResortMetric: UInt32 = 1_000_000

    /// Makes the interface `name`, or says which privilege is missing.
    static func makeInterface(
        _ name: String,
        role: Role,
        offloads: Set<Offload>,
        workers: Int,
        inside command: IsolatedCommand? = nil
    ) throws(ServiceError) -> TUNDevice {
        if command == nil { try Privileges.require(.netAdmin, to: "make the interface \(name)", role: role) }
        guard KernelSetting.hasIPv6 else {
            throw ServiceError(
                "the kernel has no IPv6",
                remedy: "load it (modprobe ipv6), or start the kernel without ipv6.disable=1"
            )
        }
        do {
            if let command { return try TUNDevice(name: name, offloads: offloads, inside: command) }
            return try TUNDevice(name: name, offloads: offloads, hasQueues: workers > 1)
        } catch {
            if error.isNotPermitted {
                throw Privileges.missing(.netAdmin, to: "make the interface \(name)", role: role)
            }
            if error.isBusy {
                throw ServiceError(
                    "--interface: there is already an interface \(name)",
                    remedy: "stop the program that made it, remove it (ip link del \(name)), or choose another name"
                )
            }
            throw ServiceError(error)
        }
    }

    /// What the kernel has for the interface; `nil` when it is gone from its network namespace.
    func state() throws(SystemError) -> InterfaceState? { try Netlink.state(ofInterface: index, socket: socket) }

    /// Brings the interface up; throws when there is no IPv6 on it then.
    func bringUp(mtu: Int) throws(ServiceError) {
        try ServiceError.wrapping { () throws(SystemError) in
            prepareIPv6()
            try Netlink.bringUp(interface: index, mtu: mtu, socket: socket)
        }
        let found = try ServiceError.wrapping { () throws(SystemError) in try self.state() }
        guard let state = found, state.ipv6 == .disabled else { return }
        throw ServiceError(
            "IPv6 is switched off on \(state.name) (net.ipv6.conf.\(state.name).disable_ipv6 is 1) "
                + "and cannot be switched on from here",
            remedy: KernelSetting.disabledIPv6Remedy(interface: state.name)
        )
    }

    /// Switches IPv6 on, and what strangers could say by it off, where that is possible: what is in another namespace cannot be
    /// reached, and was prepared from within.
    private func prepareIPv6() {
        guard socket == nil, let name = NetworkInterface(index: index)?.name else { return }
        KernelSetting.ignoreNeighborDiscovery(onInterface: name)
        KernelSetting.enableIPv6(onInterface: name)
    }

    /// Puts right what another program changed.
    func restore(_ difference: InterfaceDifference, of wanted: WantedInterfaceState) throws(SystemError) {
        switch difference {
        case .down: try Netlink.bringUp(interface: index, mtu: wanted.mtu, socket: socket)
        case .linkLocalAddress: try removeLinkLocalAddresses(mtu: wanted.mtu)
        case .mtu:
            try Netlink.setMTU(wanted.mtu, interface: index, socket: socket)
            // Below 1280 octets the kernel forgot everything about IPv6: what is new has the values for new interfaces.
            prepareIPv6()
        case .ipv6Disabled: prepareIPv6()
        case .address(let address): try add(address)
        case .route(let route): try Netlink.add(route, interface: index, socket: socket)
        case .rule(let rule): try Netlink.add(rule, socket: socket)
        }
    }

    /// Gives the interface a client's address, with the whole Teredo prefix on link.
    func assign(_ address: IPv6Address, _ name: String) throws(ServiceError) {
        do {
            try add(address)
        } catch {
            throw ServiceError(
                "cannot give \(name) the address \(address): \(error.reason)",
                remedy: error.isNotPermitted
                    ? KernelSetting.disabledIPv6Remedy(interface: name)
                    : "see 'ip -6 address' for what is in the way"
            )
        }
    }

    /// Routes a prefix to the interface.
    func add(_ route: IPv6Route, _ name: String) throws(ServiceError) {
        let prefix = route.prefix
        do {
            try Netlink.add(route, interface: index, socket: socket)
        } catch {
            guard !error.isAlreadyThere else {
                throw ServiceError(
                    "cannot route \(prefix) to \(name): there is already a route with metric \(route.metric)",
                    remedy: prefix.length == 0
                        ? "stop the program that made it (see 'ip -6 route'), or start with --no-default-route"
                        : "stop the program that made it (see 'ip -6 route'); two roles cannot share a route"
                )
            }
            throw ServiceError(
                "cannot route \(prefix) to \(name): \(error.reason)",
                remedy: error.isNotPermitted
                    ? KernelSetting.disabledIPv6Remedy(interface: name)
                    : "see 'ip -6 route' for what is in the way"
            )
        }
    }

    /// Takes address, routes and rules away; what is gone already is no error.
    func withdraw(_ state: WantedInterfaceState) {
        for rule in state.rules { try? Netlink.remove(rule, socket: socket) }
        for route in state.routes { try? Netlink.remove(route, interface: index, socket: socket) }
        guard let address = state.address else { return }
        try? Netlink.removeAddress(address, prefixLength: IPv6Prefix.teredo.length, interface: index, socket: socket)
    }

    /// Has the kernel make none, and removes those that it has made.
    private func removeLinkLocalAddresses(mtu: Int) throws(SystemError) {
        try Netlink.bringUp(interface: index, mtu: mtu, socket: socket)
        for address in try state()?.addresses ?? [] where address.isLinkLocal {
            try? Netlink.removeAddress(address, prefixLength: 64, interface: index, socket: socket)
        }
    }

    private func add(_ address: IPv6Address) throws(SystemError) {
        try Netlink.addAddress(address, prefixLength: IPv6Prefix.teredo.length, interface: index, socket: socket)
    }
}
