import TeredoLinux
package import TeredoWire

/// How the administrator recognises a managed network, on which Teredo has no business (RFC 5991 section 4).
///
/// There is no other way than to be told: what Windows asks for, a domain controller, most managed networks do not have.
package enum ManagedNetwork: Hashable, Sendable, CustomStringConvertible {
    /// A network on which the host has an IPv4 address in the prefix.
    case prefix(IPv4Prefix)
    /// A network that gives the host this domain, or one below it, to search names in.
    case domain(String)

    /// Reads a prefix such as `10.20.0.0/16` or a domain such as `corp.example.com`.
    package init(_ text: String) throws(ConfigurationError) {
        if text.contains("/") {
            guard let prefix = IPv4Prefix(text) else {
                throw Self.error(text, "is not an IPv4 prefix such as 10.20.0.0/16")
            }
            guard prefix.length > 0 else { throw Self.error(text, "is every network; use --type disabled") }
            self = .prefix(prefix)
            return
        }
        guard IPv4Address(text) == nil else {
            throw Self.error(text, "is a single address; a network needs a prefix length, such as \(text)/24")
        }
        let name = Self.normalized(text)
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, labels.allSatisfy(Self.isLabel) else {
            throw Self.error(
                text,
                "is neither an IPv4 prefix such as 10.20.0.0/16 nor a domain such as corp.example.com"
            )
        }
        self = .domain(name)
    }

    /// What the host has that shows it to be on the network; `nil` when it is not.
    package func sign(addresses: [IPv4Address], searchDomains: [String]) -> String? {
        switch self {
        case .prefix(let prefix):
            addresses.first(where: prefix.contains).map { "it has the address \($0)" }
        case .domain(let domain):
            searchDomains.first { Self.normalized($0) == domain || Self.normalized($0).hasSuffix(".\(domain)") }
                .map { "/etc/resolv.conf has the search domain \($0)" }
        }
    }

    package var description: String {
        switch self {
        case .prefix(let prefix): prefix.description
        case .domain(let name): name
        }
    }

    private static func normalized(_ name: String) -> String {
        (name.hasSuffix(".") ? String(name.dropLast()) : name).lowercased()
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    }

    private static func error(_ text: String, _ problem: String) -> ConfigurationError {
        ConfigurationError("--managed-network", "'\(text)' \(problem)")
    }
}
