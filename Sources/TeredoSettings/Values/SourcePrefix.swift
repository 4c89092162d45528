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

    /// Throws for prefixes that deny everybody or nobody, and when there are more than the kernel's tables have room for.
    package func validate() throws(ConfigurationError) {
        let count = ipv4.count + ipv6.count
        guard count <= Self.limit else {
            throw ConfigurationError(
                "--deny-source",
                "\(count) prefixes are too many; use \(Self.limit) at most, and a firewall for longer lists"
            )
        }
        for prefix in ipv4 where prefix.length == 0 { throw Self.deniesEverybody("\(prefix)") }
        for prefix in ipv6 {
            guard prefix.length > 0 else { throw Self.deniesEverybody("\(prefix)") }
            guard !prefix.contains(IPv6Prefix.teredo.address) else {
                throw ConfigurationError(
                    "--deny-source",
                    "\(prefix) contains the Teredo prefix 2001::/32; deny clients by their IPv4 addresses"
                )
            }
            // ::ffff:0:0/96
            guard prefix.length < 96 || prefix.address.rawValue >> 32 != 0xFFFF else {
                let address = IPv4Address(rawValue: UInt32(truncatingIfNeeded: prefix.address.rawValue))
                let plain = prefix.length == 128 ? "\(address)" : "\(IPv4Prefix(address, length: prefix.length - 96))"
                throw prefix.length == 96
                    ? Self.deniesEverybody("\(prefix)")
                    : ConfigurationError("--deny-source", "\(prefix) is an IPv4 prefix in IPv6 form; write \(plain)")
            }
        }
    }

    /// Throws for a prefix that has one of `addresses` in it, which the role cannot do without; `what` says what they are.
    func validate(sparing addresses: [IPv4Address], _ what: String) throws(ConfigurationError) {
        guard let address = addresses.first(where: { contains($0) }),
            let prefix = ipv4.first(where: { $0.contains(address) })
        else { return }
        throw ConfigurationError("--deny-source", "\(prefix) contains \(address), \(what); leave that out")
    }

    private static func deniesEverybody(_ prefix: String) -> ConfigurationError {
        ConfigurationError("--deny-source", "\(prefix) denies everybody; name the prefixes that are to get nothing")
    }
}
