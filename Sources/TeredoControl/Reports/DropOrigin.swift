import TeredoHost
package import TeredoWire

/// Where datagrams or packets that were dropped came from.
package enum DropOrigin: Hashable, TextCoded {
    /// An IPv4 address that datagrams came from.
    case address(IPv4Address)
    /// The network of a native host, a /64.
    case subnet(IPv6Prefix)

    /// The network of a native host.
    package init(subnetOf host: IPv6Address) { self = .subnet(IPv6Prefix(host, length: 64)) }

    /// Parses an IPv4 address or an IPv6 prefix.
    package init?(_ description: String) {
        if let address = IPv4Address(description) {
            self = .address(address)
        } else if let prefix = IPv6Prefix(description) {
            self = .subnet(prefix)
        } else {
            return nil
        }
    }

    /// The address or prefix, as `deny-source` takes it.
    package var description: String {
        switch self {
        case .address(let address): address.description
        case .subnet(let prefix): prefix.description
        }
    }
}

extension DropOrigin: Comparable {
    /// IPv4 addresses come first.
    package static func < (first: Self, second: Self) -> Bool {
        switch (first, second) {
        case (.address(let first), .address(let second)): first < second
        case (.subnet(let first), .subnet(let second)): first.address.rawValue < second.address.rawValue
        case (.address, .subnet): true
        case (.subnet, .address): false
        }
    }
}
