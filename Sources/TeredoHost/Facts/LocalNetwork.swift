package import TeredoLinux
package import TeredoWire

/// What a client needs to know about the host's IPv4 side.
package struct LocalNetwork: Hashable, Sendable {
    /// The address that datagrams to the server leave from; `nil` when there is no way to it.
    package var address: IPv4Address?
    /// The router on that way; `nil` when there is none.
    package var gateway: IPv4Address?
    /// The interface that the way begins with.
    package var interface: Int32?
    /// The subnets of the host's interfaces.
    package var subnets: [IPv4Prefix]
    /// The addresses of the host's interfaces.
    package var ownAddresses: [IPv4Address]

    /// Looks at `addresses` of the host; `bound` is the address of the service port, unspecified for any.
    package init(_ addresses: [InterfaceAddress<IPv4Address>], towards destination: IPv4Address, bound: IPv4Address) {
        var subnets: [IPv4Prefix] = []
        for address in addresses where !address.isLoopback {
            let subnet = IPv4Prefix(address.address, length: address.prefixLength)
            if !subnets.contains(subnet) { subnets.append(subnet) }
        }
        self.subnets = subnets
        ownAddresses = addresses.filter { !$0.isLoopback }.map(\.address)
        // Of several uplinks the rules of the host may give one to each address.
        let bound = bound == .unspecified ? nil : bound
        gateway = Netlink.gateway(towards: destination, from: bound)
        interface = Netlink.interface(towards: destination, from: bound)
        let source = Netlink.sourceAddress(towards: destination, from: bound)
        if let bound {
            address = source != nil && addresses.contains { $0.address == bound } ? bound : nil
        } else {
            address = source
        }
    }
}
