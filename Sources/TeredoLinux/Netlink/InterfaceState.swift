package import TeredoWire

/// What the kernel has for an interface now, as far as a tunnel depends on it.
package struct InterfaceState: Hashable, Sendable {
    /// The name.
    package var name: String
    /// Whether it is up.
    package var isUp: Bool
    /// The MTU in octets.
    package var mtu: Int
    /// What it has of IPv6.
    package var ipv6: Support
    /// Whether the kernel makes a link-local address for it whenever it comes up.
    package var makesLinkLocalAddress = false
    /// Its IPv6 addresses.
    package var addresses: Set<IPv6Address> = []
    /// The IPv6 routes through it, of all tables.
    package var routes: Set<IPv6Route> = []
    /// The rules of this host's that lead from one address to a table.
    package var rules: Set<IPv6Rule> = []

    /// What an interface has of IPv6.
    package enum Support: Hashable, Sendable {
        /// Everything.
        case enabled
        /// Nothing, because its `disable_ipv6` is set.
        case disabled
        /// Nothing, because its MTU is below 1280 octets.
        case absent
    }

    /// Describes an interface without addresses, routes and rules.
    package init(name: String, isUp: Bool, mtu: Int, ipv6: Support) {
        self.name = name
        self.isUp = isUp
        self.mtu = mtu
        self.ipv6 = ipv6
    }

    /// Whether addresses and routes given to it stay.
    package var holdsAddresses: Bool { isUp && ipv6 == .enabled }
}
