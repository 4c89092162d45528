import TeredoControl
import TeredoLinux
import TeredoWire

/// One thing that the host does not have for an interface as the role wants it, because another program changed it.
enum InterfaceDifference: Hashable, Sendable {
    /// The interface is down.
    case down
    /// The MTU is another, in octets.
    case mtu(is: Int, wanted: Int)
    /// IPv6 is switched off for the interface.
    case ipv6Disabled
    /// The kernel makes a link-local address whenever the interface comes up, which Teredo has none of.
    case linkLocalAddress
    /// The address is missing.
    case address(IPv6Address)
    /// A route is missing.
    case route(IPv6Route)
    /// A rule is missing.
    case rule(IPv6Rule)
}

extension InterfaceDifference {
    /// What kind of fault it is in reports, and what is put back at a pace of its own.
    var kind: InterfaceFault.Kind {
        switch self {
        case .down: .down
        case .mtu, .linkLocalAddress: .mtu
        case .ipv6Disabled: .ipv6Disabled
        case .address: .addressMissing
        case .route: .routeMissing
        case .rule: .ruleMissing
        }
    }

    /// How long it is watched before it is put right.
    ///
    /// Whoever renames an interface on Linux before 6.0 takes it down for that, and up again.
    var patience: Duration { self == .down ? .seconds(1) : .zero }
}

extension InterfaceDifference: CustomStringConvertible {
    /// A phrase that goes on from the name of the interface.
    var description: String {
        switch self {
        case .down: "is down"
        case .mtu(let found, _) where found < TeredoConstants.mtu:
            "has an MTU of \(found), and the kernel has no IPv6 on interfaces below \(TeredoConstants.mtu)"
        case .mtu(let found, let wanted): "has an MTU of \(found) instead of \(wanted)"
        case .ipv6Disabled: "has IPv6 switched off (disable_ipv6)"
        case .linkLocalAddress: "gets a link-local address from the kernel"
        case .address(let address): "has lost the address \(address)"
        case .route(let route) where route.table == IPv6Route.mainTable: "has lost the route \(route.prefix)"
        case .route(let route): "has lost the route \(route.prefix) of table \(route.table)"
        case .rule(let rule): "has lost the rule that leads packets from \(rule.source) to table \(rule.table)"
        }
    }
}
