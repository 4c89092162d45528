import TeredoHost
import TeredoLinux
import TeredoWire

/// Whether the host has what a role is reached at and reaches others with.
struct HostReach {
    /// The addresses that the role is bound to.
    let bound: [IPv4Address]
    /// The interface that is no way out; `nil` where IPv6 does not matter.
    let tunnel: Int32?

    /// What is missing, a sentence; `nil` when nothing is, or the kernel does not say.
    var objection: String? {
        guard let addresses = try? Netlink.ipv4Addresses() else { return nil }
        for address in bound where address != .unspecified {
            let found = addresses.filter { $0.address == address }
            if found.isEmpty { return "this host has no address \(address) any more" }
            if !found.contains(where: \.isRunning) { return "the link with \(address) is down" }
        }
        guard let tunnel, let native = try? Netlink.ipv6Addresses() else { return nil }
        let isConnected = native.contains {
            $0.isRunning && $0.interfaceIndex != tunnel && !$0.address.isTeredo
                && ($0.address.isGlobalScope || $0.address.isUniqueLocal)
        }
        return isConnected ? nil : "no link that is up has a native IPv6 address"
    }
}
