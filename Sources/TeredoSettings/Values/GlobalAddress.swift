import TeredoWire

/// The rule for an address that others are to reach over the network between Teredo nodes.
enum GlobalAddress {
    /// What is wrong with `address`, where `prefixes` count as global; `nil` for nothing.
    static func objection(to address: IPv4Address, internalPrefixes prefixes: [IPv4Prefix]) -> IPv4AddressKind? {
        guard let kind = IPv4AddressKind(address), !kind.isUsableInTests,
            !GlobalUnicastFilter(globalPrefixes: prefixes).isDeclaredGlobal(address)
        else { return nil }
        return kind
    }
}
