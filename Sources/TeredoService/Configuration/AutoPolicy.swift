/// Which role a host plays, by what IPv6 it has (RFC 4380 section 5.5) and by what network it is on.
package struct AutoPolicy: Hashable, Sendable {
    /// Whether anything may be done.
    package var type: AutoType
    /// What a host with native IPv6 does.
    package var nativeRole: NativeRole
    /// The networks on which nothing is done.
    package var managedNetworks: [ManagedNetwork]

    /// What a host with native IPv6 may do: it must not be a client.
    package enum NativeRole: String, CaseIterable, Hashable, Sendable {
        case hostRelay = "host-relay"
        case dormant
    }

    /// Makes a policy.
    package init(
        type: AutoType = .client,
        nativeRole: NativeRole = .hostRelay,
        managedNetworks: [ManagedNetwork] = []
    ) {
        self.type = type
        self.nativeRole = nativeRole
        self.managedNetworks = managedNetworks
    }

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
            return AutoDecision(role: .dormant, reason: "it is disabled (--type disabled)", isImmediate: true)
        }
        if type == .client, let (network, sign) = managedNetwork(in: situation) {
            // SEC-19: on a managed network nothing is sent or opened at all, not even as host-specific relay.
            let reason = "client is in a managed network: \(sign) (--managed-network \(network))"
            return AutoDecision(role: .dormant, reason: reason, isImmediate: true)
        }
        guard let native = situation.native else {
            return AutoDecision(
                role: .client,
                reason: "this host has no native IPv6 (a global address and a default route)"
            )
        }
        let reason = "this host has native IPv6, \(native.address) on \(native.interfaceName)"
        return switch nativeRole {
        case .hostRelay: AutoDecision(role: .hostRelay, reason: reason)
        case .dormant: AutoDecision(role: .dormant, reason: reason)
        }
    }

    /// The word of netsh for the network that the host is on; `nil` when nothing tells what a managed network is.
    func network(in situation: HostSituation) -> String? {
        guard !managedNetworks.isEmpty else { return nil }
        return managedNetwork(in: situation) == nil ? "unmanaged" : "managed"
    }

    private func managedNetwork(in situation: HostSituation) -> (ManagedNetwork, sign: String)? {
        for network in managedNetworks {
            let sign = network.sign(addresses: situation.ipv4Addresses, searchDomains: situation.searchDomains)
            if let sign { return (network, sign) }
        }
        return nil
    }
}
