/// An address of one of the host's interfaces.
package struct InterfaceAddress<Address: Hashable & Sendable>: Hashable, Sendable {
    /// The address.
    package let address: Address
    /// The length of its prefix in bits.
    package let prefixLength: Int
    /// The index of the interface.
    package let interfaceIndex: Int32
    /// The name of the interface.
    package let interfaceName: String
    /// Whether the interface can carry packets: it is up, and so is its link.
    package let isRunning: Bool
    /// Whether the interface is the loopback.
    package let isLoopback: Bool
    /// Whether the interface can multicast.
    package let isMulticastCapable: Bool
}
