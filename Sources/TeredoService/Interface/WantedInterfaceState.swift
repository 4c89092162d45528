import TeredoLinux
import TeredoWire

/// What a role wants the host to have for its interface.
struct WantedInterfaceState: Hashable, Sendable {
    /// Whether the interface is to be up; a hook may have its reasons to keep one down that has no address.
    var isUp = true
    /// The MTU in octets.
    var mtu: Int
    /// The address of a client; `nil` for none.
    var address: IPv6Address?
    /// The routes through the interface.
    var routes: [IPv6Route] = []
    /// The rules that lead to these routes.
    var rules: [IPv6Rule] = []

    /// How the host differs, in the order in which that is put right.
    ///
    /// What only follows from something else is left out: an interface that is down has no routes.
    func differences(from actual: InterfaceState) -> [InterfaceDifference] {
        guard isUp || address != nil else { return actual.mtu == mtu ? [] : [.mtu(is: actual.mtu, wanted: mtu)] }
        var result: [InterfaceDifference] = []
        if actual.mtu != mtu { result.append(.mtu(is: actual.mtu, wanted: mtu)) }
        if actual.ipv6 == .disabled { result.append(.ipv6Disabled) }
        if actual.ipv6 == .enabled, actual.makesLinkLocalAddress { result.append(.linkLocalAddress) }
        if !actual.isUp { result.append(.down) }
        guard actual.holdsAddresses else { return result }
        let missing = address.flatMap { actual.addresses.contains($0) ? nil : $0 }
        if let missing { result.append(.address(missing)) }
        for route in routes where !actual.routes.contains(route) && !(route.isOnLink && missing != nil) {
            result.append(.route(route))
        }
        for rule in rules where !actual.rules.contains(rule) { result.append(.rule(rule)) }
        return result
    }
}
