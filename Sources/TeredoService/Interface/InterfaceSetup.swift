import TeredoHost
import TeredoLinux
import TeredoSettings
import TeredoWire

/// What a role has done to its TUN interface, with errors that say what to do; the kernel undoes all but rules with the interface.
struct InterfaceSetup {
    /// The index of the interface.
    let index: Int32
    /// A netlink socket of the network namespace of the interface; `nil` for that of this process.
    let socket: CInt?

    /// Carries out what is wanted.
    let changes: any HostChanging

    /// Makes the interface `name`, or says which privilege is missing; `process` makes it for a role that has none any more.
    static func makeInterface(
        _ name: String,
        role: Role,
        offloads: Set<Offload>,
        workers: Int,
        inside command: IsolatedCommand? = nil,
        by process: HostProcess? = nil
    ) throws(ServiceError) -> TUNDevice {
        if command == nil, process == nil {
            try Privileges.require(.netAdmin, to: "make the interface \(name)", role: role)
        }
        guard KernelSetting.hasIPv6 else {
            throw ServiceError(
                "the kernel has no IPv6",
                remedy: "load it (modprobe ipv6), or start the kernel without ipv6.disable=1"
            )
        }
        do {
            if let process { return try process.makeInterface(offloads: offloads, hasQueues: workers > 1) }
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
            try changes.perform(.prepareIPv6)
            try changes.perform(.bringUp(mtu: mtu))
        }
        let found = try ServiceError.wrapping { () throws(SystemError) in try self.state() }
        guard let state = found, state.ipv6 == .disabled else { return }
        throw ServiceError(
            "IPv6 is switched off on \(state.name) (net.ipv6.conf.\(state.name).disable_ipv6 is 1) "
                + "and cannot be switched on from here",
            remedy: KernelSetting.disabledIPv6Remedy(interface: state.name)
        )
    }

    /// Puts right what another program changed.
    func restore(_ difference: InterfaceDifference, of wanted: WantedInterfaceState) throws(SystemError) {
        switch difference {
        case .down: try changes.perform(.bringUp(mtu: wanted.mtu))
        case .linkLocalAddress: try changes.perform(.removeLinkLocalAddresses(mtu: wanted.mtu))
        case .mtu:
            try changes.perform(.setMTU(wanted.mtu))
            // Below 1280 octets the kernel forgot everything about IPv6: what is new has the values for new interfaces.
            try changes.perform(.prepareIPv6)
        case .ipv6Disabled: try changes.perform(.prepareIPv6)
        case .address(let address): try changes.perform(.addAddress(address))
        case .route(let route): try changes.perform(.addRoute(route))
        case .rule(let rule): try changes.perform(.addRule(rule))
        }
    }

    /// Gives the interface a client's address, with the whole Teredo prefix on link.
    func assign(_ address: IPv6Address, _ name: String) throws(ServiceError) {
        do {
            try changes.perform(.addAddress(address))
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
            try changes.perform(.addRoute(route))
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
        for rule in state.rules { try? changes.perform(.removeRule(rule)) }
        for route in state.routes { try? changes.perform(.removeRoute(route)) }
        if let address = state.address { try? changes.perform(.removeAddress(address)) }
    }
}
