package import TeredoWire

/// An address that somebody wants to see the packets of.
package enum ExplainedAddress: Hashable, Sendable {
    case ipv4(IPv4Address)
    case ipv6(IPv6Address)
    case endpoint(UDPEndpoint)

    /// Reads an IPv4 address, an IPv6 address, or an IPv4 address with a port; `nil` for anything else.
    package init?(_ text: String) {
        if let address = IPv4Address(text) {
            self = .ipv4(address)
        } else if let endpoint = UDPEndpoint(text) {
            self = .endpoint(endpoint)
        } else if let address = IPv6Address(text) {
            self = .ipv6(address)
        } else {
            return nil
        }
    }

    func matches(outer: [UDPEndpoint], inner: [IPv6Address]) -> Bool {
        let embedded = inner.compactMap { TeredoAddress($0)?.mappedEndpoint }
        return switch self {
        case .ipv4(let address): (outer + embedded).contains { $0.address == address }
        case .endpoint(let endpoint): (outer + embedded).contains(endpoint)
        case .ipv6(let address): inner.contains(address)
        }
    }
}
