import TeredoLinux
package import TeredoWire

extension GlobalUnicastFilter {
    /// The filter with the addresses and subnets that this host has now: nothing is sent to those.
    package var completedWithHost: Self {
        var filter = self
        for entry in (try? Netlink.ipv4Addresses()) ?? [] where !entry.isLoopback {
            filter.ownAddresses.append(entry.address)
            filter.attachedSubnets.append(IPv4Prefix(entry.address, length: entry.prefixLength))
        }
        return filter
    }
}
