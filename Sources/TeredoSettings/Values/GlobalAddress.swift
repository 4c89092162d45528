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

    /// Throws for the endpoint of a relay that clients could not send to: not global, or without a port; `option` named it, and
    /// `purpose` says who needs it.
    static func validate(
        _ endpoint: UDPEndpoint,
        option: String,
        purpose: String,
        internalPrefixes prefixes: [IPv4Prefix]
    ) throws(ConfigurationError) {
        if let kind = objection(to: endpoint.address, internalPrefixes: prefixes) {
            throw ConfigurationError(option, "\(endpoint.address) is \(kind): \(purpose)")
        }
        guard endpoint.port != 0 else {
            throw ConfigurationError(option, "port 0 is not allowed; give the relay's port")
        }
    }
}
