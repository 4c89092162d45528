import TeredoLinux
package import TeredoWire

/// The addresses of the host that a relay or server must know.
package struct HostAddresses: Hashable, Sendable {
    /// The global native IPv6 addresses.
    package let ipv6: [IPv6Address]
    /// All IPv4 addresses.
    package let ipv4: [IPv4Address]
    /// The IPv4 subnets of all interfaces: nothing goes to their broadcast addresses.
    package let subnets: [IPv4Prefix]

    /// Asks the kernel; the role's own interface is left out.
    package init(exceptInterface index: Int32? = nil) throws(ServiceError) {
        let all = try ServiceError.wrapping { () throws(SystemError) in try Netlink.ipv6Addresses() }
        ipv6 = all.filter { $0.interfaceIndex != index && $0.address.isGlobalScope && !$0.address.isTeredo }
            .map(\.address)
        let own = try ServiceError.wrapping { () throws(SystemError) in try Netlink.ipv4Addresses() }
        ipv4 = own.map(\.address)
        subnets = own.map { IPv4Prefix($0.address, length: $0.prefixLength) }
    }

    /// Whether peers can reach a service port bound to `address` (unspecified for all) without a NAT in between.
    package func isReachable(at address: IPv4Address, filter: GlobalUnicastFilter) -> Bool {
        address == .unspecified ? ipv4.contains(where: filter.isGlobalUnicast) : filter.isGlobalUnicast(address)
    }
}
