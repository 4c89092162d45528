import TeredoControl
import TeredoHost
import TeredoSettings

// What follows from the policy on a host.
extension AutoPolicy {
    /// Whether the name server's domains matter, of whose changes nobody tells.
    var needsSearchDomains: Bool {
        type == .client
            && managedNetworks.contains { network in
                if case .domain = network { true } else { false }
            }
    }

    /// The role in a situation, with the reason.
    func decision(in situation: HostSituation) -> AutoDecision {
        guard type != .disabled else {
            return AutoDecision(
                role: .dormant,
                cause: .disabled,
                reason: "it is disabled (--type disabled)",
                isImmediate: true
            )
        }
        if type == .client, let (network, sign) = managedNetwork(in: situation) {
            // SEC-19: on a managed network nothing is sent or opened at all, not even as host-specific relay.
            let reason = "client is in a managed network: \(sign) (--managed-network \(network))"
            return AutoDecision(role: .dormant, cause: .managedNetwork, reason: reason, isImmediate: true)
        }
        guard let native = situation.native, native.hasDefaultRoute || isNativeByAddress else {
            let need = isNativeByAddress ? "a global address" : "a global address and a default route"
            return AutoDecision(role: .client, cause: .noNativeIPv6, reason: "this host has no native IPv6 (\(need))")
        }
        let way = native.hasDefaultRoute ? "" : ", without a default route (--native-by-address)"
        let reason = "this host has native IPv6, \(native.address) on \(native.interfaceName)\(way)"
        return switch nativeRole {
        case .hostRelay: AutoDecision(role: .hostRelay, cause: .nativeIPv6, reason: reason)
        case .dormant: AutoDecision(role: .dormant, cause: .nativeIPv6, reason: reason)
        }
    }

    /// What the network is that the host is on; `nil` when nothing tells what a managed network is.
    func network(in situation: HostSituation) -> NetworkKind? {
        guard !managedNetworks.isEmpty else { return nil }
        return managedNetwork(in: situation) == nil ? .unmanaged : .managed
    }

    private func managedNetwork(in situation: HostSituation) -> (ManagedNetwork, sign: String)? {
        for network in managedNetworks {
            let sign = network.sign(addresses: situation.ipv4Addresses, searchDomains: situation.searchDomains)
            if let sign { return (network, sign) }
        }
        return nil
    }
}
