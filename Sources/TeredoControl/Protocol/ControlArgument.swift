package import TeredoLinux
package import TeredoWire

/// What a caller gave for a parameter, read and found to be allowed.
package enum ControlArgument: Hashable, Sendable {
    /// A whole number in the range of the parameter.
    case number(Int)
    /// An IPv6 address.
    case address(IPv6Address)
    /// Traffic.
    case rule(InboundRule)
    /// Settings, which the role reads.
    case settings(String)
}
