import TeredoHost
import TeredoLinux
import TeredoSettings
import TeredoWire

/// Address and routes of a TUN interface; the kernel removes them with the interface.
struct InterfaceSetup {
    private let index: Int32
    private let name: String
    private var address: IPv6Address?
    private var routes: [IPv6Prefix] = []
    private var areRoutesMissing = false
    /// A netlink socket of the network namespace of the interface; `nil` for that of this process.
    private let socket: CInt?

    init(index: Int32, name: String, socket: CInt? = nil) {
        self.index = index
        self.name = name
        self.socket = socket
    }

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

    /// Brings the interface up.
    func bringUp(mtu: Int) throws(ServiceError) {
        if socket == nil { KernelSetting.enableIPv6(onInterface: name) }
        try ServiceError.wrapping { () throws(SystemError) in
            try Netlink.bringUp(interface: index, mtu: mtu, socket: socket)
        }
    }

    /// Gives the interface another MTU.
    func setMTU(_ mtu: Int) throws(ServiceError) {
        try ServiceError.wrapping { () throws(SystemError) in try Netlink.setMTU(mtu, interface: index, socket: socket)
        }
    }

    /// Gives the interface a client's address, with the whole Teredo prefix on link, and further routes.
    mutating func assign(_ newAddress: IPv6Address, routes newRoutes: [IPv6Prefix]) throws(ServiceError) {
        withdraw()
        let length = IPv6Prefix.teredo.length
        do {
            try Netlink.addAddress(newAddress, prefixLength: length, interface: index, socket: socket)
        } catch {
            throw ServiceError(
                "cannot give \(name) the address \(newAddress): \(error.reason)",
                remedy: error.isNotPermitted
                    ? "IPv6 is disabled there: sysctl -w net.ipv6.conf.\(name).disable_ipv6=0"
                    : "see 'ip -6 address' for what is in the way"
            )
        }
        address = newAddress
        for route in newRoutes { try addRoute(route) }
    }

    /// Routes a prefix to the interface.
    mutating func addRoute(_ prefix: IPv6Prefix) throws(ServiceError) {
        do {
            try Netlink.addRoute(
                to: prefix.address,
                length: prefix.length,
                interface: index,
                metric: Self.lastResortMetric,
                socket: socket
            )
        } catch {
            guard !error.isAlreadyThere else {
                throw ServiceError(
                    "cannot route \(prefix) to \(name): there is already a route with metric \(Self.lastResortMetric)",
                    remedy: prefix.length == 0
                        ? "stop the program that made it (see 'ip -6 route'), or start with --no-default-route"
                        : "stop the program that made it (see 'ip -6 route'); two roles cannot share a route"
                )
            }
            throw ServiceError(
                "cannot route \(prefix) to \(name): \(error.reason)",
                remedy: error.isNotPermitted
                    ? "IPv6 is disabled there: sysctl -w net.ipv6.conf.\(name).disable_ipv6=0"
                    : "see 'ip -6 route' for what is in the way"
            )
        }
        routes.append(prefix)
    }

    /// Puts back what went away when somebody set the link down and up or removed the address.
    ///
    /// Returns whether there was something to do and it worked. A route that was removed alone is left as it is:
    /// somebody wanted that.
    mutating func restore() -> Bool {
        guard
            let present = try? Netlink.ipv6Addresses(socket: socket).filter({ $0.interfaceIndex == index }).map(
                \.address
            )
        else {
            return false
        }
        do {
            if let address, !present.contains(address) {
                areRoutesMissing = true
                try Netlink.addAddress(
                    address,
                    prefixLength: IPv6Prefix.teredo.length,
                    interface: index,
                    socket: socket
                )
            }
            guard areRoutesMissing || address == nil else { return false }
            for route in routes { try putBack(route) }
        } catch {
            // The link is down: its coming up is the next occasion.
            return false
        }
        areRoutesMissing = false
        return address != nil
    }

    private func putBack(_ route: IPv6Prefix) throws(SystemError) {
        do {
            try Netlink.addRoute(
                to: route.address,
                length: route.length,
                interface: index,
                metric: Self.lastResortMetric,
                socket: socket
            )
        } catch {
            guard error.isAlreadyThere else { throw error }
        }
    }

    /// Takes address and routes away; what is gone already is no error.
    mutating func withdraw() {
        for route in routes {
            try? Netlink.removeRoute(
                to: route.address,
                length: route.length,
                interface: index,
                metric: Self.lastResortMetric,
                socket: socket
            )
        }
        routes = []
        areRoutesMissing = false
        guard let address else { return }
        try? Netlink.removeAddress(address, prefixLength: IPv6Prefix.teredo.length, interface: index, socket: socket)
        self.address = nil
    }
}
