import TeredoHost
package import TeredoProtocol
package import TeredoWire

/// A prefix that is not served: of IPv4 addresses, or of native hosts.
package enum SourcePrefix: Hashable, TextCoded {
    case ipv4(IPv4Prefix)
    case ipv6(IPv6Prefix)

    /// Parses a prefix, or an address for itself alone; `nil` for prefixes of Teredo addresses, whose hosts are denied by their IPv4
    /// addresses.
    package init?(_ description: String) {
        if let prefix = IPv4Prefix(description) {
            self = .ipv4(prefix)
        } else if let prefix = IPv6Prefix(description), prefix.length < 32 || !prefix.address.isTeredo {
            self = .ipv6(prefix)
        } else {
            return nil
        }
    }

    /// The prefix as it is written.
    package var description: String {
        switch self {
        case .ipv4(let prefix): prefix.description
        case .ipv6(let prefix): prefix.description
        }
    }
}

extension DenyList {
    /// The most prefixes of a list: what the kernel's tables have room for.
    static let limit = 1024

    /// The list of these prefixes.
    package init(_ prefixes: [SourcePrefix]) {
        var ipv4: [IPv4Prefix] = []
        var ipv6: [IPv6Prefix] = []
        for prefix in prefixes {
            switch prefix {
            case .ipv4(let prefix): ipv4.append(prefix)
            case .ipv6(let prefix): ipv6.append(prefix)
            }
        }
        self.init(ipv4: ipv4, ipv6: ipv6)
    }

    /// Throws when there are more prefixes than the kernel's tables have room for.
    package func validate() throws(ConfigurationError) {
        let count = ipv4.count + ipv6.count
        guard count <= Self.limit else {
            throw ConfigurationError(
                "--deny-source",
                "\(count) prefixes are too many; use \(Self.limit) at most, and a firewall for longer lists"
            )
        }
    }
}
