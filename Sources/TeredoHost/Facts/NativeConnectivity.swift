import TeredoLinux
package import TeredoWire

/// IPv6 that the host has without Teredo: a global address, and a way to the IPv6 Internet.
package struct NativeConnectivity: Hashable, Sendable {
    /// One of the addresses.
    package let address: IPv6Address
    /// Its interface.
    package let interfaceName: String

    /// What the host has, apart from the interface of Teredo itself; `nil` for none.
    ///
    /// Unique local and link-local addresses are none, and neither is a global address without a default route. The
    /// metric of that route does not matter: Teredo is of last resort whatever its own route says.
    package static func current(exceptInterface name: String) throws(ServiceError) -> NativeConnectivity? {
        let all = try ServiceError.wrapping { () throws(SystemError) in try Netlink.ipv6Addresses() }
            .filter { $0.interfaceName != name && !$0.isLoopback }
        guard let native = all.first(where: { $0.address.isGlobalScope && !$0.address.isTeredo }) else { return nil }
        // The way need not be that of the address: a router often has its address on another interface.
        guard
            Set(all.map(\.interfaceIndex)).contains(where: {
                Netlink.hasRoute(to: anyNativeAddress, interface: $0)
            })
        else { return nil }
        return NativeConnectivity(address: native.address, interfaceName: native.interfaceName)
    }

    /// The first address of 2000::/3, which nobody has: only a route for all of the IPv6 Internet leads to it.
    private static let anyNativeAddress = IPv6Address(rawValue: 0x2000 << 112)
}
