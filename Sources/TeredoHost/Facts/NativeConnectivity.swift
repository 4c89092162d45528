import TeredoLinux
package import TeredoWire

/// IPv6 that the host has without Teredo: a global address, and usually a way to the IPv6 Internet.
package struct NativeConnectivity: Hashable, Sendable {
    /// One of the addresses.
    package let address: IPv6Address
    /// Its interface.
    package let interfaceName: String
    /// Whether there is a route for all of the IPv6 Internet.
    package let hasDefaultRoute: Bool

    /// Makes what a host has.
    package init(address: IPv6Address, interfaceName: String, hasDefaultRoute: Bool = true) {
        self.address = address
        self.interfaceName = interfaceName
        self.hasDefaultRoute = hasDefaultRoute
    }

    /// What the host has, apart from the interface of Teredo itself; `nil` without a global address.
    ///
    /// Unique local and link-local addresses are none. The metric of the default route does not matter: Teredo is of last resort
    /// whatever its own route says.
    package static func current(exceptInterface name: String) throws(ServiceError) -> NativeConnectivity? {
        let found = try ServiceError.wrapping { () throws(SystemError) in try Netlink.ipv6Addresses() }
        // Another program may have renamed the interface, and another client may be on the host.
        let tunnels = Set(found.filter(\.address.isTeredo).map(\.interfaceIndex))
        let all = found.filter {
            $0.interfaceName != name && !$0.isLoopback && !tunnels.contains($0.interfaceIndex)
        }
        guard let native = all.first(where: { $0.address.isGlobalScope && !$0.address.isTeredo }) else { return nil }
        // The way need not be that of the address: a router often has its address on another interface.
        let hasDefaultRoute = Set(all.map(\.interfaceIndex)).contains {
            Netlink.hasRoute(to: anyNativeAddress, interface: $0)
        }
        return NativeConnectivity(
            address: native.address,
            interfaceName: native.interfaceName,
            hasDefaultRoute: hasDefaultRoute
        )
    }

    /// The first address of 2000::/3, which nobody has: only a route for all of the IPv6 Internet leads to it.
    private static let anyNativeAddress = IPv6Address(rawValue: 0x2000 << 112)
}
