/// Which role a host plays, by what IPv6 it has (RFC 4380 section 5.5) and by what network it is on.
package struct AutoPolicy: Hashable, Sendable {
    /// Whether anything may be done.
    package var type: AutoType
    /// What a host with native IPv6 does.
    package var nativeRole: NativeRole
    /// Whether a global IPv6 address is native IPv6 by itself, without a default route.
    package var isNativeByAddress: Bool
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
        isNativeByAddress: Bool = false,
        managedNetworks: [ManagedNetwork] = []
    ) {
        self.type = type
        self.nativeRole = nativeRole
        self.isNativeByAddress = isNativeByAddress
        self.managedNetworks = managedNetworks
    }
}
