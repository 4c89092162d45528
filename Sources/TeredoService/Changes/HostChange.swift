import TeredoLinux
import TeredoWire

/// What a role wants of the network of its host: there is nothing else that it could ask for.
///
/// All of it is about one interface, which is fixed when somebody begins to carry changes out (``HostLimits``).
enum HostChange: Hashable, Sendable {
    /// IPv6 is switched on for the interface, and what strangers could say by it off (SEC-05).
    case prepareIPv6
    /// The interface is up, with an MTU in octets and without a link-local address of the kernel's making.
    case bringUp(mtu: Int)
    /// The interface has another MTU, in octets.
    case setMTU(Int)
    /// The interface has an address, with the Teredo prefix on link.
    case addAddress(IPv6Address)
    /// It has the address no more.
    case removeAddress(IPv6Address)
    /// The kernel makes no link-local address for it, and those that it made go; the interface has this MTU in octets.
    case removeLinkLocalAddresses(mtu: Int)
    /// There is a route through the interface.
    case addRoute(IPv6Route)
    /// There is none any more.
    case removeRoute(IPv6Route)
    /// The rules go that a role left which was killed.
    case removeFormerRules
    /// Packets from the address of the interface look into its routing table.
    case addRule(IPv6Rule)
    /// They do no more.
    case removeRule(IPv6Rule)
    /// There is a table of the packet filter for the interface, with nothing in it that decides.
    case makeFilter
    /// The filter refuses at these places what comes in unasked, but for what is allowed.
    case setFilter(InboundFilter.Place, allowing: [InboundRule])
    /// There is no filter any more.
    case removeFilter
    /// Nothing changes: what the filter refused is told.
    case tellRefusals
    /// Nothing changes: whether another filter of the host looks at IPv6 is told.
    case tellOtherFilters
    /// The kernel forwards IPv6, or does no more.
    case setForwarding(Bool)
}
