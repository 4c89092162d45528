/// What another program changed about the interface of a role, and what could not be put back, or not yet.
package struct InterfaceFault: Hashable, Sendable, Codable {
    /// What is wrong.
    package let kind: Kind
    /// The same for people, with the name of the interface.
    package let description: String

    /// What can be wrong; the words are part of the JSON form.
    package enum Kind: String, Hashable, Sendable, Codable {
        /// The interface is down.
        case down
        /// Its MTU is another; below 1280 octets the kernel has no IPv6 on it.
        case mtu
        /// IPv6 is switched off for it.
        case ipv6Disabled = "ipv6-disabled"
        /// The address is missing.
        case addressMissing = "address-missing"
        /// A route is missing.
        case routeMissing = "route-missing"
        /// The rule that leads packets from the address to a routing table is missing.
        case ruleMissing = "rule-missing"
    }

    /// Describes a fault.
    package init(kind: Kind, description: String) {
        self.kind = kind
        self.description = description
    }
}
